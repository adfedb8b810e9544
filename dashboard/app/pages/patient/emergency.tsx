import './patient.css';
import { useState } from 'preact/hooks';
import { Agreed, Button, Failure, Page as Frame, Panel, Progress, Tag, Time } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { EmergencyView } from '../../worker/patient/care.ts';
import { dateText } from '../../words/dates.ts';
import { purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';
import { ReasonText } from './reason-text.tsx';

const PHASES = ['waiting', 'open', 'over', 'lapsed'] as const;
const VERDICTS = ['justified', 'not-justified'] as const;

export function Page() {
  const state = useCall('patient.emergency', undefined);
  return (
    <Frame title={t('patient.emergency.title')} lead={t('patient.emergency.lead')}>
      <Ready state={state}>
        {(view) => (
          <>
            <Choice view={view} onDone={state.reload} />
            <Accesses view={view} onDone={state.reload} />
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Choice({ view, onDone }: { view: EmergencyView; onDone: () => void }) {
  const optIn = useAction('patient.emergency-in');
  const optOut = useAction('patient.emergency-out');
  const [height, setHeight] = useState<number>();
  const isOn = view.deposit !== null && !view.deposit.isTakenBack;
  const act = async (action: typeof optIn): Promise<void> => {
    const done = await action.run();
    if (done === undefined) return;
    setHeight(done.height);
    onDone();
  };
  const running = [optIn, optOut].find(({ isRunning }) => isRunning);
  const error = optIn.error ?? optOut.error;
  return (
    <Panel title={t('patient.emergency.state')}>
      <p>
        {view.deposit !== null && isOn
          ? t('patient.emergency.on', {
              date: dateText(view.deposit.timeMs),
              threshold: view.deposit.threshold,
              total: view.institutions,
            })
          : t('patient.emergency.off')}
      </p>
      <p class="soft">{t('patient.emergency.what')}</p>
      {running === undefined ? null : <Progress step={running.step} label={t('design.commit.waiting')} />}
      {error === undefined ? null : <Failure error={error} />}
      <div role="status">{height === undefined ? null : t('patient.emergency.done', { height })}</div>
      <div class="actions">
        <Button
          kind={isOn ? 'secondary' : 'primary'}
          isBusy={running !== undefined}
          onClick={() => void act(optIn)}
        >
          {t(isOn ? 'patient.emergency.renew' : 'patient.emergency.prepare')}
        </Button>
        {isOn ? (
          <Button kind="danger" isBusy={running !== undefined} onClick={() => void act(optOut)}>
            {t('patient.emergency.take')}
          </Button>
        ) : null}
      </div>
    </Panel>
  );
}

function Accesses({ view, onDone }: { view: EmergencyView; onDone: () => void }) {
  const end = useAction('patient.emergency-end');
  const [height, setHeight] = useState<number>();
  const review = useAction('patient.emergency-review');
  const stop = async (id: string): Promise<void> => {
    const done = await end.run({ id });
    if (done === undefined) return;
    setHeight(done.height);
    onDone();
  };
  const judge = async (id: string, verdict: (typeof VERDICTS)[number]): Promise<void> => {
    const done = await review.run({ id, verdict });
    if (done === undefined) return;
    setHeight(done.height);
    onDone();
  };
  return (
    <Panel title={t('patient.emergency.list')}>
      {view.accesses.length === 0 ? <p class="soft">{t('patient.emergency.none')}</p> : null}
      {end.error === undefined ? null : <Failure error={end.error} />}
      <Agreed height={height} />
      {review.error === undefined ? null : <Failure error={review.error} />}
      <ul class="lines">
        {view.accesses.map(({ id, doctorName, reason, text, phase, verdict, mayReview, timeMs }) => (
          <li key={id}>
            <span class="line-title">{whoText(doctorName, id, false)}</span>
            <span class="line-facts">
              <Time atMs={timeMs} />
              <span>{purposeName(reason)}</span>
              <Tag tone={phase === 'open' || phase === 'waiting' ? 'halt' : 'plain'}>{phaseText(phase)}</Tag>
              {verdict === '' ? null : <Tag>{verdictText(verdict)}</Tag>}
            </span>
            <ReasonText text={text} />
            {phase === 'open' || phase === 'waiting' ? (
              <span class="actions">
                <Button kind="danger" isBusy={end.isRunning} onClick={() => void stop(id)}>
                  {t('patient.emergency.end')}
                </Button>
              </span>
            ) : null}
            {mayReview ? (
              <span class="actions">
                {VERDICTS.map((each) => (
                  <Button
                    key={each}
                    kind="secondary"
                    isBusy={review.isRunning}
                    onClick={() => void judge(id, each)}
                  >
                    {t(`patient.emergency.judge.${each}`)}
                  </Button>
                ))}
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function phaseText(phase: string): string {
  const known = PHASES.find((each) => each === phase);
  return known === undefined ? phase : t(`patient.emergency.phase.${known}`);
}

function verdictText(verdict: string): string {
  const known = VERDICTS.find((each) => each === verdict);
  return known === undefined ? verdict : t(`patient.emergency.verdict.${known}`);
}
