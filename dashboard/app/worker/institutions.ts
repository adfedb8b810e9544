import { equalBytes } from '#crypto';
import { firstRoster } from '#node/client';
import type { CallOptions, PhrClient, RosterEntry } from '#node/client';

/** What each client has learned, proven, since it signed in. */
const learned = new WeakMap<PhrClient, readonly RosterEntry[]>();

/** Reads who belongs, and did: once for a sign-in, since members change a few times a year. @throws ClientError */
export async function learnInstitutions(client: PhrClient, options: CallOptions): Promise<void> {
  learned.set(client, await client.consortium.roster(options));
}

/** Every institution that ever belonged; those of the genesis while nothing newer was learned. */
export function everyInstitution(client: PhrClient): readonly RosterEntry[] {
  return learned.get(client) ?? firstRoster(client.genesis);
}

/** The institutions that decide now. */
export function institutionsOf(client: PhrClient): readonly RosterEntry[] {
  return everyInstitution(client).filter(({ isMember }) => isMember);
}

export function institutionWith(client: PhrClient, id: Uint8Array): RosterEntry | undefined {
  return everyInstitution(client).find((one) => equalBytes(one.id, id));
}
