import { Table, Time } from '../../design/index.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { kindText } from '../parts/kinds.ts';
import { PersonName } from '../parts/person-name.tsx';

type Entry = OutputOf<'administrator.person'>['history'][number];

/** What was decided about a person or by her, newest first. */
export function History({ history }: { history: readonly Entry[] }) {
  if (history.length === 0) return <p class="soft">{t('administrator.history.none')}</p>;
  return (
    <Table
      caption={t('administrator.history.title')}
      isCaptionHidden
      pageSize={10}
      rows={history}
      keyOf={({ transaction }) => transaction}
      columns={[
        {
          id: 'what',
          label: t('administrator.history.what'),
          isHead: true,
          cell: ({ kind }) => kindText(kind),
        },
        {
          id: 'by',
          label: t('administrator.history.by'),
          cell: ({ sender, byName }) => <PersonName id={sender} name={byName} />,
        },
        { id: 'when', label: t('administrator.history.when'), cell: ({ timeMs }) => <Time atMs={timeMs} /> },
        {
          id: 'block',
          label: t('administrator.history.block'),
          isNumber: true,
          cell: ({ height }) => <span translate={false}>{height}</span>,
        },
      ]}
    />
  );
}
