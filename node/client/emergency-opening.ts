import { canOpen, combineReleases, slotFor, toHex } from '#crypto';
import type { DelegateCompartment, OpeningKey, RecordHeader } from '#crypto';
import { ACCESS_ITEMS_MAX, readSharing, stateKeys } from '#consensus/ledger';
import type { Emergency, EmergencySharing } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { encodeEmergencyReceipt, gatherEmergencyProof } from './emergency-receipt.ts';
import type { EmergencyProof } from './emergency-receipt.ts';
import { openContent, verifiedHeaders } from './opening.ts';
import type { OpenedRecord } from './opening.ts';
import { holdersOf, joinedHolders } from './proxy-judgement.ts';
import type { Holder } from './proxy-judgement.ts';
import { gatherReleases } from './release-gathering.ts';
import type { FalseRelease, ReleaseInit, Releases } from './release-gathering.ts';
import { search } from './search.ts';
import type { Hit } from './search.ts';

/** Every patient has one emergency compartment; its generation is a label that no release tells. */
export const EMERGENCY_COMPARTMENT = { category: 'emergency', period: 'all' } as const;

export interface EmergencyOpening {
  readonly records: readonly OpenedRecord[];
  /** Receipt files, see `verifyEmergencyReceipt`: of the index first, then of every 64 records. */
  readonly receipts: readonly Uint8Array[];
  readonly liars: readonly FalseRelease[];
  /** Institutions that did not release, and the code that they gave. */
  readonly refusals: readonly { readonly node: string; readonly code: string }[];
}

interface Opened {
  readonly records: readonly OpenedRecord[];
  readonly receipt: Uint8Array;
  readonly releases: Releases;
}

/** See `Emergencies.open`. */
export async function openEmergency(
  connection: Connection,
  emergency: Emergency,
  keywords: string | readonly string[],
  options: CallOptions,
): Promise<EmergencyOpening> {
  const scene: Scene = { emergency, ground: await groundOf(connection, emergency, options) };
  const index = await release(connection, scene, [], options);
  const { compartment } = combineReleases(connection.backend, index.releases.honest.map(releaseOf), {
    ...EMERGENCY_COMPARTMENT,
    generation: 0,
  });
  const { patient } = emergency;
  const { hits } = await search(connection, { patient, compartments: [compartment], keywords }, options);
  const batches: Opened[] = [{ ...index, records: [] }];
  for (let i = 0; i < hits.length; i += ACCESS_ITEMS_MAX) {
    const batch = hits.slice(i, i + ACCESS_ITEMS_MAX);
    batches.push(await openBatch(connection, scene, { compartment, hits: batch }, options));
    options.onProgress?.({
      what: 'opened',
      done: Math.min(i + batch.length, hits.length),
      total: hits.length,
    });
  }
  return {
    records: batches.flatMap(({ records }) => records),
    receipts: batches.map(({ receipt }) => receipt),
    liars: distinct(batches.flatMap(({ releases }) => releases.liars)),
    refusals: batches.at(-1)?.releases.refusals ?? [],
  };
}

/** Who holds the deposit, and what proves the emergency to others, out of states between which the holders did not change. */
async function groundOf(connection: Connection, emergency: Emergency, options: CallOptions): Promise<Ground> {
  for (;;) {
    const { ground, sharesHeight } = await readGround(connection, emergency, options);
    if (ground.sharing.sharesHeight === sharesHeight) return ground;
  }
}

async function readGround(
  connection: Connection,
  emergency: Emergency,
  options: CallOptions,
): Promise<{ ground: Ground; sharesHeight: number }> {
  const proven = await connection.state.read([stateKeys.sharing(emergency.patient)], options);
  const sharing = readSharing(proven.get, emergency.patient);
  if (emergency.countersignedHeight === null || sharing === undefined)
    throw new ClientError('no-access', { what: 'not countersigned' });
  const joined = joinedHolders(connection.genesis, sharing);
  const shown = await connection.state.read(joined.map(stateKeys.institution), options);
  const holders = holdersOf(connection.genesis, sharing, shown.get);
  const { proof, sharesHeight } = await gatherEmergencyProof(connection, emergency, joined, options);
  return { ground: { sharing, holders, proof }, sharesHeight };
}

interface Scene {
  readonly emergency: Emergency;
  /** Another one when the holders have shared the deposit again. */
  ground: Ground;
}

interface Ground {
  readonly sharing: EmergencySharing;
  readonly holders: readonly Holder[];
  readonly proof: EmergencyProof;
}

async function openBatch(
  connection: Connection,
  scene: Scene,
  { compartment, hits }: { readonly compartment: DelegateCompartment; readonly hits: readonly Hit[] },
  options: CallOptions,
): Promise<Opened> {
  const { backend } = connection;
  const headers = await verifiedHeaders(connection, hits, options);
  const wanted = headers.map((header) => ({ header, slot: slotFor(header, compartment) }));
  if (wanted.some(({ slot }) => slot < 0))
    throw new ClientError('no-access', { what: 'the record has no slot of this compartment' });
  const { releases, receipt } = await release(connection, scene, wanted, options);
  const parts = releases.honest.map(releaseOf);
  const { elements } = combineReleases(backend, parts, compartment.name);
  const records = await mapConcurrently(hits, async (hit, i) => {
    const [header, Y] = [headers[i], elements[i]];
    const key: OpeningKey | undefined = Y && { kind: 'converted', compartment, Y };
    if (!header || !key || !canOpen(backend, header, key))
      throw new ClientError('record-invalid', { what: 'does not open' });
    return { ...(await openContent(connection, header, key, options)), hit };
  });
  return { records, receipt, releases };
}

interface Wanted {
  readonly header: RecordHeader;
  readonly slot: number;
}

/** One round of releases and its receipt; from the holders of now, if the deposit was shared again since it was read. */
async function release(
  connection: Connection,
  scene: Scene,
  wanted: readonly Wanted[],
  options: CallOptions,
): Promise<{ releases: Releases; receipt: Uint8Array }> {
  for (;;) {
    try {
      return await releaseOnce(connection, scene, wanted, options);
    } catch (error) {
      if (!(error instanceof ClientError && error.code === 'not-enough-conversions')) throw error;
      const ground = await groundOf(connection, scene.emergency, options);
      if (ground.sharing.sharesHeight === scene.ground.sharing.sharesHeight) throw error;
      scene.ground = ground;
    }
  }
}

/** The receipt is made before anything is opened. */
async function releaseOnce(
  connection: Connection,
  { emergency, ground: { sharing, holders, proof } }: Scene,
  wanted: readonly Wanted[],
  options: CallOptions,
): Promise<{ releases: Releases; receipt: Uint8Array }> {
  const capsules = wanted.map(({ header, slot }) => ({
    E: header.slots[slot]?.E ?? new Uint8Array(),
    recordId: header.recordId,
    slot,
  }));
  const init: ReleaseInit = {
    request: {
      ground: 'emergency',
      id: emergency.id,
      items: capsules.map(({ recordId, slot }) => ({ record: recordId, slot })),
    },
    sharing,
    holders,
    height: emergency.countersignedHeight ?? 0,
    accessId: emergency.id,
    capsules,
  };
  const releases = await gatherReleases(connection, init, options);
  const answers = releases.honest.map(({ answer }) => answer);
  const receipt = encodeEmergencyReceipt(connection.backend, connection.genesis, proof, answers);
  return { releases, receipt };
}

const releaseOf = ({ release: one }: Releases['honest'][number]): typeof one => one;

const distinct = (liars: readonly FalseRelease[]): FalseRelease[] => [
  ...new Map(liars.map((liar) => [toHex(liar.node), liar])).values(),
];
