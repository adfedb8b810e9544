import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  DraftNote,
  Empty,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  RadiosField,
  TextArea,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { query } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { useDraft } from '../../state/use-draft.ts';
import type { AskedPerson } from '../../worker/doctor/requests.ts';
import { t } from '../../words/translate.ts';
import { personText } from './names.ts';

/** Asks a patient, or a doctor in charge of her, to share something. */
export function Page() {
  const [patient, setPatient] = useState(() => new URLSearchParams(query.value).get('patient') ?? '');
  const [asked, setAsked] = useState<AskedPerson[]>();
  const [height, setHeight] = useState<number>();
  if (height !== undefined) {
    return (
      <Frame title={t('doctor.request.title')}>
        <Notice tone="good" title={t('doctor.request.done')}>
          <CommitLine height={height} />
          <p>
            <Link to="/doctor/requests">{t('doctor.requests.title')}</Link>
          </p>
        </Notice>
      </Frame>
    );
  }
  return (
    <Frame title={t('doctor.request.title')} lead={t('doctor.request.lead')}>
      <FindForm
        patient={patient}
        onPatient={(next) => {
          setPatient(next);
          setAsked(undefined);
        }}
        onFound={setAsked}
      />
      {asked === undefined ? null : <AskForm patient={numberOf(patient)} asked={asked} onSent={setHeight} />}
    </Frame>
  );
}

const numberOf = (text: string): string => text.replaceAll(/\s/g, '').toLowerCase();

function FindForm(props: {
  patient: string;
  onPatient: (patient: string) => void;
  onFound: (asked?: AskedPerson[]) => void;
}) {
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const find = useAction('doctor.who-to-ask');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const patient = numberOf(props.patient);
    const isWrong = !/^[0-9a-f]{64}$/.test(patient);
    setProblems(isWrong ? [{ field: 'patient', text: t('doctor.request.patient.wrong') }] : []);
    if (!isWrong) props.onFound(await find.run({ patient }));
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <TextField
        name="patient"
        label={t('doctor.request.patient')}
        hint={t('doctor.request.patient.hint')}
        value={props.patient}
        onInput={props.onPatient}
        problems={problems}
        lengthMax={100}
      />
      {find.error === undefined ? null : <Failure error={find.error} />}
      <div class="actions">
        <Button type="submit" kind="secondary" isBusy={find.isRunning}>
          {t('doctor.request.find')}
        </Button>
      </div>
    </form>
  );
}

function AskForm(props: { patient: string; asked: AskedPerson[]; onSent: (height: number) => void }) {
  const [to, setTo] = useState<string>();
  const [message, setMessage] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const ask = useAction('doctor.request-access');
  const draft = useDraft(`request:${props.patient}`, { message }, (typed) => setMessage(typed.message ?? ''));
  if (props.asked.length === 0) return <Empty title={t('doctor.request.nobody')} />;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = [
      ...(to === undefined ? [{ field: 'to', text: t('doctor.request.to.missing') }] : []),
      ...(message.trim() === '' ? [{ field: 'message', text: t('doctor.request.message.missing') }] : []),
    ];
    setProblems(found);
    if (found.length > 0 || to === undefined) return;
    const sent = await ask.run({ patient: props.patient, to, message });
    if (sent === undefined) return;
    draft.drop();
    props.onSent(sent.height);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <RadiosField
        name="to"
        label={t('doctor.request.to')}
        value={to}
        onChange={setTo}
        problems={problems}
        choices={props.asked.map(({ id, name, kind, home, speciality }) => ({
          value: id,
          label:
            kind === 'patient'
              ? t('doctor.request.to.patient', { home })
              : t('doctor.request.to.doctor', { name: personText(name, id), home }),
          ...(speciality === '' ? {} : { hint: speciality }),
        }))}
      />
      <DraftNote
        restoredAtMs={draft.restoredAtMs}
        onDiscard={() => {
          setMessage('');
          draft.drop();
        }}
      />
      <TextArea
        name="message"
        label={t('doctor.request.message')}
        hint={t('doctor.request.message.hint')}
        value={message}
        onInput={setMessage}
        problems={problems}
        lengthMax={2000}
      />
      {ask.error === undefined ? null : <Failure error={ask.error} />}
      <div class="actions">
        <Button type="submit" isBusy={ask.isRunning}>
          {t('doctor.request.action')}
        </Button>
      </div>
    </form>
  );
}
