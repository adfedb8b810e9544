import { CryptoError, decode, decodeRecordHeader, equalBytes, expectLink, expectList, isLink } from '#crypto';
import type { CID } from '#crypto';
import { BLOCK_BYTES_MAX } from '#storage';
import { NetworkError } from './network-error.ts';

/** Links in one body root: 1 GiB in blocks of 960 KiB are 1,093. */
export const BODY_LINKS_MAX = 2048;

/** What a record header block says of itself. */
export interface NamedRecord {
  readonly recordId: Uint8Array;
  readonly links: readonly CID[];
}

/**
 * Record id and body links of a record header block that belongs to `patient`. Throws when the bytes are no header or
 * name somebody else, which counts as a missing record: nobody may collect receipts for another person's.
 */
export type RecordOf = (header: Uint8Array, patient: Uint8Array) => NamedRecord;

/** `RecordOf` for the record headers of SCHEME 4. The signature is the ledger's and the reader's to check. */
export const namedRecord: RecordOf = (header, patient) => {
  const { patient: named, recordId, bodyCid } = decodeRecordHeader(header);
  if (!equalBytes(named, patient)) throw new NetworkError('refused');
  return { recordId, links: [bodyCid] };
};

export interface RecordDag {
  /** Every block reached, headers first; each CID once. */
  readonly present: ReadonlyMap<string, CID>;
  /** Blocks that `read` did not give. */
  readonly missing: readonly CID[];
  /** The headers that `read` gave, in order, with the record that each names. */
  readonly records: readonly { readonly recordId: Uint8Array; readonly header: CID }[];
}

/**
 * Walks records from their headers: header, body root, leaves. A raw root is the whole body; a dag-cbor root is a list
 * of raw links. Leaves are read too, since only reading shows that a block is whole.
 *
 * @param read gives the verified bytes of a block, or undefined when it cannot
 * @throws NetworkError `malformed` when a block is no header of `patient` or no body root
 */
export async function walkRecords(
  headers: readonly CID[],
  patient: Uint8Array,
  recordOf: RecordOf,
  read: (cid: CID) => Promise<Uint8Array | undefined>,
): Promise<RecordDag> {
  const present = new Map<string, CID>();
  const missing: CID[] = [];
  const records: { recordId: Uint8Array; header: CID }[] = [];
  const visit = async (cid: CID): Promise<Uint8Array | undefined> => {
    const bytes = await read(cid);
    if (bytes === undefined) missing.push(cid);
    else present.set(cid.toString(), cid);
    return bytes;
  };
  for (const header of headers) {
    const headerBytes = await visit(header);
    if (headerBytes === undefined) continue;
    const { recordId, links } = shaped(() => recordOf(headerBytes, patient));
    records.push({ recordId, header });
    for (const root of links) {
      const rootBytes = await visit(root);
      if (rootBytes === undefined || isLink(root, 'raw')) continue;
      for (const leaf of shaped(() => bodyLinks(rootBytes))) await visit(leaf);
    }
  }
  return { present, missing, records };
}

/**
 * Every body block that a record header names, root first, as far as it can be told from what `read` gives.
 * @returns undefined when the header or a list of its body is not there, or is none
 */
export async function bodyBlocks(
  header: CID,
  read: (cid: CID) => Promise<Uint8Array | undefined>,
): Promise<CID[] | undefined> {
  const bytes = await read(header);
  if (bytes === undefined) return undefined;
  try {
    const { bodyCid } = decodeRecordHeader(bytes);
    if (isLink(bodyCid, 'raw')) return [bodyCid];
    const root = await read(bodyCid);
    return root === undefined ? undefined : [bodyCid, ...bodyLinks(root)];
  } catch (error) {
    // Not a header, or not a list: nobody can open it, so nothing hangs on it.
    if (error instanceof CryptoError) return [];
    throw error;
  }
}

function bodyLinks(root: Uint8Array): CID[] {
  return expectList(decode(root, BLOCK_BYTES_MAX), 1, BODY_LINKS_MAX, 'body').map((link) =>
    expectLink(link, 'body block', 'raw'),
  );
}

function shaped<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new NetworkError('malformed', { cause: error });
  }
}
