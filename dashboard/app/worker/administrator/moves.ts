import { equalBytes, toHex } from '#crypto';
import { readMove, readRecovery, stateKeys } from '#consensus/ledger';
import type { Move } from '#consensus/ledger';
import { ClientError } from '#node/client';
import type { CallOptions, PhrClient } from '#node/client';
import { idOf, institutionName, namesOf, nameOf } from '../directory.ts';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { applicantLine, everybody } from './lines.ts';
import type { Applicant } from './lines.ts';
import { homeOf } from './people.ts';

const optionsOf = ({ signal, progress }: WorkerContext): CallOptions => ({ signal, onProgress: progress });

/** A patient who wishes to come, or to leave. Ids are hex. */
export interface MoveLine {
  id: string;
  /** Empty when the reader can not know it. */
  name: string;
  /** Where she comes from, or wants to go. */
  institution: string;
  height: number;
  receiveFromMs: number;
  /** The three days are over, or her home belongs no more. */
  isDue: boolean;
}

export interface MovesView {
  coming: MoveLine[];
  /** The ledger has no list of them: they are looked for among the institution's patients. */
  leaving: MoveLine[];
}

const isMember = (client: PhrClient, id: Uint8Array): boolean =>
  institutionsOf(client).some((one) => equalBytes(one.id, id));

export async function moves(context: WorkerContext): Promise<MovesView> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const [home, head] = await Promise.all([homeOf(client, options), client.head(options)]);
  const line = (
    move: Move,
    from: Uint8Array,
    { name, other }: { name: string; other: Uint8Array },
  ): MoveLine => ({
    id: toHex(move.person),
    name,
    institution: institutionName(client, other),
    height: move.height,
    receiveFromMs: move.receiveFromMs,
    isDue: !isMember(client, from) || head.time >= move.receiveFromMs,
  });
  const coming = await Promise.all(
    (await client.people.moving(home.id, options)).map(async (move) =>
      line(move, move.patient.home, {
        name: await nameOf(client, move.patient, options),
        other: move.patient.home,
      }),
    ),
  );
  const ours = (await everybody(client, options)).filter(
    (one) => one.role === 'patient' && equalBytes(one.home, home.id),
  );
  const proven = await client.read(
    ours.map(({ id }) => stateKeys.move(id)),
    options,
  );
  const wishes = ours.flatMap(({ id }) => readMove(proven.get, id) ?? []);
  const names = await namesOf(
    client,
    wishes.map(({ person }) => toHex(person)),
    options,
  );
  const leaving = wishes.map((move) =>
    line(move, home.id, { name: names.get(toHex(move.person)) ?? '', other: move.home }),
  );
  return { coming, leaving };
}

/** One who wishes to come, with what she says to this institution. */
export interface MoveDetail extends Applicant {
  askedHeight: number;
  receiveFromMs: number;
  isDue: boolean;
  /** Her home suspended her, or gives her account new keys: either stops the move. */
  isStopped: boolean;
}

/** @throws ClientError `not-found` when she does not ask this institution */
export async function move(context: WorkerContext, { id: text }: { id: string }): Promise<MoveDetail> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const id = idOf(text);
  const [home, head] = await Promise.all([homeOf(client, options), client.head(options)]);
  const found = (await client.people.moving(home.id, options)).find(({ person }) => equalBytes(person, id));
  if (found === undefined) throw new ClientError('not-found', { what: 'wish to move here' });
  const { patient, height: askedHeight, receiveFromMs } = found;
  const [registered, proven] = await Promise.all([
    everybody(client, options),
    client.read([stateKeys.recovery(id)], options),
  ]);
  const timeMs = registered.find((one) => equalBytes(one.id, id))?.timeMs ?? client.genesis.timeMs;
  return {
    ...(await applicantLine(client, { ...patient, timeMs }, options)),
    askedHeight,
    receiveFromMs,
    isDue: !isMember(client, patient.home) || head.time >= receiveFromMs,
    isStopped: patient.status !== 'active' || readRecovery(proven.get, id)?.status === 'open',
  };
}

/** What every institution says of an identity that was read from a document. */
export interface IdentityFound {
  /** The own institution's tags: with them she is found again by all. */
  identifiers: Uint8Array[];
  matches: { id: string; institution: string }[];
  /** Institutions of whose patients some or all could not be looked for. */
  unchecked: string[];
}

/** @throws ClientError `input-invalid` for no name or day; `no-access` when the own institution gives no tags */
export async function lookFor(
  context: WorkerContext,
  input: { id: string; family: string; given: string; birthDate: string },
): Promise<IdentityFound> {
  const { client } = context.signedIn();
  const identity = { familyName: input.family, givenNames: input.given, birthDate: input.birthDate };
  // Once for the institution, by whoever looks first.
  await client.identities.ensureKey(optionsOf(context));
  const checked = await client.identities.check(idOf(input.id), identity, optionsOf(context));
  const unchecked = checked.unchecked.map(({ institution }) => institutionName(client, institution));
  return {
    identifiers: checked.identifiers,
    matches: checked.matches.map(({ person, institution }) => ({
      id: toHex(person),
      institution: institutionName(client, institution),
    })),
    unchecked: [...new Set(unchecked)],
  };
}

/** By one administrator, who has seen a document; without `identifiers` nobody finds her by her identity. */
export async function receive(
  context: WorkerContext,
  { id, identifiers }: { id: string; identifiers: Uint8Array[] },
): Promise<{ height: number }> {
  const { client } = context.signedIn();
  const { height } = await client.people.receive(idOf(id), { ...optionsOf(context), identifiers });
  return { height };
}
