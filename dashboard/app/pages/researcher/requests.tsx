import { Data, Empty, Link, Page as Frame, Table, Tag, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';

const TONES = { open: 'wait', granted: 'good', refused: 'halt' } as const;
type Known = keyof typeof TONES;
const knownOf = (state: string): Known =>
  (Object.keys(TONES) as Known[]).find((each) => each === state) ?? 'open';

/** Requests of this researcher, newest first, with what was answered. */
export function Page() {
  const requests = useCall('researcher.requests', undefined);
  return (
    <Frame
      isWide
      title={t('researcher.requests.title')}
      lead={t('researcher.requests.lead')}
      actions={
        <Link kind="primary" to="/researcher/ask">
          {t('researcher.ask.menu')}
        </Link>
      }
    >
      <Ready of={requests} what={t('researcher.reading')}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty title={t('researcher.requests.empty')}>
              <p>{t('researcher.requests.empty.text')}</p>
            </Empty>
          ) : (
            <Table
              caption={t('researcher.requests.title')}
              isCaptionHidden
              rows={lines}
              keyOf={({ id }) => id}
              columns={[
                {
                  id: 'patient',
                  label: t('researcher.shared.patient'),
                  isHead: true,
                  cell: ({ patient }) => <PersonName id={patient} name="" />,
                },
                {
                  id: 'to',
                  label: t('researcher.requests.to'),
                  cell: ({ to, toName, isPatient }) =>
                    isPatient ? t('researcher.ask.whom.patient') : <PersonName id={to} name={toName} />,
                },
                {
                  id: 'sent',
                  label: t('researcher.requests.sent'),
                  cell: ({ sentAtMs }) => <Time atMs={sentAtMs} />,
                },
                {
                  id: 'state',
                  label: t('researcher.shared.state'),
                  cell: ({ state }) => (
                    <Tag tone={TONES[knownOf(state)]}>{t(`researcher.request.${knownOf(state)}`)}</Tag>
                  ),
                },
                {
                  id: 'why',
                  label: t('researcher.requests.answer'),
                  cell: ({ refusal }) =>
                    refusal === '' ? <span class="soft">–</span> : <Data>{refusal}</Data>,
                },
              ]}
            />
          )
        }
      </Ready>
    </Frame>
  );
}
