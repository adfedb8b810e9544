import { TextField } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { status } from '../../state/network.ts';
import { t } from '../../words/translate.ts';
import { passphraseProblem } from './passphrase-quality.ts';

/** A new passphrase and the account name that it goes with. */
export interface NewAccount {
  name: string;
  passphrase: string;
  again: string;
}

/** Account name, passphrase and its repetition. */
export function PassphraseFields(props: {
  values: NewAccount;
  set: (part: Partial<NewAccount>) => void;
  problems: readonly Problem[];
  nameHint?: string;
}) {
  const { values, set, problems, nameHint } = props;
  return (
    <>
      <TextField
        name="account-name"
        label={t('public.sign-in.name')}
        {...(nameHint === undefined ? {} : { hint: nameHint })}
        value={values.name}
        onInput={(name) => set({ name })}
        autocomplete="username"
        problems={problems}
        lengthMax={64}
      />
      <TextField
        name="passphrase"
        label={t('public.sign-in.passphrase')}
        hint={t('public.passphrase.hint')}
        type="password"
        value={values.passphrase}
        onInput={(passphrase) => set({ passphrase })}
        autocomplete="new-password"
        problems={problems}
        lengthMax={256}
      />
      <TextField
        name="again"
        label={t('public.passphrase.again')}
        type="password"
        value={values.again}
        onInput={(again) => set({ again })}
        autocomplete="new-password"
        problems={problems}
        lengthMax={256}
      />
    </>
  );
}

/** What is wrong with them; empty when the account can be made. */
export function newAccountProblems({ name, passphrase, again }: NewAccount): Problem[] {
  const missing =
    name.trim() === '' ? [{ field: 'account-name', text: t('public.sign-in.name.missing') }] : [];
  const problem = passphraseProblem(passphrase, name, [status.value?.name ?? '']);
  if (problem !== undefined)
    return [...missing, { field: 'passphrase', text: t(`public.passphrase.${problem}`) }];
  return passphrase === again
    ? missing
    : [...missing, { field: 'again', text: t('public.passphrase.differ') }];
}
