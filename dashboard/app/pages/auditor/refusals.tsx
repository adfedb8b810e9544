import { Data, Empty, Notice, Page as Frame, Table, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';

/** What the proxy of this node refused since it started. */
export function Page() {
  const refusals = useCall('auditor.refusals', undefined);
  return (
    <Frame isWide title={t('auditor.refusals.title')} lead={t('auditor.refusals.lead')}>
      <Ready of={refusals} what={t('auditor.refusals.reading')}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty title={t('auditor.refusals.empty')}>
              <p>{t('auditor.refusals.empty.text')}</p>
            </Empty>
          ) : (
            <Table
              caption={t('auditor.refusals.title')}
              isCaptionHidden
              rows={lines}
              keyOf={({ access, code }) => `${access}/${code}`}
              columns={[
                {
                  id: 'code',
                  label: t('auditor.refusals.code'),
                  isHead: true,
                  cell: ({ code }) => <Data isCode>{code}</Data>,
                },
                {
                  id: 'who',
                  label: t('auditor.refusals.who'),
                  cell: ({ about, delegateName }) =>
                    about === null ? (
                      t('design.unknown')
                    ) : (
                      <PersonName id={about.delegate} name={delegateName} />
                    ),
                },
                {
                  id: 'patient',
                  label: t('auditor.column.patient'),
                  cell: ({ about }) =>
                    about === null ? t('design.unknown') : <PersonName id={about.patient} name="" />,
                },
                {
                  id: 'count',
                  label: t('auditor.refusals.count'),
                  isNumber: true,
                  cell: ({ count }) => <Data>{count}</Data>,
                },
                {
                  id: 'first',
                  label: t('auditor.refusals.first'),
                  cell: ({ firstMs }) => <Time atMs={firstMs} withSeconds />,
                },
                {
                  id: 'last',
                  label: t('auditor.refusals.last'),
                  cell: ({ lastMs }) => <Time atMs={lastMs} withSeconds />,
                },
              ]}
            />
          )
        }
      </Ready>
      <Notice title={t('auditor.refusals.word')}>
        <p>{t('auditor.refusals.word.text')}</p>
      </Notice>
    </Frame>
  );
}
