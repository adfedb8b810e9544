import { useState } from 'preact/hooks';
import { Button, ErrorSummary, Failure, Loading, Notice, TextField } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { call } from '../../worker/call.ts';
import { t } from '../../words/translate.ts';
import { askPasskey, hasPasskeys } from './passkey.ts';

/**
 * Asks once more for a way into this account before something that changes or shows how it is opened: a window that was
 * left open is not enough. `name`: the account name, when it is known.
 */
export function Confirm(props: { name: string; why: string; onConfirmed: () => void }) {
  const [name, setName] = useState(props.name);
  const [passphrase, setPassphrase] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [trouble, setTrouble] = useState<'cancelled' | 'unsupported'>();
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
    const { passkeySalt } = await call('account.place', undefined);
    const outcome = await askPasskey(passkeySalt);
    setTrouble(outcome.kind === 'done' ? undefined : outcome.kind);
    if (outcome.kind !== 'done') return;
    const asked = confirm.run({ kind: 'passkey', prf: outcome.prf });
    outcome.prf.fill(0);
    settle(await asked);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
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
      {confirm.isRunning ? <Loading what={t('account.confirm.working')} /> : null}
      {confirm.error === undefined ? null : <Failure error={confirm.error} />}
      {trouble === undefined ? null : (
        <Notice tone="wait">
          <p>{t(`public.passkey.${trouble}`)}</p>
        </Notice>
      )}
      <div class="actions">
        <Button type="submit" isBusy={confirm.isRunning}>
          {t('account.confirm.action')}
        </Button>
        {hasPasskeys() ? (
          <Button kind="secondary" isBusy={confirm.isRunning} onClick={() => void usePasskey()}>
            {t('account.confirm.passkey')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}
