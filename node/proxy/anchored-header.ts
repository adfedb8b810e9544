import { decodeRecordHeader, equalBytes, matchesLink, toHex, verifyRecordHeader } from '#crypto';
import type { Backend, CID, RecordHeader } from '#crypto';
import { readPerson, readRecord, readSignKeysAt } from '#consensus/ledger';
import type { LedgerState } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';

export interface HeaderSource {
  backend: Backend;
  chainId: Uint8Array;
  head(): { state: LedgerState };
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
}

/** Headers that are remembered as verified: some 1 MB of names, and every record that anybody reads these hours. */
export const VERIFIED_HEADERS_MAX = 4096;

/** What was verified once stays verified: header, key and record do not change under their hashes. The oldest is forgotten. */
export class VerifiedHeaders {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number = VERIFIED_HEADERS_MAX) {
    this.#max = max;
  }

  /** Whether `verify` says yes, now or before; a no is not kept. Who is asked for is the newest. */
  check(name: string, verify: () => boolean): boolean {
    const isKnown = this.#names.delete(name);
    if (!isKnown && !verify()) return false;
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > this.#max && oldest !== undefined) this.#names.delete(oldest);
    return true;
  }
}

/**
 * The anchored header, with its writer's signature and the proof that the writer knows every r: without it an
 * accomplice anchors junk built on another record's capsule and has that converted (SCHEME 4).
 * @throws ProxyRefusal
 */
export async function anchoredHeader(
  { head, backend, chainId, fetchBlock, verified }: HeaderSource & { verified: VerifiedHeaders },
  recordId: Uint8Array,
  patient: Uint8Array,
  signal: AbortSignal,
): Promise<RecordHeader> {
  const { state } = head();
  const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
  const record = readRecord(get, recordId);
  // Erased is gone, also for a request that was committed before.
  if (record === undefined || record.erasedHeight !== null) throw new ProxyRefusal('record-unknown');
  if (!equalBytes(record.patient, patient)) throw new ProxyRefusal('other-patient');
  // Everything of a patient who was erased is erased.
  if (readPerson(get, patient)?.status === 'revoked') throw new ProxyRefusal('record-unknown');
  const signKeys = readSignKeysAt(get, record.writer, record.height);
  const bytes = await fetchBlock(record.header, signal);
  if (signKeys.length === 0 || !matchesLink(record.header, bytes)) throw new ProxyRefusal('header-mismatch');
  const header = decodeRecordHeader(bytes);
  const anchored =
    equalBytes(header.recordId, record.id) &&
    equalBytes(header.patient, record.patient) &&
    equalBytes(header.writer, record.writer) &&
    equalBytes(header.chainId, chainId);
  if (!anchored) throw new ProxyRefusal('header-mismatch');
  const link = record.header.toString();
  const isSigned = signKeys.some((key) =>
    verified.check(`${link}/${toHex(key)}`, () => verifyRecordHeader(backend, header, key)),
  );
  if (!isSigned) throw new ProxyRefusal('header-unproven');
  return header;
}
