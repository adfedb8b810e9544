import { useState } from 'preact/hooks';
import { Button, ErrorSummary, Failure, Loading, Notice, TextField } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { call } from '../../worker/call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { askPasskey, hasPasskeys } from '../account/passkey.ts';

export type Entry = OutputOf<'account.unlock'>;

/** What opening an account needs is fetched while a person types; should that fail, the sign-in says so. */
function prepare(): void {
  call('account.prepare', undefined).catch(() => undefined);
}

/** The way in of the form: what was typed, and what came of it. */
function useUnlock(name: string, onEntry: (entry: Entry) => void) {
  const [passphrase, setPassphrase] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [passkeyTrouble, setPasskeyTrouble] = useState<'cancelled' | 'unsupported'>();
  const [entry, setEntry] = useState<Entry>();
  const salt = useAction('account.passkey-salt');
  const unlock = useAction('account.unlock');
  const done = (next: Entry | undefined): void => {
    setPassphrase('');
    setEntry(next);
    if (next !== undefined) onEntry(next);
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = [
      ...(name.trim() === '' ? [{ field: 'account-name', text: t('public.sign-in.name.missing') }] : []),
      ...(passphrase === '' ? [{ field: 'passphrase', text: t('public.sign-in.passphrase.missing') }] : []),
    ];
    setProblems(found);
    setPasskeyTrouble(undefined);
    if (found.length === 0) done(await unlock.run({ kind: 'passphrase', name, passphrase }));
  };
  const usePasskey = async (): Promise<void> => {
    setProblems([]);
    const asking = await salt.run(undefined);
    if (asking === undefined) return;
    const outcome = await askPasskey(asking);
    setPasskeyTrouble(outcome.kind === 'done' ? undefined : outcome.kind);
    if (outcome.kind !== 'done') return;
    const entered = unlock.run({ kind: 'passkey', prf: outcome.prf });
    outcome.prf.fill(0);
    done(await entered);
  };
  const error = unlock.error ?? salt.error;
  return { unlock, error, passphrase, setPassphrase, problems, passkeyTrouble, entry, submit, usePasskey };
}

/** Account name and passphrase, or a passkey. The words are those of the section `public`. */
export function UnlockForm(props: { onEntry: (entry: Entry) => void; submitLabel?: string }) {
  const [name, setName] = useState('');
  const { unlock, error, passphrase, setPassphrase, problems, passkeyTrouble, entry, submit, usePasskey } =
    useUnlock(name, props.onEntry);
  return (
    <form class="stack" noValidate onFocusIn={prepare} onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <TextField
        name="account-name"
        label={t('public.sign-in.name')}
        value={name}
        onInput={setName}
        autocomplete="username"
        problems={problems}
        lengthMax={64}
      />
      <TextField
        name="passphrase"
        label={t('public.sign-in.passphrase')}
        type="password"
        value={passphrase}
        onInput={setPassphrase}
        autocomplete="current-password"
        problems={problems}
        lengthMax={256}
      />
      {unlock.isRunning ? <Loading what={t('public.sign-in.unlocking')} /> : null}
      {error === undefined ? null : <Failure error={error} />}
      {entry === undefined ? null : <Closed entry={entry} />}
      {passkeyTrouble === undefined ? null : (
        <Notice tone="wait">
          <p>{t(`public.passkey.${passkeyTrouble}`)}</p>
        </Notice>
      )}
      <div class="actions">
        <Button type="submit" isBusy={unlock.isRunning}>
          {props.submitLabel ?? t('public.sign-in.action')}
        </Button>
        {hasPasskeys() ? (
          <Button kind="secondary" isBusy={unlock.isRunning} onClick={() => void usePasskey()}>
            {t('public.sign-in.passkey')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

/** The keys are right, and the account is closed. */
function Closed({ entry }: { entry: Entry }) {
  if (entry.kind === 'in') return null;
  const state = entry.kind === 'closed' ? entry.state : 'unknown';
  const known = (['refused', 'suspended', 'revoked', 'unknown'] as const).find((each) => each === state);
  return (
    <Notice tone="halt" title={t(`public.closed.${known ?? 'other'}.title`)}>
      <p>{t(`public.closed.${known ?? 'other'}`)}</p>
    </Notice>
  );
}
