import { derivePersonKeys, fromHex, toHex } from '#crypto';
import type { PersonRole } from '#consensus/ledger';
import { isLedgerRefusal } from '#node/client';
import type { Profile } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { clientOf, enter } from './entry.ts';
import type { Entry } from './entry.ts';
import { placeOf } from './place.ts';

export interface RegistrationInput {
  role: Exclude<PersonRole, 'administrator' | 'auditor'>;
  /** Institution id, hex. */
  home: string;
  profile: Profile;
  /** Account name and passphrase. */
  name: string;
  passphrase: string;
}

export interface Registration {
  entry: Entry;
  recoveryCode: string;
  /** Number of the new account, hex. */
  person: string;
}

/**
 * Makes keys, applies, and keeps the wrapped root at the node. When something fails on the way, the keys stay, and a
 * second try goes on where the first one stopped.
 */
export async function register(context: WorkerContext, input: RegistrationInput): Promise<Registration> {
  const { account, signal } = context;
  const { backend } = await placeOf(signal);
  account.draft ??= { keys: derivePersonKeys(backend, backend.random(32)), isRegistered: false };
  const { draft } = account;
  const client = await clientOf(context, draft.keys);
  const step = (done: number) => context.progress({ what: 'anchored', done, total: 3 });
  step(0);
  if (!draft.isRegistered) {
    const { role, profile } = input;
    try {
      await client.people.register({ role, home: fromHex(input.home), profile }, { signal });
    } catch (error) {
      // Agreed on in a try whose answer was lost.
      if (!isLedgerRefusal(error, 'already-registered')) throw error;
    }
    draft.isRegistered = true;
  }
  step(1);
  await client.account.addPassphrase(input, { signal });
  step(2);
  await client.account.addRecoveryCode({ signal });
  const recoveryCode = client.account.recoveryCode();
  const entry = await enter(context, draft.keys, `${input.profile.given} ${input.profile.family}`);
  step(3);
  return { entry, recoveryCode, person: toHex(client.keys.id) };
}
