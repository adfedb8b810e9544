import { useState } from 'preact/hooks';
import { Button, ErrorSummary, Failure, Loading, Notice, Page as Frame } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { newAccountProblems, PassphraseFields } from '../public/passphrase-fields.tsx';
import type { NewAccount } from '../public/passphrase-fields.tsx';
import { useWraps } from './account-name.ts';
import { Confirm } from './confirm.tsx';

/** A new passphrase, after the present one or a passkey. */
export function Page() {
  const { wraps, name } = useWraps();
  const [isConfirmed, setConfirmed] = useState(false);
  return (
    <Frame title={t('account.passphrase.title')} lead={t('account.passphrase.lead')}>
      {wraps.kind === 'loading' ? <Loading /> : null}
      {wraps.kind === 'failed' ? <Failure error={wraps.error} onRetry={wraps.reload} /> : null}
      {wraps.kind !== 'ready' ? null : isConfirmed ? (
        <NewPassphrase name={name} />
      ) : (
        <Confirm name={name} why={t('account.passphrase.why')} onConfirmed={() => setConfirmed(true)} />
      )}
    </Frame>
  );
}

export function NewPassphrase(props: { name: string; onDone?: () => void }) {
  const [values, setValues] = useState<NewAccount>({ name: props.name, passphrase: '', again: '' });
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [isChanged, setChanged] = useState(false);
  const change = useAction('account.change-passphrase');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = await newAccountProblems(values);
    setProblems(found);
    const { name, passphrase } = values;
    if (found.length > 0 || (await change.run({ name, passphrase })) !== true) return;
    setValues({ name, passphrase: '', again: '' });
    setChanged(true);
  };
  if (isChanged) {
    return (
      <Notice tone="good" title={t('account.passphrase.changed')}>
        <p>{t('account.passphrase.changed.text')}</p>
        <OtherSessions />
        {props.onDone === undefined ? null : <Button onClick={props.onDone}>{t('design.continue')}</Button>}
      </Notice>
    );
  }
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <PassphraseFields
        values={values}
        set={(part) => setValues((before) => ({ ...before, ...part }))}
        problems={problems}
      />
      {change.isRunning ? <Loading what={t('account.passphrase.working')} /> : null}
      {change.error === undefined ? null : <Failure error={change.error} />}
      <div class="actions">
        <Button type="submit" isBusy={change.isRunning}>
          {t('account.passphrase.action')}
        </Button>
      </div>
    </form>
  );
}

/** Who knew the old passphrase may still be signed in with it. */
function OtherSessions() {
  const sessions = useCall('account.sessions', undefined);
  const end = useAction('account.end-other-sessions');
  const [isEnded, setEnded] = useState(false);
  if (isEnded) return <p role="status">{t('account.sessions.only')}</p>;
  if (sessions.kind !== 'ready' || sessions.value.length < 2) return null;
  return (
    <>
      <p>{t('account.passphrase.others')}</p>
      {end.error === undefined ? null : <Failure error={end.error} />}
      <Button
        kind="danger"
        isBusy={end.isRunning}
        onClick={() => void end.run(undefined).then((ended) => setEnded(ended === true))}
      >
        {t('account.sessions.end-others')}
      </Button>
    </>
  );
}
