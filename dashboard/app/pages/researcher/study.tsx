import { Data, Empty, Link, Page as Frame, Panel, Summary, Table, Tag, Time } from '../../design/index.ts';
import type { Column, Tone } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { categoryText, monthsText } from './condition.ts';
import { StudyExport } from './study-export.tsx';
import { purposeText } from './studies.tsx';

type Study = OutputOf<'researcher.studies'>[number];
type Shared = Study['shared'][number];

const TONES = {
  live: 'good',
  revoked: 'halt',
  expired: 'plain',
  unreadable: 'halt',
} as const satisfies Record<Shared['state'], Tone>;

/** One study: what is shared under which condition, and the export. */
export function Page({ parameters }: PageProps) {
  const protocol = parameters['protocol'] ?? '';
  const studies = useCall('researcher.studies', undefined);
  return (
    <Frame isWide title={t('researcher.study.title')} lead={t('researcher.study.lead')}>
      <Ready of={studies} what={t('researcher.reading')}>
        {(all) => {
          const study = all.find((one) => one.protocol === protocol);
          return study === undefined ? (
            <Empty title={t('researcher.study.none')}>
              <p>{t('researcher.study.none.text')}</p>
            </Empty>
          ) : (
            <Whole study={study} />
          );
        }}
      </Ready>
      <p>
        <Link to="/researcher">{t('researcher.study.back')}</Link>
      </p>
    </Frame>
  );
}

function Whole({ study }: { study: Study }) {
  const { protocol, title, code, shared } = study;
  const live = shared.filter(({ state }) => state === 'live');
  return (
    <>
      <Summary
        rows={[
          {
            label: t('researcher.study.name'),
            value: title === '' ? t('design.unknown') : <Data>{title}</Data>,
          },
          { label: t('researcher.study.protocol'), value: <Data isCode>{protocol}</Data> },
          { label: t('researcher.study.purpose'), value: purposeText(code) },
        ]}
      />
      <Panel title={t('researcher.shared.title')}>
        <p class="soft">{t('researcher.shared.text')}</p>
        <Table
          caption={t('researcher.shared.title')}
          isCaptionHidden
          rows={shared}
          keyOf={({ grant }) => grant}
          columns={columns()}
        />
      </Panel>
      <StudyExport protocol={protocol} live={live} />
    </>
  );
}

const columns = (): Column<Shared>[] => [
  {
    id: 'patient',
    label: t('researcher.shared.patient'),
    isHead: true,
    cell: ({ patient }) => <PersonName id={patient} name="" />,
  },
  {
    id: 'what',
    label: t('researcher.shared.what'),
    cell: ({ categories, state }) =>
      state === 'unreadable' ? t('researcher.shared.unreadable') : categories.map(categoryText).join(', '),
  },
  { id: 'when', label: t('researcher.shared.when'), cell: ({ months }) => monthsText(months) },
  {
    id: 'since',
    label: t('researcher.shared.since'),
    cell: ({ grantedAtMs }) => <Time atMs={grantedAtMs} />,
  },
  {
    id: 'until',
    label: t('researcher.shared.until'),
    sort: ({ expiresAtMs }) => expiresAtMs,
    cell: ({ expiresAtMs }) => <Time atMs={expiresAtMs} />,
  },
  {
    id: 'state',
    label: t('researcher.shared.state'),
    cell: ({ state }) => <Tag tone={TONES[state]}>{t(`researcher.state.${state}`)}</Tag>,
  },
];
