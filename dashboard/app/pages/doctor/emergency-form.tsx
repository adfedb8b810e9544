import { useState } from 'preact/hooks';
import {
  Button,
  ErrorSummary,
  Failure,
  Notice,
  Panel,
  Progress,
  RadiosField,
  SelectField,
  TextArea,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { query } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { useWraps } from '../account/account-name.ts';
import { Confirm } from '../account/confirm.tsx';

const REASONS = ['ETREAT', 'BTG', 'DISASTER'] as const;
const HOURS = ['4', '12', '24', '72'] as const;

interface Values {
  patient: string;
  reason: (typeof REASONS)[number] | undefined;
  text: string;
  hours: (typeof HOURS)[number];
}

/** Reason code and words, then the person once more: nobody breaks the glass with a window that was left open. */
export function EmergencyForm({ onAsked }: { onAsked: (height: number) => void }) {
  const [values, setValues] = useState<Values>(() => ({
    patient: new URLSearchParams(query.value).get('patient') ?? '',
    reason: undefined,
    text: '',
    hours: '4',
  }));
  const [isChecked, setChecked] = useState(false);
  const { name } = useWraps();
  const ask = useAction('doctor.request-emergency');
  const { patient, reason, text, hours } = values;
  const run = async (): Promise<void> => {
    if (reason === undefined) return;
    const asked = await ask.run({ patient: numberOf(patient), reason, text, hours: Number(hours) });
    if (asked !== undefined) onAsked(asked.height);
  };
  return (
    <Panel title={t('doctor.emergency.form')}>
      {isChecked ? (
        <>
          <Confirm name={name} why={t('doctor.emergency.confirm')} onConfirmed={() => void run()} />
          {ask.isRunning ? <Progress step={ask.step} label={t('doctor.emergency.working')} /> : null}
          {ask.error === undefined ? null : <Failure error={ask.error} />}
          <Button kind="quiet" onClick={() => setChecked(false)}>
            {t('design.back')}
          </Button>
        </>
      ) : (
        <Questions values={values} onChange={setValues} onChecked={() => setChecked(true)} />
      )}
    </Panel>
  );
}

const numberOf = (text: string): string => text.replaceAll(/\s/g, '').toLowerCase();

function problemsOf({ patient, reason, text }: Values): Problem[] {
  return [
    ...(/^[0-9a-f]{64}$/.test(numberOf(patient))
      ? []
      : [{ field: 'patient', text: t('doctor.request.patient.wrong') }]),
    ...(reason === undefined ? [{ field: 'reason', text: t('doctor.emergency.reason.missing') }] : []),
    ...(text.trim().length < 10 ? [{ field: 'text', text: t('doctor.emergency.text.missing') }] : []),
  ];
}

function Questions(props: { values: Values; onChange: (values: Values) => void; onChecked: () => void }) {
  const { values, onChange } = props;
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [isAbsent, setAbsent] = useState(false);
  const look = useAction('doctor.emergency-place');
  const set = (part: Partial<Values>): void => onChange({ ...values, ...part });
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = problemsOf(values);
    setProblems(found);
    setAbsent(false);
    if (found.length > 0) return;
    // Without a deposit there is nothing that could be opened: said before anybody is asked to vouch.
    const place = await look.run({ patient: numberOf(values.patient) });
    if (place?.isShared === true) props.onChecked();
    setAbsent(place?.isShared === false);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      {isAbsent ? (
        <Notice tone="halt" title={t('doctor.emergency.absent')}>
          <p>{t('doctor.emergency.absent.text')}</p>
        </Notice>
      ) : null}
      <TextField
        name="patient"
        label={t('doctor.request.patient')}
        hint={t('doctor.request.patient.hint')}
        value={values.patient}
        onInput={(patient) => set({ patient })}
        problems={problems}
        lengthMax={100}
      />
      <RadiosField
        name="reason"
        label={t('doctor.emergency.reason')}
        value={values.reason}
        onChange={(reason) => set({ reason })}
        choices={REASONS.map((value) => ({ value, label: reasonText(value) }))}
        problems={problems}
      />
      <TextArea
        name="text"
        label={t('doctor.emergency.text')}
        hint={t('doctor.emergency.text.hint')}
        value={values.text}
        onInput={(text) => set({ text })}
        problems={problems}
        lengthMax={2000}
      />
      <SelectField
        name="hours"
        label={t('doctor.emergency.hours')}
        value={values.hours}
        onChange={(hours) => set({ hours })}
        options={HOURS.map((value) => ({
          value,
          label: t('doctor.emergency.hours.count', { count: Number(value) }),
        }))}
      />
      {look.error === undefined ? null : <Failure error={look.error} />}
      <div class="actions">
        <Button type="submit" isBusy={look.isRunning}>
          {t('design.continue')}
        </Button>
      </div>
    </form>
  );
}

const reasonText = (reason: (typeof REASONS)[number]): string =>
  reason === 'DISASTER' ? t('doctor.emergency.reason.disaster') : purposeName(reason);
