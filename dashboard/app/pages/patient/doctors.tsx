import './patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Notice,
  Page as Frame,
  Panel,
  Progress,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { DoctorLine } from '../../worker/patient/care.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';

interface Asked {
  act: 'accept' | 'end';
  doctor: DoctorLine;
}

const GROUPS = [
  ['requested', 'patient.doctors.requested'],
  ['proposed', 'patient.doctors.proposed'],
  ['active', 'patient.doctors.active'],
  ['ended', 'patient.doctors.former'],
] as const;

export function Page() {
  const state = useCall('patient.doctors', undefined);
  const [asked, setAsked] = useState<Asked>();
  const [height, setHeight] = useState<number>();
  const done = (at: number): void => {
    setAsked(undefined);
    setHeight(at);
    state.reload();
  };
  return (
    <Frame title={t('patient.doctors.title')} lead={t('patient.doctors.lead')}>
      <div role="status">
        {height === undefined ? null : <Notice tone="good">{t('patient.doctors.done', { height })}</Notice>}
      </div>
      <Ready state={state}>
        {(doctors) =>
          doctors.length === 0 ? (
            <Empty title={t('patient.doctors.empty')}>
              <p>{t('patient.doctors.empty.text')}</p>
            </Empty>
          ) : (
            <>
              {GROUPS.map(([status, title]) => (
                <Group
                  key={status}
                  title={t(title)}
                  doctors={doctors.filter((doctor) => doctor.status === status)}
                  onAsk={setAsked}
                />
              ))}
            </>
          )
        }
      </Ready>
      <Confirm asked={asked} onClose={() => setAsked(undefined)} onDone={done} />
    </Frame>
  );
}

function Group(props: { title: string; doctors: readonly DoctorLine[]; onAsk: (asked: Asked) => void }) {
  if (props.doctors.length === 0) return null;
  return (
    <Panel title={props.title}>
      <ul class="lines">
        {props.doctors.map((doctor) => (
          <Doctor key={doctor.id} doctor={doctor} onAsk={props.onAsk} />
        ))}
      </ul>
    </Panel>
  );
}

function Doctor({ doctor, onAsk }: { doctor: DoctorLine; onAsk: (asked: Asked) => void }) {
  const { status, speciality, home } = doctor;
  const name = whoText(doctor.name, doctor.id, false);
  return (
    <li>
      <span class="line-title">{name}</span>
      <span class="line-facts">
        <Data>{[speciality, home].filter((part) => part !== '').join(', ')}</Data>
        <span>{t('patient.doctors.since', { height: doctor.changedHeight })}</span>
      </span>
      {doctor.isOutdated ? <p>{t('patient.doctors.outdated')}</p> : null}
      {status === 'ended' ? null : (
        <span class="actions">
          {status === 'proposed' || doctor.isOutdated ? (
            <Button onClick={() => onAsk({ act: 'accept', doctor })} label={`${acceptText(doctor)}: ${name}`}>
              {acceptText(doctor)}
            </Button>
          ) : null}
          <Button
            kind="danger"
            onClick={() => onAsk({ act: 'end', doctor })}
            label={`${endText(status)}: ${name}`}
          >
            {endText(status)}
          </Button>
        </span>
      )}
    </li>
  );
}

const acceptText = ({ isOutdated }: DoctorLine): string =>
  t(isOutdated ? 'patient.doctors.again' : 'patient.doctors.accept');

const endText = (status: DoctorLine['status']): string =>
  t(status === 'proposed' ? 'patient.doctors.decline' : 'patient.doctors.end');

function Confirm(props: { asked: Asked | undefined; onClose: () => void; onDone: (height: number) => void }) {
  const { asked } = props;
  const accept = useAction('patient.accept-doctor');
  const end = useAction('patient.end-doctor');
  const action = asked?.act === 'accept' ? accept : end;
  const name = asked === undefined ? '' : whoText(asked.doctor.name, asked.doctor.id, false);
  const act = async (): Promise<void> => {
    if (asked === undefined) return;
    const done = await action.run({ doctor: asked.doctor.id });
    if (done !== undefined) props.onDone(done.height);
  };
  const isAccept = asked?.act === 'accept';
  return (
    <Dialog
      title={titleText(asked, name)}
      isOpen={asked !== undefined}
      onClose={props.onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t(isAccept ? 'patient.doctors.accept.does' : 'patient.doctors.end.does')}</p>
      {isAccept ? null : <p>{t('patient.doctors.end.not')}</p>}
      {action.isRunning ? <Progress step={action.step} label={t('design.commit.waiting')} /> : null}
      {action.error === undefined ? null : <Failure error={action.error} />}
      <Button kind={isAccept ? 'primary' : 'danger'} isBusy={action.isRunning} onClick={() => void act()}>
        {isAccept && asked !== undefined
          ? acceptText(asked.doctor)
          : endText(asked?.doctor.status ?? 'active')}
      </Button>
    </Dialog>
  );
}

function titleText(asked: Asked | undefined, name: string): string {
  if (asked?.act !== 'accept') return t('patient.doctors.end.title', { name });
  return t(asked.doctor.isOutdated ? 'patient.doctors.again.title' : 'patient.doctors.accept.title', {
    name,
  });
}
