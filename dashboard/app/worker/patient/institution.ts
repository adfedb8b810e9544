import { equalBytes, toHex } from '#crypto';
import { readMove, readPerson, readRecovery, stateKeys } from '#consensus/ledger';
import { ClientError, emptyProfile } from '#node/client';
import type { Profile } from '#node/client';
import { idOf, institutionName, profileOf } from '../directory.ts';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf } from './self.ts';

interface Institution {
  /** Hex. */
  id: string;
  name: string;
}

/** To whom a patient belongs, and to whom she wishes to belong. */
export interface InstitutionView {
  home: Institution & { isMember: boolean };
  /** Members that she could ask. */
  others: Institution[];
  /** Null when she asks nobody. */
  wish: (Institution & { height: number; receiveFromMs: number; isDue: boolean }) | null;
  /** New keys for the account: neither can she ask meanwhile, nor be received. */
  isRecovering: boolean;
  /** What she said of herself to her present home, to begin with. */
  profile: Profile;
}

export async function institution(context: WorkerContext): Promise<InstitutionView> {
  const { client, patient, options } = selfOf(context);
  const proven = await client.read(
    [stateKeys.person(patient), stateKeys.move(patient), stateKeys.recovery(patient)],
    options,
  );
  const self = readPerson(proven.get, patient);
  if (self === undefined) throw new ClientError('not-found', { what: 'person' });
  const [profile, head] = await Promise.all([profileOf(client, self, options), client.head(options)]);
  const members = institutionsOf(client);
  const isMember = members.some(({ id }) => equalBytes(id, self.home));
  const move = readMove(proven.get, patient);
  return {
    home: { id: toHex(self.home), name: institutionName(client, self.home), isMember },
    others: members
      .filter(({ id }) => !equalBytes(id, self.home))
      .map(({ id, name }) => ({ id: toHex(id), name }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    wish:
      move === undefined
        ? null
        : {
            id: toHex(move.home),
            name: institutionName(client, move.home),
            height: move.height,
            receiveFromMs: move.receiveFromMs,
            isDue: !isMember || head.time >= move.receiveFromMs,
          },
    isRecovering: readRecovery(proven.get, patient)?.status === 'open',
    // Her number is one of the institution that she leaves.
    profile: { ...(profile ?? emptyProfile), number: '', message: '' },
  };
}

/** Asks an institution to be her home; what she says of herself is sealed to its administrators. */
export async function askToMove(
  context: WorkerContext,
  { home, profile }: { home: string; profile: Profile },
): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const { height } = await client.people.move({ home: idOf(home), profile }, options);
  return { height };
}

/** Takes the wish back: on the ledger, a wish for the present home. */
export async function stay(context: WorkerContext): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const self = await client.people.myself(options);
  if (self === undefined) throw new ClientError('not-found', { what: 'person' });
  const { height } = await client.people.move({ home: self.home }, options);
  return { height };
}
