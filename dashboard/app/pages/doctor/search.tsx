import '../patient/patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Empty,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  PatientBanner,
  Progress,
  ProofLine,
  SelectField,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import type { FoundView } from '../../worker/doctor/search.ts';
import { t } from '../../words/translate.ts';
import { CategoryField } from '../parts/category-field.tsx';
import { Lines } from '../patient/timeline.tsx';
import { NotInCharge } from './ward-ready.tsx';

const SPANS = ['12', '36', '60', '120'] as const;

/** Words over sealed records: the nodes compare keyed hashes, and prove that they left nothing out. */
export function Page({ parameters }: PageProps) {
  const patient = parameters['patient'] ?? '';
  const [found, setFound] = useState<{ view: FoundView; words: string }>();
  return (
    <Frame title={t('doctor.search.title')} lead={t('doctor.search.lead')} isWide>
      <SearchForm patient={patient} onFound={setFound} />
      {found === undefined ? null : <Found {...found} base={`/doctor/patients/${patient}`} />}
      <p>
        <Link to={`/doctor/patients/${patient}`}>{t('doctor.record.back')}</Link>
      </p>
    </Frame>
  );
}

function SearchForm(props: {
  patient: string;
  onFound: (found: { view: FoundView; words: string } | undefined) => void;
}) {
  const [words, setWords] = useState('');
  const [category, setCategory] = useState('');
  const [span, setSpan] = useState<(typeof SPANS)[number]>('120');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const search = useAction('doctor.search');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setProblems(words.trim() === '' ? [{ field: 'words', text: t('doctor.search.missing') }] : []);
    if (words.trim() === '') return;
    props.onFound(undefined);
    const categories = category === '' ? [] : [category];
    const view = await search.run({ patient: props.patient, words, categories, months: Number(span) });
    props.onFound(view === undefined ? undefined : { view, words });
  };
  return (
    <form class="stack" role="search" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <div class="filter">
        <TextField
          name="words"
          label={t('doctor.search.words')}
          hint={t('doctor.search.hint')}
          type="search"
          value={words}
          onInput={setWords}
          problems={problems}
        />
        <CategoryField value={category} onChange={setCategory} />
        <SelectField
          name="span"
          label={t('patient.series.span')}
          value={span}
          onChange={setSpan}
          options={SPANS.map((value) => ({
            value,
            label: t('patient.series.months', { count: Number(value) }),
          }))}
        />
      </div>
      {search.isRunning ? <Progress step={search.step} label={t('doctor.search.working')} /> : null}
      {search.error === undefined ? null : search.error.code === 'no-access' ? (
        <NotInCharge error={search.error} patient={props.patient} />
      ) : (
        <Failure error={search.error} />
      )}
      <div class="actions">
        <Button type="submit" isBusy={search.isRunning}>
          {t('patient.records.search.action')}
        </Button>
      </div>
    </form>
  );
}

function Found({ view, words, base }: { view: FoundView; words: string; base: string }) {
  return (
    <>
      <PatientBanner patient={view.banner} />
      <h2>{t('doctor.search.found', { count: view.lines.length, words })}</h2>
      {view.isComplete ? <ProofLine {...view.proof} /> : <p>{t('patient.records.incomplete')}</p>}
      {view.lines.length === 0 ? (
        <Empty title={t('doctor.search.none')}>
          <p>{t('doctor.search.none.text', { months: view.months })}</p>
        </Empty>
      ) : (
        <Lines lines={view.lines} base={base} />
      )}
      <Notice>
        <p>{t('doctor.search.what-nodes-saw')}</p>
      </Notice>
    </>
  );
}
