import '../patient/patient.css';
import './doctor.css';
import '../public/doors.css';
import { useEffect, useState } from 'preact/hooks';
import {
  Button,
  Agreed,
  CommitLine,
  Data,
  Empty,
  Failure,
  Loading,
  Notice,
  Page as Frame,
  Panel,
  Tag,
  Time,
} from '../../design/index.ts';
import { blocks } from '../../state/network.ts';
import { session } from '../../state/session.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { CallState } from '../../state/use-call.ts';
import type { SharedOpened } from '../../worker/doctor/shared.ts';
import type { EmergencyLine } from '../../worker/emergencies.ts';
import { purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { ReasonText } from '../patient/reason-text.tsx';
import { EmergencyForm } from './emergency-form.tsx';
import { personText } from './names.ts';
import { OpenedShare } from './opened-share.tsx';

/** Asking for access without the patient's consent: a reason, a second person, an end, a review. */
export function Page() {
  const state = useCall('doctor.emergencies', undefined);
  const [height, setHeight] = useState<number>();
  const [endedHeight, setEndedHeight] = useState<number>();
  useNewsOf(state);
  return (
    <Frame title={t('doctor.emergency.title')} lead={t('doctor.emergency.lead')}>
      <ol class="numbered">
        {(['one', 'two', 'three', 'four'] as const).map((step) => (
          <li key={step}>{t(`doctor.emergency.${step}`)}</li>
        ))}
      </ol>
      {height === undefined ? (
        <EmergencyForm
          onAsked={(next) => {
            setHeight(next);
            state.reload();
          }}
        />
      ) : (
        <Notice tone="good" title={t('doctor.emergency.done')}>
          <CommitLine height={height} />
          <p>{t('doctor.emergency.done.text')}</p>
        </Notice>
      )}
      <h2>{t('doctor.emergency.mine')}</h2>
      <Agreed height={endedHeight} />
      <Ready state={state}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty title={t('doctor.emergency.none')} />
          ) : (
            <Lines
              lines={lines}
              onEnded={(at) => {
                setEndedHeight(at);
                state.reload();
              }}
            />
          )
        }
      </Ready>
    </Frame>
  );
}

/** Her own first, then those that others asked for of her patients. */
function Lines({ lines, onEnded }: { lines: EmergencyLine[]; onEnded: (height?: number) => void }) {
  const me = session.value.kind === 'signed-in' ? session.value.person.id : '';
  const mine = lines.filter(({ doctor }) => doctor === me);
  const others = lines.filter(({ doctor }) => doctor !== me);
  return (
    <>
      {mine.length === 0 ? (
        <p class="soft">{t('doctor.emergency.none')}</p>
      ) : (
        <Panel>
          <ul class="lines">
            {mine.map((line) => (
              <Line key={line.id} line={line} isMine onEnded={onEnded} />
            ))}
          </ul>
        </Panel>
      )}
      {others.length === 0 ? null : (
        <>
          <h2>{t('doctor.emergency.others')}</h2>
          <Panel>
            <ul class="lines">
              {others.map((line) => (
                <Line key={line.id} line={line} isMine={false} onEnded={onEnded} />
              ))}
            </ul>
          </Panel>
        </>
      )}
    </>
  );
}

/** Somebody vouches, ends or judges it elsewhere: the list follows the blocks while one of them waits or runs. */
function useNewsOf(state: CallState<EmergencyLine[]>): void {
  const newest = blocks.value[0]?.height;
  const isMoving =
    state.kind === 'ready' && state.value.some(({ phase }) => phase === 'waiting' || phase === 'open');
  useEffect(() => {
    if (newest !== undefined && isMoving) state.reload();
  }, [newest]);
}

const PHASES = ['waiting', 'open', 'over', 'lapsed'] as const;

function Line(props: { line: EmergencyLine; isMine: boolean; onEnded: (height?: number) => void }) {
  const { line, isMine, onEnded } = props;
  const end = useAction('doctor.end-emergency');
  const open = useAction('doctor.open-emergency');
  const [opened, setOpened] = useState<SharedOpened & { threshold: number }>();
  const show = async (): Promise<void> => setOpened(await open.run({ id: line.id }));
  const phase = PHASES.find((each) => each === line.phase);
  const stop = async (): Promise<void> => {
    const done = await end.run({ id: line.id });
    if (done !== undefined) onEnded(done.height);
  };
  return (
    <li>
      <span class="line-title">
        <Data>{personText(line.patientName, line.patient)}</Data>
      </span>
      <span class="line-end">
        <Tag tone={phase === 'open' ? 'halt' : phase === 'waiting' ? 'wait' : 'plain'}>
          {phase === undefined ? <Data>{line.phase}</Data> : t(`patient.emergency.phase.${phase}`)}
        </Tag>
      </span>
      <span class="line-facts">
        <span>{purposeName(line.reason)}</span>
        <Time atMs={line.requestedAtMs} />
        {line.expiresAtMs === null ? null : (
          <span>
            {t('doctor.granted.until')} <Time atMs={line.expiresAtMs} />
          </span>
        )}
        {line.verdict === 'justified' || line.verdict === 'not-justified' ? (
          <span>{t(`patient.emergency.verdict.${line.verdict}`)}</span>
        ) : null}
      </span>
      {isMine ? null : (
        <p>
          {t('doctor.emergency.by')} <Data>{personText(line.doctorName, line.doctor)}</Data>,{' '}
          <Data>{line.doctorHome}</Data>
        </p>
      )}
      <ReasonText text={line.text} />
      {phase === 'open' && isMine ? (
        <>
          {line.expiresAtMs === null ? null : <Countdown untilMs={line.expiresAtMs} onOver={onEnded} />}
          {end.error === undefined ? null : <Failure error={end.error} />}
          {open.error === undefined ? null : <Failure error={open.error} />}
          {open.isRunning ? <Loading what={t('doctor.emergency.opening')} /> : null}
          <div class="actions">
            <Button isBusy={open.isRunning} onClick={() => void show()}>
              {t('doctor.emergency.open')}
            </Button>
            <Button kind="secondary" isBusy={end.isRunning} onClick={() => void stop()}>
              {t('patient.emergency.end')}
            </Button>
          </div>
          {opened === undefined ? null : <OpenedShare opened={opened} threshold={opened.threshold} />}
        </>
      ) : null}
    </li>
  );
}

const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
/** Above this nobody counts minutes. */
const MINUTES_SAID_MAX = 120;

/** Says all the time that this is an emergency access and when it ends by itself. */
function Countdown({ untilMs, onOver }: { untilMs: number; onOver: () => void }) {
  const [nowMs, setNowMs] = useState(Date.now());
  const isOver = nowMs >= untilMs;
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (isOver) onOver();
  }, [isOver]);
  const minutes = Math.max(0, Math.ceil((untilMs - nowMs) / MINUTE_MS));
  return (
    <Notice tone="halt" title={t('doctor.emergency.running')}>
      <p>
        {minutes > MINUTES_SAID_MAX
          ? t('doctor.emergency.left.hours', { count: Math.round(minutes / 60) })
          : t('doctor.emergency.left', { count: minutes })}
      </p>
    </Notice>
  );
}
