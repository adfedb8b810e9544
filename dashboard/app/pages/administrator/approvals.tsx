import { Empty, Link, Page as Frame, Table, Tag, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { roleText } from './states.tsx';

type Applicant = OutputOf<'administrator.queue'>['people'][number];

/** Everybody who waits at the administrator's institution. */
export function Page() {
  const queue = useCall('administrator.queue', undefined);
  return (
    <Frame isWide title={t('administrator.approvals.title')} lead={t('administrator.approvals.lead')}>
      <Ready of={queue} what={t('administrator.reading')}>
        {({ people }) =>
          people.length === 0 ? (
            <Empty title={t('administrator.approvals.empty')}>
              <p>{t('administrator.approvals.empty.text')}</p>
            </Empty>
          ) : (
            <Queue people={people} />
          )
        }
      </Ready>
    </Frame>
  );
}

function Queue({ people }: { people: readonly Applicant[] }) {
  return (
    <Table
      caption={t('administrator.approvals.title')}
      isCaptionHidden
      rows={people}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'name',
          label: t('administrator.column.name'),
          isHead: true,
          cell: ({ id, name }) => (
            <Link to={`/administrator/approvals/${id}`}>
              <PersonName name={name} id={id} />
            </Link>
          ),
        },
        { id: 'role', label: t('administrator.column.role'), cell: ({ role }) => roleText(role) },
        {
          id: 'since',
          label: t('administrator.column.applied'),
          sort: ({ registeredAtMs }) => registeredAtMs,
          cell: ({ registeredAtMs }) => <Time atMs={registeredAtMs} />,
        },
        {
          id: 'voices',
          label: t('administrator.column.voices'),
          cell: ({ approvals, needed }) => t('administrator.voices', { count: approvals, needed }),
        },
        {
          id: 'mine',
          label: t('administrator.column.next'),
          cell: ({ isDecidedByMe }) =>
            isDecidedByMe ? (
              <Tag>{t('administrator.approvals.other')}</Tag>
            ) : (
              <Tag tone="busy">{t('administrator.approvals.yours')}</Tag>
            ),
        },
      ]}
    />
  );
}
