import { useState } from 'preact/hooks';
import {
  Button,
  DateField,
  ErrorSummary,
  Failure,
  Panel,
  SelectField,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { shortId } from '../parts/person-name.tsx';

type Patients = OutputOf<'administrator.guardianships'>['patients'];

const DAY_MS = 24 * 3_600_000;
/** What the ledger allows. */
const DAYS_MAX = 730;
const ELSEWHERE = 'elsewhere';
const dayAfter = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

interface Proposal {
  patient: string;
  /** An account of this institution, or `elsewhere`. */
  chosen: string;
  number: string;
  until: string;
}

const guardianOf = ({ chosen, number }: Proposal): string =>
  chosen === ELSEWHERE ? number.trim().toLowerCase() : chosen;

function problemsOf(said: Proposal): Problem[] {
  const { patient, chosen, until } = said;
  const guardian = guardianOf(said);
  const found = (isWrong: boolean, field: string, text: string): Problem[] =>
    isWrong ? [{ field, text }] : [];
  const isNumber = /^[0-9a-f]{64}$/.test(guardian);
  const field = chosen === ELSEWHERE ? 'number' : 'guardian';
  return [
    ...found(patient === '', 'patient', t('ties.guardian.office.patient.missing')),
    ...found(chosen === '', 'guardian', t('ties.guardian.office.guardian.missing')),
    ...found(chosen === ELSEWHERE && !isNumber, 'number', t('ties.guardian.office.number.wrong')),
    ...found(patient !== '' && guardian === patient, field, t('ties.guardian.office.same')),
    ...found(
      until < dayAfter(1) || until > dayAfter(DAYS_MAX),
      'until',
      t('ties.guardian.office.until.wrong'),
    ),
  ];
}

/** One administrator's proposal: for whom, who, until when. */
export function ProposeGuardian({
  patients,
  onDone,
}: {
  patients: Patients;
  onDone: (height: number) => void;
}) {
  const act = useAction('administrator.guardian-act');
  const [said, setSaid] = useState<Proposal>({ patient: '', chosen: '', number: '', until: dayAfter(365) });
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const sign = async (): Promise<void> => {
    const untilMs = Date.parse(said.until);
    const done = await act.run({
      act: 'propose',
      patient: said.patient,
      guardian: guardianOf(said),
      untilMs,
    });
    if (done === undefined) return;
    setSaid({ ...said, patient: '', chosen: '', number: '' });
    onDone(done.height);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const found = problemsOf(said);
    setProblems(found);
    if (found.length === 0) void sign();
  };
  return (
    <Panel title={t('ties.guardian.office.propose')}>
      <p class="soft">{t('ties.guardian.office.propose.text')}</p>
      <form noValidate onSubmit={submit}>
        <ErrorSummary problems={problems} />
        <Fields said={said} set={(part) => setSaid({ ...said, ...part })} {...{ patients, problems }} />
        {act.error === undefined ? null : <Failure error={act.error} />}
        <div class="actions">
          <Button type="submit" isBusy={act.isRunning}>
            {t('ties.guardian.office.submit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Fields(props: {
  said: Proposal;
  set: (part: Partial<Proposal>) => void;
  patients: Patients;
  problems: readonly Problem[];
}) {
  const { said, set, patients, problems } = props;
  const options = patients.map(({ id, name }) => ({ value: id, label: name === '' ? shortId(id) : name }));
  const none = { value: '', label: t('ties.guardian.office.choose') };
  return (
    <>
      <SelectField
        name="patient"
        label={t('ties.guardian.office.patient')}
        value={said.patient}
        onChange={(patient) => set({ patient })}
        options={[none, ...options]}
        problems={problems}
      />
      <SelectField
        name="guardian"
        label={t('ties.guardian.office.guardian')}
        value={said.chosen}
        onChange={(chosen) => set({ chosen })}
        options={[none, ...options, { value: ELSEWHERE, label: t('ties.guardian.office.elsewhere') }]}
        problems={problems}
      />
      {said.chosen === ELSEWHERE ? (
        <TextField
          name="number"
          label={t('ties.guardian.office.number')}
          hint={t('ties.guardian.office.number.hint')}
          value={said.number}
          onInput={(number) => set({ number })}
          problems={problems}
          lengthMax={80}
        />
      ) : null}
      <DateField
        name="until"
        label={t('ties.guardian.office.until')}
        hint={t('ties.guardian.office.until.hint')}
        value={said.until}
        onInput={(until) => set({ until })}
        min={dayAfter(1)}
        max={dayAfter(DAYS_MAX)}
        problems={problems}
      />
    </>
  );
}
