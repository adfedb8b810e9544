import { equalBytes, expectBytes, expectInteger, expectList, expectMap, toHex } from '#crypto';
import { listCountKey, listItemKey, readCount, readGrant, readItem, stateKeys } from '#consensus/ledger';
import type { Get, Grant } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { readList } from './counted-list.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { StateEvidence } from './proven-state.ts';

const GRANTS_MAX = 65_536;
/** Two keys for each grant, and the count. */
export const GRANT_SEGMENT_MAX = 200;

/** Proof of one stretch of the grants over a patient's records: the list's items and what they point to. */
export interface GrantSegment extends StateEvidence {
  readonly first: number;
  readonly ids: readonly Uint8Array[];
}

/** State keys that a segment proves, in the order in which they were asked. */
export function grantSegmentKeys(
  patient: Uint8Array,
  first: number,
  ids: readonly Uint8Array[],
): Uint8Array[] {
  const items = ids.map((_, i) => listItemKey('grants-of', patient, first + i));
  const count = first === 0 ? [listCountKey('grants-of', patient)] : [];
  return [...count, ...items, ...ids.map(stateKeys.grant)];
}

/** The grants of a segment. @throws ClientError `proof-invalid` when an item points elsewhere or to nothing */
export function grantsOfSegment(get: Get, patient: Uint8Array, { first, ids }: GrantSegment): Grant[] {
  return ids.map((id, i) => {
    const item = readItem(get, 'grants-of', patient, first + i);
    const grant = readGrant(get, id);
    if (item === undefined || !equalBytes(item, id) || grant === undefined)
      throw new ClientError('proof-invalid', { what: 'a grant is missing' });
    return grant;
  });
}

/** How many grants there are, by the first segment. */
export function grantCount(get: Get, patient: Uint8Array): number {
  return readCount(get, 'grants-of', patient);
}

/** What was granted and revoked belongs to an audit; ids first, then everything again under one proof for each part. */
export async function collectGrants(
  connection: Connection,
  patient: Uint8Array,
  options: CallOptions,
): Promise<GrantSegment[]> {
  const ids = await readList(connection, 'grants-of', patient, options);
  const segments: GrantSegment[] = [];
  do {
    checkAborted(options);
    const first = segments.length * GRANT_SEGMENT_MAX;
    const part = ids.slice(first, first + GRANT_SEGMENT_MAX);
    const keys = grantSegmentKeys(patient, first, part);
    const { evidence, values } = await connection.state.readWithEvidence(keys, options);
    const get: Get = (key) => values.get(toHex(key));
    // One came between the two reads.
    if (first === 0 && grantCount(get, patient) !== ids.length)
      return await collectGrants(connection, patient, options);
    segments.push({ ...evidence, first, ids: part });
  } while (segments.length * GRANT_SEGMENT_MAX < ids.length);
  return segments;
}

/** For canonical DAG-CBOR. */
export function grantSegmentValue({ header, certificate, proof, first, ids }: GrantSegment): object {
  return { header, certificate, proof, first, ids: [...ids] };
}

/** Shape only. @throws CryptoError `encoding`, ClientError `input-invalid` */
export function grantSegmentFrom(value: unknown, bytesOf: (value: unknown) => Uint8Array): GrantSegment {
  const map = expectMap(value, ['header', 'certificate', 'proof', 'first', 'ids'], 'grants');
  return {
    header: bytesOf(map.header),
    certificate: bytesOf(map.certificate),
    proof: bytesOf(map.proof),
    first: expectInteger(map.first, 0, GRANTS_MAX, 'first'),
    ids: expectList(map.ids, 0, GRANT_SEGMENT_MAX, 'ids').map((id) => expectBytes(id, 32, 'id')),
  };
}
