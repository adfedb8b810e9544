import { equalBytes, fromHex, personIdOf, toHex } from '#crypto';
import { readPerson, stateKeys } from '#consensus/ledger';
import type { Bodies, Person, TransactionKind } from '#consensus/ledger';
import { ClientError, decodeCertified } from '#node/client';
import type { CallOptions, PhrClient, Profile } from '#node/client';
import { everyInstitution, institutionWith } from './institutions.ts';

/** Something that was decided about people: registrations, approvals, assignments, devices, keys. */
export interface Dealing {
  kind: TransactionKind;
  height: number;
  timeMs: number;
  /** Hex, like every id here. */
  transaction: string;
  sender: string;
  /** Whom it is about. */
  about: string[];
}

export interface Registration {
  id: Uint8Array;
  role: string;
  home: Uint8Array;
  height: number;
  timeMs: number;
}

interface Known {
  upTo: number;
  parent: Uint8Array | undefined;
  registrations: Registration[];
  dealings: Dealing[];
  tail: Promise<unknown>;
}

const PARTS = /^(person|assignment|device|recovery|guardianship|cover)\./;
const ABOUT = ['person', 'patient', 'doctor', 'device', 'guardian'] as const;
const known = new WeakMap<PhrClient, Known>();

/**
 * Who registered in this network and what was decided about whom, read from the certified blocks: the state has no list
 * of everybody. Read once; later calls read the blocks that came since.
 */
export async function directoryOf(
  client: PhrClient,
  options: CallOptions,
): Promise<Pick<Known, 'registrations' | 'dealings'>> {
  const mine = known.get(client) ?? {
    upTo: 0,
    parent: undefined,
    registrations: [],
    dealings: [],
    tail: Promise.resolve(),
  };
  known.set(client, mine);
  const turn = mine.tail.then(() => readOn(client, mine, options));
  mine.tail = turn.catch(() => undefined);
  await turn;
  return mine;
}

async function readOn(client: PhrClient, mine: Known, options: CallOptions): Promise<void> {
  const range = { from: mine.upTo + 1, ...(mine.parent === undefined ? {} : { parent: mine.parent }) };
  for await (const block of client.chain.blocks(range, options)) {
    const { height, time: timeMs } = block.header;
    for (const wire of block.transactions) {
      const { transaction, hash } = decodeCertified(wire);
      const { kind, sender, body } = transaction;
      if (!PARTS.test(kind)) continue;
      if (kind === 'person.register') {
        const { role, home } = body as Bodies['person.register'];
        mine.registrations.push({ id: sender, role, home, height, timeMs });
      }
      const named = body as Readonly<Record<string, unknown>>;
      const about = ABOUT.flatMap((name) => {
        const id = named[name];
        return id instanceof Uint8Array ? [toHex(id)] : [];
      });
      const own = about.length === 0 ? [toHex(sender)] : about;
      mine.dealings.push({
        kind,
        height,
        timeMs,
        transaction: toHex(hash),
        sender: toHex(sender),
        about: own,
      });
    }
    mine.upTo = height;
    mine.parent = block.hash;
  }
}

/** What somebody is called, as far as the reader may know it: empty when not. */
export async function nameOf(client: PhrClient, person: Person, options: CallOptions): Promise<string> {
  const profile = await profileOf(client, person, options);
  if (profile === null) return seatOf(client, person);
  return person.role === 'patient'
    ? `${profile.family.toUpperCase()}, ${profile.given}`
    : `${profile.given} ${profile.family}`;
}

/** First administrators never applied, so they have no profile: institution and seat name them, `north 1`. */
function seatOf(client: PhrClient, { id, home, role }: Person): string {
  if (role !== 'administrator') return '';
  const institution = institutionWith(client, home);
  const seat = institution?.administrators.findIndex((keys) => equalBytes(personIdOf(keys), id)) ?? -1;
  return institution === undefined || seat < 0 ? '' : `${institution.name} ${seat + 1}`;
}

/** Names of several people and devices by id (hex), read under one head; empty where the reader can not know it. */
export async function namesOf(
  client: PhrClient,
  ids: readonly string[],
  options: CallOptions,
): Promise<Map<string, string>> {
  const distinct = [...new Set(ids)].map((id) => fromHex(id));
  const proven = await client.read(distinct.map(stateKeys.person), options);
  const named = await Promise.all(
    distinct.map(async (id): Promise<[string, string]> => {
      const person = readPerson(proven.get, id);
      return [toHex(id), person === undefined ? '' : await nameOf(client, person, options)];
    }),
  );
  return new Map(named);
}

/** The profile, as far as the reader may open it; one that its owner spoilt counts as none. */
export async function profileOf(
  client: PhrClient,
  person: Person,
  options: CallOptions,
): Promise<Profile | null> {
  try {
    return (await client.profiles.of(person, options)) ?? null;
  } catch (error) {
    const isUnreadable =
      error instanceof ClientError &&
      (error.code === 'record-invalid' || error.api?.code === 'block-unavailable');
    if (isUnreadable) return null;
    throw error;
  }
}

/** The name of an institution that belongs or did; its first letters when it is none. */
export function institutionName(client: PhrClient, id: Uint8Array): string {
  return institutionWith(client, id)?.name ?? toHex(id).slice(0, 8);
}

/** The administrators whom the genesis or an admission names, with their institution. */
export function genesisAdministrators(client: PhrClient): { id: Uint8Array; home: Uint8Array }[] {
  return everyInstitution(client).flatMap(({ id: home, administrators }) =>
    administrators.map((keys) => ({ id: personIdOf(keys), home })),
  );
}

/** Bytes of an id that came from the page. @throws ClientError `input-invalid` */
export function idOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new ClientError('input-invalid', { what: 'id' });
  return fromHex(text);
}
