import './patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  Data,
  Dialog,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Panel,
  Progress,
  TextField,
} from '../../design/index.ts';
import type { Action } from '../../state/use-action.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { SealedView } from '../../worker/patient/sealed.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';

type Done = (height: number | null) => void;

/** After a recovery through the institution: what stays sealed, why, and who can open it again. */
export function Page() {
  const state = useCall('patient.sealed', undefined);
  /** The block; null: there was nothing to seal, so none was needed. */
  const [height, setHeight] = useState<number | null>();
  const isDone = height !== undefined;
  const done = (at: number | null): void => {
    setHeight(at);
    state.reload();
  };
  return (
    <Frame title={t('sealed.title')} lead={t('sealed.lead')}>
      <div role="status">
        {isDone ? (
          <Notice tone="good" title={t('sealed.done')}>
            {height === null ? null : <CommitLine isSaved={false} height={height} />}
            <Link to="/patient">{t('sealed.home')}</Link>
          </Notice>
        ) : null}
      </div>
      <Ready state={state}>
        {(view) =>
          view.isSealed ? (
            <Ways view={view} onDone={done} onLook={state.reload} />
          ) : isDone ? null : (
            <Notice tone="good" title={t('sealed.open')}>
              <p>{t('sealed.open.text')}</p>
              <Link to="/patient">{t('sealed.home')}</Link>
            </Notice>
          )
        }
      </Ready>
    </Frame>
  );
}

function Ways(props: { view: SealedView; onDone: Done; onLook: () => void }) {
  const { view, onDone, onLook } = props;
  const { recoveredMs, shares } = view;
  return (
    <>
      <Notice tone="halt" title={t('sealed.what')}>
        <p>
          {recoveredMs === null ? t('sealed.why') : t('sealed.why.date', { date: dateText(recoveredMs) })}
        </p>
        <p>{t('sealed.safe')}</p>
        {shares === 0 ? null : <p>{t('sealed.shares', { count: shares })}</p>}
      </Notice>
      {view.hasDeposit ? <Deposit onDone={onDone} /> : null}
      <Helpers view={view} onLook={onLook} />
      <OldCode onDone={onDone} />
      {view.helpers.length === 0 ? <StartAnew onDone={onDone} /> : null}
    </>
  );
}

function Helpers({ view, onLook }: { view: SealedView; onLook: () => void }) {
  if (view.helpers.length === 0) {
    return (
      <Panel title={t('sealed.helpers')}>
        <p>{t('sealed.helpers.none')}</p>
      </Panel>
    );
  }
  return (
    <Panel title={t('sealed.helpers')}>
      <p>{t('sealed.helpers.text')}</p>
      <ul class="lines">
        {view.helpers.map(({ id, name, home }) => (
          <li key={id}>
            <span class="line-title">{whoText(name, id, false)}</span>
            <span class="line-facts">
              <Data>{home}</Data>
            </span>
          </li>
        ))}
      </ul>
      <div class="actions">
        <Button onClick={onLook}>{t('sealed.look')}</Button>
      </div>
    </Panel>
  );
}

function OldCode({ onDone }: { onDone: Done }) {
  const [code, setCode] = useState('');
  const unseal = useAction('patient.unseal-code');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const done = await unseal.run({ code });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <Panel title={t('sealed.code')}>
      <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
        <TextField
          name="former-code"
          label={t('sealed.code.label')}
          hint={t('sealed.code.hint')}
          value={code}
          onInput={setCode}
          lengthMax={100}
        />
        <Outcome action={unseal} />
        <div class="actions">
          <Button type="submit" kind="secondary" isBusy={unseal.isRunning}>
            {t('sealed.code.action')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Deposit({ onDone }: { onDone: Done }) {
  const [passphrase, setPassphrase] = useState('');
  const unseal = useAction('patient.unseal-deposit');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const done = await unseal.run({ passphrase });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <Panel title={t('sealed.deposit')}>
      <p>{t('sealed.deposit.text')}</p>
      <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
        <TextField
          name="deposit-passphrase"
          label={t('sealed.deposit.label')}
          hint={t('sealed.deposit.hint')}
          type="password"
          value={passphrase}
          onInput={setPassphrase}
          lengthMax={256}
        />
        <Outcome action={unseal} />
        <div class="actions">
          <Button type="submit" isBusy={unseal.isRunning}>
            {t('sealed.deposit.action')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

/** The last way: what lies there is given up. */
function StartAnew({ onDone }: { onDone: Done }) {
  const [isAsked, setAsked] = useState(false);
  const start = useAction('patient.start-anew');
  const run = async (): Promise<void> => {
    const done = await start.run(undefined);
    if (done === undefined) return;
    setAsked(false);
    onDone(done.height);
  };
  return (
    <Panel title={t('sealed.anew')}>
      <p>{t('sealed.anew.text')}</p>
      <div class="actions">
        <Button kind="danger" onClick={() => setAsked(true)}>
          {t('sealed.anew.action')}
        </Button>
      </div>
      <Dialog
        isOpen={isAsked}
        title={t('sealed.anew.title')}
        onClose={() => setAsked(false)}
        closeLabel={t('design.cancel')}
      >
        <p>{t('sealed.anew.final')}</p>
        <Outcome action={start} />
        <Button kind="danger" isBusy={start.isRunning} onClick={() => void run()}>
          {t('sealed.anew.action')}
        </Button>
      </Dialog>
    </Panel>
  );
}

function Outcome({ action }: { action: Pick<Action<never, unknown>, 'isRunning' | 'step' | 'error'> }) {
  return (
    <>
      {action.isRunning ? <Progress step={action.step} label={t('sealed.working')} /> : null}
      {action.error === undefined ? null : <Failure error={action.error} />}
    </>
  );
}
