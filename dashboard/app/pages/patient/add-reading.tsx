import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  DateField,
  DraftNote,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Progress,
  SelectField,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useDraft } from '../../state/use-draft.ts';
import type { Written } from '../../worker/patient/writing.ts';
import { signName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { checkReading, localNow, MEASURES, typedNumber, withZone } from './reading-check.ts';
import type { ReadingForm } from './reading-check.ts';

export function AddReading() {
  const add = useAction('patient.add-reading');
  const [form, setForm] = useState<ReadingForm>(() => ({
    code: '85354-9',
    value: '',
    second: '',
    when: localNow(Date.now()),
  }));
  const [problems, setProblems] = useState<Problem[]>([]);
  const [written, setWritten] = useState<Written>();
  const set = (part: Partial<ReadingForm>): void => setForm((before) => ({ ...before, ...part }));
  const isPressure = form.code === '85354-9';
  const isTyped = form.value !== '' || form.second !== '';
  const nothing = { code: '', value: '', second: '', when: '' };
  const draft = useDraft('reading', isTyped ? { ...form } : nothing, ({ code, ...typed }) => {
    const measure = MEASURES.find((each) => each.code === code);
    set({ ...typed, ...(measure === undefined ? {} : { code: measure.code }) });
  });
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWritten(undefined);
    const found = checkReading(form, Date.now());
    setProblems(found);
    if (found.length > 0) return;
    const input = { code: form.code, value: typedNumber(form.value), effective: withZone(form.when) };
    const done = await add.run(isPressure ? { ...input, second: typedNumber(form.second) } : input);
    if (done === undefined) return;
    setWritten(done);
    draft.drop();
    set({ value: '', second: '' });
  };
  return (
    <form noValidate onSubmit={(event) => void send(event)}>
      <ErrorSummary problems={problems} />
      <DraftNote
        restoredAtMs={draft.restoredAtMs}
        onDiscard={() => {
          set({ value: '', second: '' });
          draft.drop();
        }}
      />
      <Fields form={form} set={set} problems={problems} />
      {add.isRunning ? <Progress step={add.step} label={t('design.commit.waiting')} /> : null}
      {add.error === undefined ? null : <Failure error={add.error} />}
      <div class="actions">
        <Button type="submit" isBusy={add.isRunning}>
          {t('patient.reading.add')}
        </Button>
      </div>
      <div role="status">
        {written === undefined ? null : (
          <Notice tone="good" title={t('patient.reading.added')}>
            <CommitLine height={written.height} stored={written.holders} total={written.institutions} />
            <Link to={`/patient/series/${isPressure ? '8480-6' : form.code}`}>
              {t('patient.reading.see')}
            </Link>
          </Notice>
        )}
      </div>
    </form>
  );
}

function Fields(props: {
  form: ReadingForm;
  set: (part: Partial<ReadingForm>) => void;
  problems: Problem[];
}) {
  const { form, set, problems } = props;
  const isPressure = form.code === '85354-9';
  const unit = MEASURES.find(({ code }) => code === form.code)?.unit ?? '';
  return (
    <>
      <SelectField
        name="code"
        label={t('patient.reading.sign')}
        value={form.code}
        onChange={(code) => set({ code })}
        options={MEASURES.map(({ code }) => ({ value: code, label: signName(code) }))}
      />
      <TextField
        name="value"
        label={t(isPressure ? 'patient.reading.systolic' : 'patient.reading.value')}
        value={form.value}
        onInput={(value) => set({ value })}
        problems={problems}
        inputMode="decimal"
        width="short"
        suffix={unit}
      />
      {isPressure ? (
        <TextField
          name="second"
          label={t('patient.reading.diastolic')}
          value={form.second}
          onInput={(second) => set({ second })}
          problems={problems}
          inputMode="decimal"
          width="short"
          suffix={unit}
        />
      ) : null}
      <DateField
        name="when"
        label={t('patient.reading.when')}
        value={form.when}
        onInput={(when) => set({ when })}
        problems={problems}
        withTime
      />
    </>
  );
}
