import './patient.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  Empty,
  Link,
  Page as Frame,
  PatientBanner,
  ProofLine,
  Tag,
  TextField,
} from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { RecordLine } from '../../worker/record/chart.ts';
import { dayText } from '../../words/dates.ts';
import { categoryName, flagName, isSign, signName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { CategoryField } from '../parts/category-field.tsx';
import { Ready } from './ready.tsx';

const SHOWN_FIRST = 60;

export function Page() {
  const [months, setMonths] = useState(12);
  const [category, setCategory] = useState('');
  const [typed, setTyped] = useState('');
  const [keywords, setKeywords] = useState<string[]>([]);
  const state = useCall('patient.timeline', {
    months,
    categories: category === '' ? [] : [category],
    keywords,
  });
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    setKeywords(typed.trim() === '' ? [] : [typed.trim()]);
  };
  const add = (
    <Link to="/patient/add" kind="secondary">
      {t('patient.home.add')}
    </Link>
  );
  return (
    <Frame title={t('patient.records.title')} lead={t('patient.records.lead')} isWide actions={add}>
      <form class="filter" role="search" onSubmit={search}>
        <CategoryField value={category} onChange={setCategory} />
        <TextField
          name="words"
          label={t('patient.records.search')}
          hint={t('patient.records.search.hint')}
          type="search"
          value={typed}
          onInput={setTyped}
        />
        <Button type="submit" kind="secondary">
          {t('patient.records.search.action')}
        </Button>
      </form>
      <Ready state={state}>
        {(chart) => (
          <>
            <PatientBanner patient={chart.banner} />
            <p class="soft">{t('patient.records.from', { count: chart.months })}</p>
            <Lines lines={chart.lines} />
            {chart.isComplete ? <ProofLine {...chart.proof} /> : <p>{t('patient.records.incomplete')}</p>}
            <div class="actions">
              <Button kind="secondary" disabled={months >= 60} onClick={() => setMonths(months + 12)}>
                {t('patient.records.earlier')}
              </Button>
            </div>
          </>
        )}
      </Ready>
    </Frame>
  );
}

/** `base`: where the pages of this record are; a doctor reads the same list under her own. */
export function Lines({ lines, base = '/patient' }: { lines: readonly RecordLine[]; base?: string }) {
  const [shown, setShown] = useState(SHOWN_FIRST);
  if (lines.length === 0) {
    return (
      <Empty title={t('patient.records.empty')}>
        <p>{t('patient.records.empty.text')}</p>
      </Empty>
    );
  }
  // A file lies beside the document that names it.
  const listed = lines.filter(({ type }) => type !== 'Binary');
  const dated = listed.filter(({ isDated }) => isDated).slice(0, shown);
  const days = [...Map.groupBy(dated, ({ timeMs }) => dayText(timeMs))];
  const undated = listed.filter(({ isDated }) => !isDated);
  return (
    <section class="panel" aria-label={t('patient.records.list')}>
      {days.map(([day, onDay]) => (
        <Group key={day} title={<Data>{day}</Data>} lines={onDay} base={base} />
      ))}
      {listed.length - undated.length > shown ? (
        <Button kind="secondary" onClick={() => setShown(shown + SHOWN_FIRST)}>
          {t('design.table.more', { count: listed.length - undated.length - shown })}
        </Button>
      ) : null}
      {undated.length === 0 ? null : (
        <Group title={t('patient.records.undated')} lines={undated} base={base} />
      )}
    </section>
  );
}

/** What a device measured in a day is one line: the numbers are on the page of the sign. */
function Group(props: { title: ComponentChildren; lines: readonly RecordLine[]; base: string }) {
  const { title, lines, base } = props;
  const measured = lines.filter(({ samples }) => samples > 0);
  const codes = [...new Set(measured.map(({ code }) => code))];
  const samples = measured.reduce((sum, line) => sum + line.samples, 0);
  return (
    <div>
      <h2 class="day">{title}</h2>
      <ul class="lines">
        {lines
          .filter((line) => line.samples === 0)
          .map((line) => (
            <Line key={line.id} line={line} base={base} />
          ))}
        {codes.length === 0 ? null : (
          <li>
            <span class="line-title">{t('patient.records.measured')}</span>
            <span class="line-end">{t('clinical.samples', { count: samples })}</span>
            <span class="line-facts">
              {codes.map((code) => (
                <a key={code} href={`${base}/series/${code === '85354-9' ? '8480-6' : code}`}>
                  {signName(code)}
                </a>
              ))}
            </span>
          </li>
        )}
      </ul>
    </div>
  );
}

function Line({ line, base }: { line: RecordLine; base: string }) {
  const { id, value, samples, category, flags, isOwn, writerName, isAmended } = line;
  return (
    <li>
      <a class="line-title" href={`${base}/records/${id}`}>
        <LineTitle line={line} />
      </a>
      <span class="line-end">{value === '' ? null : <Data>{value}</Data>}</span>
      <span class="line-facts">
        <span>{categoryName(category)}</span>
        {samples === 0 ? null : <span>{t('clinical.samples', { count: samples })}</span>}
        {isOwn ? <span>{t('patient.records.by.me')}</span> : null}
        {!isOwn && writerName !== '' ? <span>{t('patient.records.by', { name: writerName })}</span> : null}
        {flags.map((flag) => (
          <Tag key={flag} tone="halt">
            {flagName(flag)}
          </Tag>
        ))}
        {isAmended ? <Tag>{t('patient.records.amended')}</Tag> : null}
      </span>
    </li>
  );
}

/** A sign by our name for it; anything else by its own. */
function LineTitle({ line: { code, title, type } }: { line: RecordLine }) {
  if (isSign(code)) return <>{signName(code)}</>;
  if (title !== '') return <Data>{title}</Data>;
  return type === '' ? <>{t('clinical.untitled')}</> : <Data>{type}</Data>;
}
