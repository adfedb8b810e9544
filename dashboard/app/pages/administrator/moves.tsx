import { Data, Link, Page as Frame, Panel, Table, Time } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { MovePage } from './move.tsx';

type Line = OutputOf<'administrator.moves'>['coming'][number];

/** All of them, or one. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'];
  return id === undefined ? <MovesPage /> : <MovePage id={id} />;
}

/** Patients between two institutions, one of them the administrator's. */
function MovesPage() {
  const moves = useCall('administrator.moves', undefined);
  return (
    <Frame isWide title={t('administrator.moves.title')} lead={t('administrator.moves.lead')}>
      <Ready of={moves} what={t('administrator.reading')}>
        {({ coming, leaving }) => (
          <>
            <Panel title={t('administrator.moves.coming')}>
              <Moves lines={coming} way="coming" />
            </Panel>
            <Panel title={t('administrator.moves.leaving')}>
              <Moves lines={leaving} way="leaving" />
              <p class="soft">{t('administrator.moves.leaving.text')}</p>
            </Panel>
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Moves({ lines, way }: { lines: readonly Line[]; way: 'coming' | 'leaving' }) {
  const isComing = way === 'coming';
  if (lines.length === 0) return <p class="soft">{t(`administrator.moves.${way}.none`)}</p>;
  return (
    <Table
      caption={t(`administrator.moves.${way}`)}
      isCaptionHidden
      rows={lines}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'name',
          label: t('administrator.column.name'),
          isHead: true,
          cell: ({ id, name }) => (
            <Link to={`/administrator/${isComing ? 'moves' : 'people'}/${id}`}>
              <PersonName name={name} id={id} />
            </Link>
          ),
        },
        {
          id: 'institution',
          label: t(isComing ? 'administrator.moves.from' : 'administrator.moves.to'),
          cell: ({ institution }) => <Data>{institution}</Data>,
        },
        {
          id: 'since',
          label: t('administrator.moves.since'),
          sort: ({ height }) => height,
          cell: ({ height }) => t('administrator.in-block', { height }),
        },
        {
          id: 'due',
          label: t('administrator.moves.due'),
          sort: ({ receiveFromMs }) => receiveFromMs,
          cell: ({ isDue, receiveFromMs }) =>
            isDue ? t(`administrator.moves.due.${isComing ? 'now' : 'left'}`) : <Time atMs={receiveFromMs} />,
        },
      ]}
    />
  );
}
