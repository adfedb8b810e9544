import { useState } from 'preact/hooks';
import { Button, Data, Empty, Link, Page as Frame, ProofLine, Table, Time } from '../../design/index.ts';
import type { Column } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { kindText } from '../parts/kinds.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { emptyForm, filterOf } from './filter.ts';
import type { FilterForm } from './filter.ts';
import { FilterFields } from './filter-fields.tsx';

type EventPage = OutputOf<'auditor.events'>;
type Line = EventPage['lines'][number];

const STEP = 50;

/** Everything that ever happened on this ledger, executed anew in this browser. */
export function Page() {
  const [form, setForm] = useState<FilterForm>(emptyForm);
  const [shown, setShown] = useState(STEP);
  const events = useCall('auditor.events', { filter: filterOf(form), shown });
  return (
    <Frame
      isWide
      title={t('auditor.events.title')}
      lead={t('auditor.events.lead')}
      actions={
        <Link kind="secondary" to="/auditor/export">
          {t('auditor.export.menu')}
        </Link>
      }
    >
      <FilterFields
        form={form}
        onChange={(next) => {
          setForm(next);
          setShown(STEP);
        }}
      />
      <Ready of={events} what={t('auditor.replaying')}>
        {(page) => (
          <>
            <p role="status">{t('auditor.events.found', { count: page.found, total: page.total })}</p>
            <Found page={page} />
            {page.found > page.lines.length ? (
              <div class="actions">
                <Button kind="secondary" onClick={() => setShown(shown + STEP)}>
                  {t('design.table.more', { count: page.found - page.lines.length })}
                </Button>
              </div>
            ) : null}
            <ProofLine height={page.height} signers={page.signersMin} total={page.validators} />
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Found({ page }: { page: EventPage }) {
  if (page.lines.length === 0) {
    return (
      <Empty title={t('auditor.events.empty')}>
        <p>{t('auditor.events.empty.text')}</p>
      </Empty>
    );
  }
  return (
    <Table
      caption={t('auditor.events.title')}
      isCaptionHidden
      pageSize={Number.MAX_SAFE_INTEGER}
      rows={page.lines}
      keyOf={({ transaction }) => transaction}
      columns={columns()}
    />
  );
}

const columns = (): Column<Line>[] => [
  { id: 'time', label: t('auditor.column.time'), cell: ({ timeMs }) => <Time atMs={timeMs} withSeconds /> },
  { id: 'what', label: t('auditor.column.what'), isHead: true, cell: (line) => <What line={line} /> },
  {
    id: 'by',
    label: t('auditor.column.by'),
    cell: ({ sender, senderName, senderHome }) => (
      <>
        <PersonName id={sender} name={senderName} />{' '}
        <span class="soft small">
          <Data>{senderHome}</Data>
        </span>
      </>
    ),
  },
  {
    id: 'patient',
    label: t('auditor.column.patient'),
    cell: ({ patient }) =>
      patient === null ? <span class="soft">–</span> : <PersonName id={patient} name="" />,
  },
  {
    id: 'block',
    label: t('auditor.column.block'),
    isNumber: true,
    cell: ({ height, transaction }) => (
      <span title={transaction} translate={false}>
        {height}
      </span>
    ),
  },
];

function What({ line }: { line: Line }) {
  const { kind, subject, subjectName, sender, patient, records } = line;
  const isOther = subject !== null && subject !== sender && subject !== patient;
  return (
    <>
      {kindText(kind)}
      {isOther ? (
        <>
          {': '}
          <PersonName id={subject} name={subjectName} />
        </>
      ) : null}
      {records > 0 ? <span class="soft small"> {t('auditor.records', { count: records })}</span> : null}
    </>
  );
}
