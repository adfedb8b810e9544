import type { PersonKeys } from '#crypto';
import { fromHex, toHex } from '#crypto';
import type { Person } from '#consensus/ledger';
import { ClientError, createClient, emptyVault, unlockAccount } from '#node/client';
import type { PhrClient, Unlock } from '#node/client';
import { learnInstitutions } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import type { PersonView } from '../messages.ts';
import { keptHeight } from '../kept/heights.ts';
import { placeOf } from './place.ts';

/** What unlocking led to: in, or an account that is closed by a decision of the institution. */
export type Entry =
  | { kind: 'in'; person: PersonView }
  | { kind: 'closed'; state: string }
  /** The keys are good, and the ledger knows nobody with them. */
  | { kind: 'unknown' };

/** A way in as the page sends it; `person` is the number for a code whose keys were changed. */
export type UnlockInput = Unlock & { readonly person?: string };

/** The keys of an account out of one way into it. @throws CryptoError, ClientError */
export async function keysOf(
  { signal }: Pick<WorkerContext, 'signal'>,
  unlock: UnlockInput,
): Promise<PersonKeys> {
  const keys = await unlockAccount(await placeOf(signal), unlock, { signal });
  if (unlock.kind === 'passkey') unlock.prf.fill(0);
  return unlock.person === undefined || unlock.person === '' ? keys : { ...keys, id: fromHex(unlock.person) };
}

/** A client that takes no older state than this browser has seen of the network before, in any visit. */
export async function clientOf(context: Pick<WorkerContext, 'signal'>, keys: PersonKeys): Promise<PhrClient> {
  const place = await placeOf(context.signal);
  return createClient({
    baseUrl: place.baseUrl,
    genesis: place.genesisBytes,
    nodeId: toHex(place.nodeId),
    backend: place.backend,
    keys,
    vault: { ...emptyVault(), newestHeight: await keptHeight(toHex(place.chainId)) },
  });
}

/** Signs in with these keys, and lets them into the worker's state when the node lets them in. */
export async function enter(context: WorkerContext, keys: PersonKeys, name: string): Promise<Entry> {
  const { signal } = context;
  const client = await clientOf(context, keys);
  try {
    await client.signIn({ signal });
  } catch (error) {
    const api = error instanceof ClientError ? error.api : undefined;
    const state = api?.facts?.['state'];
    if (api?.code === 'forbidden' && typeof state === 'string') return { kind: 'closed', state };
    if (api?.code === 'unauthorized') return { kind: 'unknown' };
    throw error;
  }
  const self = await client.people.myself({ signal });
  await learnInstitutions(client, { signal });
  if (self === undefined || self.role === 'device' || self.role === 'node') return { kind: 'unknown' };
  const person: PersonView = {
    id: toHex(self.id),
    role: self.role,
    state: self.status,
    name: await ownName(client, self, name, signal),
  };
  context.account.enter({ client, person });
  return { kind: 'in', person };
}

/** As she calls herself; an account that waits can not read its own application yet. */
async function ownName(client: PhrClient, self: Person, name: string, signal: AbortSignal): Promise<string> {
  if (self.status !== 'active') return name;
  try {
    const profile = await client.profiles.of(self, { signal });
    if (profile !== undefined) return `${profile.given} ${profile.family}`;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  if (name !== '') return name;
  const wraps = await client.account.wraps({ signal });
  return wraps.find(({ kind }) => kind === 'passphrase')?.label ?? '';
}
