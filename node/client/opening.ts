import { decodeRecordHeader, equalBytes, openRecord, release, toHex, verifyRecordHeader } from '#crypto';
import type { CID, OpeningKey, RecordHeader } from '#crypto';
import { readPerson, readRecord, readSignKeysAt, stateKeys } from '#consensus/ledger';
import type { Get } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { CONTENT_BYTES_MAX, decodeContent } from './content.ts';
import type { RecordContent } from './content.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { Hit } from './search.ts';

/** Shorter blocks may be lists of links, which are looked at to the end. */
const SHORT_BYTES = 64 * 1024;

/** A sealed body of the largest content, with its padding and tags: an eighth more is plenty. */
const BODY_OPENED_MAX = CONTENT_BYTES_MAX + CONTENT_BYTES_MAX / 8;

/** A record in the clear, with what it was found as. */
export interface OpenedRecord extends RecordContent {
  readonly hit: Hit;
}

/**
 * Fetches the headers of hits and proves that each is the one that was anchored: the anchors are read again from the
 * proven state, the link is the header's hash, the writer is the anchor's signer with the key that the ledger
 * knew then, signature and proof of knowledge hold (SCHEME 4).
 * @throws ClientError `proof-invalid`, `record-invalid`, `not-found`.
 */
export async function verifiedHeaders(
  connection: Connection,
  hits: readonly Hit[],
  options: CallOptions,
): Promise<RecordHeader[]> {
  const keys = hits.flatMap(({ recordId, writer, patient }) => [
    stateKeys.record(recordId),
    stateKeys.person(writer),
    stateKeys.person(patient),
    stateKeys.keyHistory(writer),
  ]);
  const proven = await connection.state.read(keys, options);
  return await mapConcurrently(hits, (hit) => verifiedHeader(connection, hit, proven.get, options));
}

async function verifiedHeader(
  { blocks, backend, chainId }: Connection,
  hit: Hit,
  get: Get,
  options: CallOptions,
): Promise<RecordHeader> {
  checkAborted(options);
  const record = readRecord(get, hit.recordId);
  const isKnown = record && readPerson(get, hit.writer);
  if (!isKnown) throw new ClientError('not-found', { what: 'record', id: toHex(hit.recordId) });
  if (record.erasedHeight !== null || readPerson(get, record.patient)?.status === 'revoked')
    throw new ClientError('not-found', { what: 'erased record', id: toHex(hit.recordId) });
  const isAnchored =
    record.header.equals(hit.header) &&
    equalBytes(record.writer, hit.writer) &&
    equalBytes(record.patient, hit.patient);
  if (!isAnchored) throw new ClientError('record-invalid', { what: 'not the anchored record' });
  const bytes = await blocks.get(record.header, options);
  let header: RecordHeader;
  try {
    header = decodeRecordHeader(bytes);
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'header' }, { cause });
  }
  const isItsOwn =
    equalBytes(header.chainId, chainId) &&
    equalBytes(header.recordId, record.id) &&
    equalBytes(header.patient, record.patient) &&
    equalBytes(header.writer, record.writer) &&
    header.sequence === record.sequence &&
    (header.previous === null) === (record.previous === null);
  // The writer may have other keys by now: what counts is the one that signed the anchor's block.
  const signKeys = readSignKeysAt(get, record.writer, record.height);
  if (!isItsOwn || !signKeys.some((key) => verifyRecordHeader(backend, header, key))) {
    throw new ClientError('record-invalid', { what: 'header' });
  }
  return header;
}

/** Opens a verified header with a key, fetching body blocks by their links. @throws ClientError */
export async function openContent(
  connection: Connection,
  header: RecordHeader,
  key: OpeningKey,
  options: CallOptions,
): Promise<RecordContent> {
  // Bounded before a byte of it is fetched: a writer decides how long a record is.
  if (header.bodyLength > BODY_OPENED_MAX) throw new ClientError('record-invalid', { what: 'too large' });
  let before: Uint8Array | undefined;
  const fetch = async (cid: CID): Promise<Uint8Array> => {
    // A block is used before the next is asked for: its memory is given back at once, not when the collector comes.
    if (before !== undefined && before.length > SHORT_BYTES) release(before);
    before = undefined;
    const block = await connection.blocks.get(cid, options);
    before = block;
    return block;
  };
  let plaintext: Uint8Array;
  try {
    plaintext = await openRecord(connection.backend, { header, fetch, key });
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('record-invalid', { what: 'does not open' }, { cause });
  }
  return decodeContent(plaintext);
}
