import { createHash } from 'node:crypto';
import { StorageError } from './storage-error.ts';

/**
 * A journal file is a row of groups. A group is what one data sync made durable:
 *
 *   offset  bytes
 *        0      4  magic "PHRJ"
 *        4      8  sequence, big-endian, 1 for the first group of a file
 *       12      4  payload length in bytes, big-endian
 *       16      8  SHA-256(sequence, payload), first 8 bytes
 *       24      8  SHA-256(bytes 0..24), first 8 bytes
 *       32      n  payload: records, each a 4-byte big-endian length and its bytes
 *
 * A group is written only after the one before it is synced. So an unreadable group that something readable follows
 * was durable once and is damage; an unreadable last group may be a write that a crash cut short.
 */
export const GROUP_HEADER_BYTES = 32;
const MAGIC = Buffer.from('PHRJ');
const SUM_BYTES = 8;
/** Disks write sectors of at least this size whole; one never written reads as zeros in a fresh file. */
const SECTOR_BYTES = 512;

export interface JournalScan {
  readonly records: Uint8Array[];
  /** Bytes up to the end of the last whole group; anything after is a torn tail. */
  readonly wholeBytes: number;
  readonly groups: number;
}

/** One group as it goes to the disk. @param sequence 1 for the first group of a file */
export function encodeGroup(sequence: number, records: readonly Uint8Array[]): Uint8Array {
  const payloadBytes = records.reduce((sum, record) => sum + 4 + record.byteLength, 0);
  const group = Buffer.alloc(GROUP_HEADER_BYTES + payloadBytes);
  let offset = GROUP_HEADER_BYTES;
  for (const record of records) {
    offset = group.writeUInt32BE(record.byteLength, offset);
    group.set(record, offset);
    offset += record.byteLength;
  }
  MAGIC.copy(group, 0);
  group.writeBigUInt64BE(BigInt(sequence), 4);
  group.writeUInt32BE(payloadBytes, 12);
  group.set(payloadSum(group.subarray(4, 12), group.subarray(GROUP_HEADER_BYTES)), 16);
  group.set(sum(group.subarray(0, 24)), 24);
  return group;
}

/**
 * Reads a whole journal file.
 * @throws StorageError `journal-corrupt` with fact `offset` when damage cannot be explained by a crash during the last write
 */
export function scanJournal(file: Buffer): JournalScan {
  const records: Uint8Array[] = [];
  let offset = 0;
  let groups = 0;
  while (offset < file.byteLength) {
    const end = groupEnd(file, offset, groups + 1);
    if (end === undefined) {
      if (!isTorn(file, offset, groups + 1)) throw new StorageError('journal-corrupt', { facts: { offset } });
      break;
    }
    records.push(...splitRecords(file.subarray(offset + GROUP_HEADER_BYTES, end), offset));
    offset = end;
    groups += 1;
  }
  return { records, wholeBytes: offset, groups };
}

/** Where the whole, undamaged group at `offset` ends, or undefined. */
function groupEnd(file: Buffer, offset: number, sequence: number): number | undefined {
  if (headerSequence(file, offset) !== sequence) return undefined;
  const end = offset + GROUP_HEADER_BYTES + file.readUInt32BE(offset + 12);
  if (end > file.byteLength) return undefined;
  const expected = payloadSum(
    file.subarray(offset + 4, offset + 12),
    file.subarray(offset + GROUP_HEADER_BYTES, end),
  );
  return expected.equals(file.subarray(offset + 16, offset + 24)) ? end : undefined;
}

/** Sequence of a group header with a right checksum at `offset`, or undefined. */
function headerSequence(file: Buffer, offset: number): number | undefined {
  if (offset + GROUP_HEADER_BYTES > file.byteLength) return undefined;
  if (!file.subarray(offset, offset + 4).equals(MAGIC)) return undefined;
  if (!sum(file.subarray(offset, offset + 24)).equals(file.subarray(offset + 24, offset + 32)))
    return undefined;
  return Number(file.readBigUInt64BE(offset + 4));
}

/**
 * Whether the unreadable bytes from `offset` on can be the last write, cut short: bytes are missing at the end, or a
 * sector was never written. Full-length bytes without a zero sector were damaged later, and cutting them could make
 * the node forget a vote, so they are not torn.
 */
function isTorn(file: Buffer, offset: number, sequence: number): boolean {
  if (isFollowed(file, offset, sequence)) return false;
  if (offset + GROUP_HEADER_BYTES > file.byteLength) return true;
  if (headerSequence(file, offset) === sequence) {
    const end = offset + GROUP_HEADER_BYTES + file.readUInt32BE(offset + 12);
    if (end > file.byteLength) return true;
    // One group is one write: nothing can lie behind the last one.
    if (end < file.byteLength) return false;
  }
  return hasZeroSector(file, offset);
}

function isFollowed(file: Buffer, offset: number, sequence: number): boolean {
  for (let at = file.indexOf(MAGIC, offset + 1); at !== -1; at = file.indexOf(MAGIC, at + 1)) {
    const found = headerSequence(file, at);
    if (found !== undefined && found > sequence) return true;
  }
  return false;
}

function hasZeroSector(file: Buffer, offset: number): boolean {
  for (let at = offset; at < file.byteLength;) {
    const end = Math.min(file.byteLength, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (file.subarray(at, end).every((byte) => byte === 0)) return true;
    at = end;
  }
  return false;
}

function splitRecords(payload: Buffer, groupOffset: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  let offset = 0;
  while (offset < payload.byteLength) {
    const start = offset + 4;
    const end = start <= payload.byteLength ? start + payload.readUInt32BE(offset) : Number.POSITIVE_INFINITY;
    if (end > payload.byteLength)
      throw new StorageError('journal-corrupt', { facts: { offset: groupOffset } });
    records.push(new Uint8Array(payload.subarray(start, end)));
    offset = end;
  }
  return records;
}

function payloadSum(sequence: Uint8Array, payload: Uint8Array): Buffer {
  return createHash('sha256').update(sequence).update(payload).digest().subarray(0, SUM_BYTES);
}

function sum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, SUM_BYTES);
}
