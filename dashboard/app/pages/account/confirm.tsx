import { useState } from 'preact/hooks';
import { Button, ErrorSummary, Failure, Loading, Notice, TextField } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { t } from '../../words/translate.ts';
import { askPasskey, hasPasskeys } from './passkey.ts';

interface Asked {
  name: string;
  why: string;
  onConfirmed: () => void;
}

/** What was typed, and what came of it. */
function useConfirm(props: Asked) {
  const [name, setName] = useState(props.name);
  const [passphrase, setPassphrase] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [trouble, setTrouble] = useState<'cancelled' | 'unsupported'>();
  const salt = useAction('account.passkey-salt');
  const confirm = useAction('account.confirm');
  const settle = (isSelf: boolean | undefined): void => {
    setPassphrase('');
    if (isSelf === true) props.onConfirmed();
    if (isSelf === false) setProblems([{ field: 'current', text: t('account.confirm.other') }]);
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const isMissing = passphrase === '' || name.trim() === '';
    setProblems(isMissing ? [{ field: 'current', text: t('account.confirm.missing') }] : []);
    if (!isMissing) settle(await confirm.run({ kind: 'passphrase', name, passphrase }));
  };
  const usePasskey = async (): Promise<void> => {
    setProblems([]);
    const asking = await salt.run(undefined);
    if (asking === undefined) return;
    const outcome = await askPasskey(asking);
    setTrouble(outcome.kind === 'done' ? undefined : outcome.kind);
    if (outcome.kind !== 'done') return;
    const asked = confirm.run({ kind: 'passkey', prf: outcome.prf });
    outcome.prf.fill(0);
    settle(await asked);
  };
  const error = confirm.error ?? salt.error;
  const isRunning = confirm.isRunning;
  return {
    name,
    setName,
    passphrase,
    setPassphrase,
    problems,
    trouble,
    error,
    isRunning,
    submit,
    usePasskey,
  };
}

/**
 * Asks once more for a way into this account before something that changes or shows how it is opened: a window that was
 * left open is not enough. `name`: the account name, when it is known.
 */
export function Confirm(props: Asked) {
  const asked = useConfirm(props);
  const { name, setName, passphrase, setPassphrase, problems, trouble, error, isRunning } = asked;
  return (
    <form class="stack" noValidate onSubmit={(event) => void asked.submit(event)}>
      <p>{props.why}</p>
      <ErrorSummary problems={problems} />
      {props.name === '' ? (
        <TextField
          name="current-name"
          label={t('account.confirm.name')}
          value={name}
          onInput={setName}
          autocomplete="username"
        />
      ) : null}
      <TextField
        name="current"
        label={t('account.confirm.passphrase')}
        type="password"
        value={passphrase}
        onInput={setPassphrase}
        autocomplete="current-password"
        problems={problems}
        lengthMax={256}
      />
      {isRunning ? <Loading what={t('account.confirm.working')} /> : null}
      {error === undefined ? null : <Failure error={error} />}
      {trouble === undefined ? null : (
        <Notice tone="wait">
          <p>{t(`public.passkey.${trouble}`)}</p>
        </Notice>
      )}
      <div class="actions">
        <Button type="submit" isBusy={isRunning}>
          {t('account.confirm.action')}
        </Button>
        {hasPasskeys() ? (
          <Button kind="secondary" isBusy={isRunning} onClick={() => void asked.usePasskey()}>
            {t('account.confirm.passkey')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}
