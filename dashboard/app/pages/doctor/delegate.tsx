import { useMemo, useState } from 'preact/hooks';
import {
  CommitLine,
  Empty,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Progress,
  SelectField,
  Steps,
} from '../../design/index.ts';
import type { Step } from '../../design/index.ts';
import { navigate, query } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { PatientLine } from '../../worker/doctor/patients.ts';
import type { Recipient } from '../../worker/patient/sharing.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { defaultShare } from '../patient/share-range.ts';
import type { ShareValues } from '../patient/share-range.ts';
import { recipientText, shareInputOf, shareSteps } from '../patient/share-steps.tsx';
import { patientText } from './names.ts';

interface Values extends ShareValues {
  patient: string;
}

/** Of whom, to whom, what, why and until when; then all answers to check; then the signature. */
export function Page() {
  const recipients = useCall('doctor.recipients', undefined);
  const patients = useCall('doctor.patients', undefined);
  return (
    <Frame title={t('doctor.delegate.title')} lead={t('doctor.delegate.lead')}>
      <Ready state={recipients}>
        {(others) => (
          <Ready state={patients}>
            {(all) => {
              const own = all.filter(({ state }) => state === 'in-charge');
              return own.length === 0 ? (
                <Empty title={t('doctor.patients.none')}>
                  <p>{t('doctor.patients.none.text')}</p>
                </Empty>
              ) : (
                <Wizard recipients={others} patients={own} />
              );
            }}
          </Ready>
        )}
      </Ready>
    </Frame>
  );
}

function Wizard({
  recipients,
  patients,
}: {
  recipients: readonly Recipient[];
  patients: readonly PatientLine[];
}) {
  const delegate = useAction('doctor.delegate');
  const [done, setDone] = useState<{ height: number; grant: string; isOnRecord: boolean }>();
  const nowMs = useMemo(() => Date.now(), []);
  const asked = new URLSearchParams(query.value);
  const request = asked.get('request') ?? undefined;
  const known = patients.some(({ id }) => id === asked.get('patient'));
  const initial: Values = {
    ...defaultShare(nowMs),
    delegate: asked.get('to') ?? '',
    patient: known ? (asked.get('patient') ?? '') : '',
  };
  const submit = async (values: Values): Promise<void> => {
    const input = { ...shareInputOf(values, request), patient: values.patient };
    const signed = await delegate.run(input);
    if (signed !== undefined) setDone(signed);
  };
  if (done !== undefined) return <Signed {...done} />;
  // The steps of a share know nothing of a patient: they see and set their own answers only.
  const steps = shareSteps(recipients, nowMs) as unknown as Step<Values>[];
  return (
    <Steps
      steps={[patientStep(patients), ...steps]}
      initial={initial}
      submitLabel={t('patient.share.sign')}
      onSubmit={(values) => void submit(values)}
      isBusy={delegate.isRunning}
      onCancel={() => navigate('/doctor/delegations')}
      beforeSubmit={({ delegate: chosen }) => (
        <Before recipient={recipients.find(({ id }) => id === chosen)} />
      )}
      outcome={
        <>
          {delegate.isRunning ? <Progress step={delegate.step} label={t('doctor.delegate.working')} /> : null}
          {delegate.error === undefined ? null : <Failure error={delegate.error} />}
        </>
      }
    />
  );
}

function patientStep(patients: readonly PatientLine[]): Step<Values> {
  const textOf = ({ banner, id }: PatientLine): string => patientText(banner, id);
  return {
    id: 'patient',
    title: t('doctor.delegate.patient'),
    check: ({ patient }) =>
      patient === '' ? [{ field: 'patient', text: t('doctor.delegate.patient.missing') }] : [],
    fields: ({ patient }, set, problems) => (
      <SelectField
        name="patient"
        label={t('doctor.delegate.patient')}
        problems={problems}
        value={patient}
        onChange={(next) => set({ patient: next })}
        options={[
          { value: '', label: t('doctor.delegate.patient.choose') },
          ...patients.map((each) => ({ value: each.id, label: textOf(each) })),
        ]}
      />
    ),
    answers: ({ patient }) => {
      const found = patients.find(({ id }) => id === patient);
      return [{ label: t('doctor.column.patient'), value: found === undefined ? '' : textOf(found) }];
    },
  };
}

function Before({ recipient }: { recipient: Recipient | undefined }) {
  return (
    <Notice title={t('patient.share.before')}>
      <ul>
        <li>
          {t('doctor.delegate.before.does', {
            name: recipient === undefined ? '' : recipientText(recipient),
          })}
        </li>
        <li>{t('doctor.delegate.before.sees')}</li>
        <li>{t('patient.share.before.not')}</li>
      </ul>
    </Notice>
  );
}

function Signed({ height, isOnRecord }: { height: number; isOnRecord: boolean }) {
  return (
    <Notice tone="good" title={t('doctor.delegate.done')}>
      <CommitLine height={height} />
      {isOnRecord ? null : <p>{t('patient.share.done.copy')}</p>}
      <p>
        <Link to="/doctor/delegations">{t('doctor.delegations.title')}</Link>
      </p>
    </Notice>
  );
}
