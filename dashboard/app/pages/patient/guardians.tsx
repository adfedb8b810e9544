import './patient.css';
import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Failure,
  Link,
  Page as Frame,
  Panel,
  Progress,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { GuardianshipTag, untilText } from '../parts/guardianship.tsx';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from './ready.tsx';

type View = OutputOf<'patient.guardians'>;
type Guardian = View['guardians'][number];
type Ward = View['wards'][number];
type Asked = { act: 'decline'; guardian: string } | { act: 'lay-down'; patient: string };

/** Who may act for me, and for whom I may act. */
export function GuardiansPage() {
  const state = useCall('patient.guardians', undefined);
  const [asked, setAsked] = useState<Asked>();
  const [height, setHeight] = useState<number>();
  const done = (at: number): void => {
    setAsked(undefined);
    setHeight(at);
    state.reload();
  };
  return (
    <Frame title={t('ties.guardian.title')} lead={t('ties.guardian.lead')}>
      <Agreed height={height} />
      <Ready state={state}>
        {({ guardians, wards }) => (
          <>
            <Mine guardians={guardians} onAsk={setAsked} onDone={done} />
            <Wards wards={wards} onAsk={setAsked} />
          </>
        )}
      </Ready>
      <Confirm asked={asked} onClose={() => setAsked(undefined)} onDone={done} />
    </Frame>
  );
}

/** Whether new keys would change something: for who has none yet, or for who should have none any more. */
const wantsKeys = ({ state, keys }: Guardian): boolean =>
  state === 'active' ? keys !== 'newest' : state !== 'proposed' && keys === 'newest';

/** What is wrong with his keys, of one who wants new ones made. */
const faultOf = ({ state, keys }: Guardian): 'none' | 'older' | 'left' =>
  state === 'active' && keys !== 'newest' ? keys : 'left';

function Mine(props: {
  guardians: readonly Guardian[];
  onAsk: (asked: Asked) => void;
  onDone: (height: number) => void;
}) {
  const { guardians } = props;
  return (
    <Panel title={t('ties.guardian.mine')}>
      {guardians.length === 0 ? <p class="soft">{t('ties.guardian.mine.none')}</p> : null}
      <ul class="lines">
        {guardians.map((line) => (
          <li key={line.guardian}>
            <span class="line-title">
              <PersonName name={line.guardianName} id={line.guardian} />
            </span>
            <Facts line={line} />
            {wantsKeys(line) ? <p>{t(`ties.guardian.keys.${faultOf(line)}`)}</p> : null}
            {line.state === 'proposed' ? (
              <span class="actions">
                <Button
                  kind="danger"
                  label={`${t('ties.guardian.decline')}: ${line.guardian.slice(0, 8)}`}
                  onClick={() => props.onAsk({ act: 'decline', guardian: line.guardian })}
                >
                  {t('ties.guardian.decline')}
                </Button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {guardians.some(wantsKeys) ? <Seal onDone={props.onDone} /> : null}
      <p class="soft">{t('ties.guardian.mine.text')}</p>
      {guardians.some(({ state }) => state === 'active') ? (
        <p class="soft">{t('ties.guardian.mine.end')}</p>
      ) : null}
    </Panel>
  );
}

function Facts({ line }: { line: Guardian | Ward }) {
  return (
    <span class="line-facts">
      <GuardianshipTag state={line.state} />
      <span>{untilText(line.untilMs)}</span>
      <span>{t('ties.guardian.since', { height: line.changedHeight })}</span>
    </span>
  );
}

function Seal({ onDone }: { onDone: (height: number) => void }) {
  const seal = useAction('patient.seal-guardians');
  const act = async (): Promise<void> => {
    const done = await seal.run();
    if (done !== undefined) onDone(done.height);
  };
  return (
    <>
      <p>{t('ties.guardian.seal.text')}</p>
      {seal.isRunning ? <Progress step={seal.step} label={t('design.commit.waiting')} /> : null}
      {seal.error === undefined ? null : <Failure error={seal.error} />}
      <div class="actions">
        <Button isBusy={seal.isRunning} onClick={() => void act()}>
          {t('ties.guardian.seal')}
        </Button>
      </div>
    </>
  );
}

function Wards({ wards, onAsk }: { wards: readonly Ward[]; onAsk: (asked: Asked) => void }) {
  return (
    <Panel title={t('ties.guardian.wards')}>
      {wards.length === 0 ? <p class="soft">{t('ties.guardian.wards.none')}</p> : null}
      <ul class="lines">
        {wards.map((line) => (
          <li key={line.patient}>
            <span class="line-title">
              <Data isCode>{line.patient.slice(0, 8)}</Data>
            </span>
            <Facts line={line} />
            {line.state === 'active' && !line.hasKeys ? <p>{t('ties.guardian.ward.keys')}</p> : null}
            {line.state === 'active' || line.state === 'proposed' ? (
              <span class="actions">
                {line.state === 'active' && line.hasKeys ? (
                  <Link to={`/patient/wards/${line.patient}`} kind="primary">
                    {t('ties.guardian.ward.open')}
                  </Link>
                ) : null}
                <Button
                  kind="danger"
                  label={`${t('ties.guardian.lay-down')}: ${line.patient.slice(0, 8)}`}
                  onClick={() => onAsk({ act: 'lay-down', patient: line.patient })}
                >
                  {t('ties.guardian.lay-down')}
                </Button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {wards.length === 0 ? null : <p class="soft">{t('ties.guardian.wards.text')}</p>}
    </Panel>
  );
}

function Confirm(props: { asked: Asked | undefined; onClose: () => void; onDone: (height: number) => void }) {
  const { asked } = props;
  const decline = useAction('patient.decline-guardian');
  const layDown = useAction('patient.end-ward');
  if (asked === undefined) return null;
  const action = asked.act === 'decline' ? decline : layDown;
  const act = async (): Promise<void> => {
    const done =
      asked.act === 'decline'
        ? await decline.run({ guardian: asked.guardian })
        : await layDown.run({ patient: asked.patient });
    if (done !== undefined) props.onDone(done.height);
  };
  return (
    <Dialog
      isOpen
      title={t(`ties.guardian.${asked.act}.title`)}
      onClose={props.onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t(`ties.guardian.${asked.act}.text`)}</p>
      {action.error === undefined ? null : <Failure error={action.error} />}
      <Button kind="danger" isBusy={action.isRunning} onClick={() => void act()}>
        {t(`ties.guardian.${asked.act}.action`)}
      </Button>
    </Dialog>
  );
}
