import { useState } from 'preact/hooks';
import {
  CommitLine,
  Data,
  Failure,
  Link,
  Notice,
  Page as Frame,
  RadiosField,
  Steps,
  TextArea,
  TextField,
} from '../../design/index.ts';
import type { Problem, Step } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { t } from '../../words/translate.ts';

interface Ask {
  protocol: string;
  title: string;
  patient: string;
  whom: 'patient' | 'doctor';
  doctor: string;
  message: string;
}

const EMPTY: Ask = { protocol: '', title: '', patient: '', whom: 'patient', doctor: '', message: '' };
const ID = /^[0-9a-f]{64}$/;
/** As `isProtocol` of the records' room: letters, digits and `-./`, at least one digit. */
const PROTOCOL = /^(?=[^ ]*\d)[A-Z0-9][A-Za-z0-9./-]{2,39}$/;

/** Asks a patient, or the doctor in charge, to share for a study. */
export function Page() {
  const ask = useAction('researcher.ask');
  const [height, setHeight] = useState<number>();
  return (
    <Frame title={t('researcher.ask.title')} lead={t('researcher.ask.lead')}>
      {height === undefined ? (
        <Steps
          steps={[studyStep(), whoStep(), whyStep()]}
          initial={EMPTY}
          submitLabel={t('researcher.ask.submit')}
          isBusy={ask.isRunning}
          beforeSubmit={() => <p class="soft">{t('researcher.ask.reveals')}</p>}
          outcome={ask.error === undefined ? null : <Failure error={ask.error} />}
          onSubmit={({ protocol, title, patient, whom, doctor, message }) =>
            void ask
              .run({
                protocol: protocol.trim(),
                title: title.trim(),
                patient: patient.trim().toLowerCase(),
                to: whom === 'doctor' ? doctor.trim().toLowerCase() : '',
                message,
              })
              .then((done) => setHeight(done?.height))
          }
        />
      ) : (
        <Notice tone="good" title={t('researcher.ask.done')}>
          <p>{t('researcher.ask.done.text')}</p>
          <CommitLine height={height} />
          <p>
            <Link to="/researcher/requests">{t('researcher.requests.title')}</Link>
          </p>
        </Notice>
      )}
    </Frame>
  );
}

const problem = (isWrong: boolean, field: keyof Ask, text: string): Problem[] =>
  isWrong ? [{ field, text }] : [];
const said = (text: string) => (text.trim() === '' ? t('design.unknown') : <Data>{text.trim()}</Data>);

const studyStep = (): Step<Ask> => ({
  id: 'study',
  title: t('researcher.ask.study'),
  fields: ({ protocol, title }, set, problems) => (
    <>
      <TextField
        name="protocol"
        label={t('researcher.study.protocol')}
        hint={t('researcher.ask.protocol.hint')}
        width="medium"
        value={protocol}
        onInput={(next) => set({ protocol: next })}
        problems={problems}
        lengthMax={40}
      />
      <TextField
        name="title"
        label={t('researcher.study.name')}
        value={title}
        onInput={(next) => set({ title: next })}
        problems={problems}
        lengthMax={80}
      />
    </>
  ),
  check: ({ protocol, title }) => [
    ...problem(!PROTOCOL.test(protocol.trim()), 'protocol', t('researcher.ask.protocol.wrong')),
    ...problem(title.trim() === '', 'title', t('researcher.ask.title.missing')),
  ],
  answers: ({ protocol, title }) => [
    { label: t('researcher.study.protocol'), value: said(protocol) },
    { label: t('researcher.study.name'), value: said(title) },
  ],
});

const whoStep = (): Step<Ask> => ({
  id: 'who',
  title: t('researcher.ask.who'),
  fields: ({ patient, whom, doctor }, set, problems) => (
    <>
      <TextField
        name="patient"
        label={t('researcher.ask.patient')}
        hint={t('researcher.ask.patient.hint')}
        value={patient}
        onInput={(next) => set({ patient: next })}
        problems={problems}
      />
      <RadiosField
        name="whom"
        label={t('researcher.ask.whom')}
        value={whom}
        onChange={(next) => set({ whom: next })}
        problems={problems}
        choices={[
          { value: 'patient', label: t('researcher.ask.whom.patient') },
          { value: 'doctor', label: t('researcher.ask.whom.doctor') },
        ]}
      />
      {whom === 'doctor' ? (
        <TextField
          name="doctor"
          label={t('researcher.ask.doctor')}
          value={doctor}
          onInput={(next) => set({ doctor: next })}
          problems={problems}
        />
      ) : null}
    </>
  ),
  check: ({ patient, whom, doctor }) => [
    ...problem(!ID.test(patient.trim().toLowerCase()), 'patient', t('researcher.ask.number.wrong')),
    ...problem(
      whom === 'doctor' && !ID.test(doctor.trim().toLowerCase()),
      'doctor',
      t('researcher.ask.number.wrong'),
    ),
  ],
  answers: ({ patient, whom, doctor }) => [
    { label: t('researcher.ask.patient'), value: <Data isCode>{patient.trim()}</Data> },
    {
      label: t('researcher.ask.whom'),
      value: whom === 'patient' ? t('researcher.ask.whom.patient') : <Data isCode>{doctor.trim()}</Data>,
    },
  ],
});

const whyStep = (): Step<Ask> => ({
  id: 'why',
  title: t('researcher.ask.message'),
  fields: ({ message }, set, problems) => (
    <TextArea
      name="message"
      label={t('researcher.ask.message')}
      hint={t('researcher.ask.message.hint')}
      value={message}
      onInput={(next) => set({ message: next })}
      problems={problems}
      lengthMax={2000}
    />
  ),
  check: ({ message }) => problem(message.trim() === '', 'message', t('researcher.ask.message.missing')),
  answers: ({ message }) => [{ label: t('researcher.ask.message'), value: said(message) }],
});
