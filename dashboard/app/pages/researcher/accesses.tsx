import { Data, Empty, Page as Frame, ProofLine, Table, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';

/** What the patients see of this researcher. */
export function Page() {
  const accesses = useCall('researcher.accesses', undefined);
  return (
    <Frame isWide title={t('researcher.accesses.title')} lead={t('researcher.accesses.lead')}>
      <Ready of={accesses} what={t('researcher.reading')}>
        {({ lines, height, signers, total }) =>
          lines.length === 0 ? (
            <Empty title={t('researcher.accesses.empty')}>
              <p>{t('researcher.accesses.empty.text')}</p>
            </Empty>
          ) : (
            <>
              <Table
                caption={t('researcher.accesses.title')}
                isCaptionHidden
                rows={lines}
                keyOf={({ transaction }) => transaction}
                columns={[
                  {
                    id: 'time',
                    label: t('researcher.accesses.time'),
                    cell: ({ timeMs }) => <Time atMs={timeMs} withSeconds />,
                  },
                  {
                    id: 'what',
                    label: t('researcher.accesses.what'),
                    isHead: true,
                    cell: ({ kind, records }) =>
                      kind === 'access.search'
                        ? t('researcher.accesses.search')
                        : t('researcher.accesses.opened', { count: records }),
                  },
                  {
                    id: 'patient',
                    label: t('researcher.shared.patient'),
                    cell: ({ patient }) => <PersonName id={patient} name="" />,
                  },
                  {
                    id: 'study',
                    label: t('researcher.study.protocol'),
                    cell: ({ protocol }) =>
                      protocol === '' ? t('design.unknown') : <Data isCode>{protocol}</Data>,
                  },
                  {
                    id: 'block',
                    label: t('researcher.accesses.block'),
                    isNumber: true,
                    cell: ({ height: at, transaction }) => (
                      <span title={transaction} translate={false}>
                        {at}
                      </span>
                    ),
                  },
                ]}
              />
              <ProofLine height={height} signers={signers} total={total} />
            </>
          )
        }
      </Ready>
    </Frame>
  );
}
