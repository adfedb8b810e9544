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

/** Account name, passphrase and its repetition. The lock screen has fields of the other names, and may lie over these. */
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
        name="new-account-name"
        label={t('public.sign-in.name')}
        {...(nameHint === undefined ? {} : { hint: nameHint })}
        value={values.name}
        onInput={(name) => set({ name })}
        autocomplete="username"
        problems={problems}
        lengthMax={64}
      />
      <TextField
        name="new-passphrase"
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

/** What is wrong with them; empty when the account can be made. Loads the list of common ones: see there. */
export async function newAccountProblems({ name, passphrase, again }: NewAccount): Promise<Problem[]> {
  const missing =
    name.trim() === '' ? [{ field: 'new-account-name', text: t('public.sign-in.name.missing') }] : [];
  const place = [status.value?.name ?? ''];
  const problem =
    passphraseProblem(passphrase, name, place) ?? (await knownProblem(passphrase, [name, ...place]));
  if (problem !== undefined)
    return [...missing, { field: 'new-passphrase', text: t(`public.passphrase.${problem}`) }];
  return passphrase === again
    ? missing
    : [...missing, { field: 'again', text: t('public.passphrase.differ') }];
}

/** `unchecked` when the list does not come: what was not looked at is not taken. */
async function knownProblem(
  passphrase: string,
  context: readonly string[],
): Promise<'common' | 'unchecked' | undefined> {
  try {
    const { isKnownPassphrase } = await import('./known-passphrases.ts');
    return isKnownPassphrase(passphrase, context) ? 'common' : undefined;
  } catch {
    return 'unchecked';
  }
}
