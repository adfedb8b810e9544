import { equalBytes, recordIdOf, toHex } from '#crypto';
import type { Compartment } from '#crypto';
import { readRecord, readWriters, stateKeys } from '#consensus/ledger';
import type { Get } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { contentNonceOf } from './content-id.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import { openContent, verifiedHeaders } from './opening.ts';
import { hitOf } from './search.ts';
import type { Hit } from './search.ts';
import type { UploadRecord } from './upload.ts';

/** What is to be anchored yet, and what had to be opened to say so. */
export interface Unanchored {
  readonly fresh: UploadRecord[];
  readonly anchored: number;
  readonly opened: readonly Hit[];
}

/**
 * See `Records.withoutAnchored`. What this writer anchored counts. A nonce is no proof of another's content: what
 * another writer of the patient anchored with the same one is opened and compared.
 */
export async function unanchored(
  connection: Connection,
  keyrings: Keyrings,
  { patient, records }: { patient: Uint8Array; records: readonly UploadRecord[] },
  options: CallOptions,
): Promise<Unanchored> {
  const named = records.map((record) => {
    const compartments = keyrings.compartments(patient, [record.category], [record.month]);
    if (compartments.length === 0) throw new ClientError('no-access', { what: 'no seed of this category' });
    return {
      record,
      places: compartments.map((one) => ({ compartment: one, nonce: contentNonceOf(one, record.resource) })),
    };
  });
  const { id: own } = connection.keys;
  const listed = readWriters(
    (await connection.state.read([stateKeys.writers(patient)], options)).get,
    patient,
  );
  const writers = [own, ...listed.filter((id) => !equalBytes(id, own))];
  const idsOf = ({ nonce }: Place): Uint8Array[] =>
    writers.map((writer) => recordIdOf(patient, writer, nonce));
  const keys = named.flatMap(({ places }) => places.flatMap(idsOf).map(stateKeys.record));
  const { get } = await connection.state.read(keys, options);
  const opened: Hit[] = [];
  const left = await mapConcurrently(named, async ({ record, places }) => {
    const [first] = places;
    const others = foreign(places, idsOf, get, own);
    if (first === undefined || others === 'anchored') return undefined;
    for (const hit of others) {
      const resource = await resourceOf(connection, hit, options);
      if (resource !== undefined) opened.push(hit);
      if (resource !== undefined && equalBytes(resource, record.resource)) return undefined;
    }
    return { name: toHex(first.nonce), record: { ...record, nonce: first.nonce } };
  });
  // The same bytes twice in one import are one record.
  const fresh = new Map(left.flatMap((one) => (one ? [[one.name, one.record]] : [])));
  return { fresh: [...fresh.values()], anchored: records.length - fresh.size, opened };
}

interface Place {
  readonly compartment: Compartment;
  readonly nonce: Uint8Array;
}

type Opened = Hit & { readonly key: Compartment };

/** What other writers anchored with these nonces, or that this writer did, or the patient has erased it. */
function foreign(
  places: readonly Place[],
  idsOf: (place: Place) => readonly Uint8Array[],
  get: Get,
  writer: Uint8Array,
): 'anchored' | readonly Opened[] {
  const found: Opened[] = [];
  for (const place of places) {
    for (const entry of idsOf(place).map((id) => readRecord(get, id))) {
      if (entry === undefined) continue;
      if (equalBytes(entry.writer, writer) || entry.erasedHeight !== null) return 'anchored';
      found.push({ ...hitOf(entry, place.compartment.name), key: place.compartment });
    }
  }
  return found;
}

/** Undefined for what does not open as a record of this compartment. */
async function resourceOf(
  connection: Connection,
  { key, ...hit }: Opened,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  try {
    const [header] = await verifiedHeaders(connection, [hit], options);
    if (header === undefined) return undefined;
    const opening = { kind: 'owner', compartment: key } as const;
    return (await openContent(connection, header, opening, options)).resource;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'record-invalid') return undefined;
    throw error;
  }
}
