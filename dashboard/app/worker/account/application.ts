import { toHex } from '#crypto';
import { approvalsNeeded, readRecovery, stateKeys } from '#consensus/ledger';
import type { WorkerContext } from '../context.ts';
import { everyInstitution } from '../institutions.ts';

/** Where an application stands. */
export interface Application {
  state: string;
  role: string;
  home: string;
  registeredHeight: number;
  approvals: number;
  approvalsNeeded: number;
  person: string;
}

/** One's own, read from the proven state. */
export async function application({ signedIn, signal }: WorkerContext): Promise<Application> {
  const { client, person } = signedIn();
  const self = await client.people.myself({ signal });
  const role = self?.role ?? person.role;
  const home = everyInstitution(client).find(({ id }) => toHex(id) === toHex(self?.home ?? id));
  return {
    state: self?.status ?? 'unknown',
    role,
    home: home?.name ?? '',
    registeredHeight: self?.registeredHeight ?? 0,
    approvals: self?.approvals.length ?? 0,
    approvalsNeeded: approvalsNeeded(person.role),
    person: person.id,
  };
}

/** A recovery of one's own account that runs: asked at every sign-in, so without the code of recoveries. */
export async function recoveryNow({
  signedIn,
  signal,
}: WorkerContext): Promise<{ finishFromMs: number } | null> {
  const { client } = signedIn();
  const { id } = client.keys;
  const proven = await client.read([stateKeys.recovery(id)], { signal });
  const found = readRecovery(proven.get, id);
  return found?.status === 'open' ? { finishFromMs: found.finishFromMs } : null;
}
