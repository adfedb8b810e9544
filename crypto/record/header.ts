import { RECORD_SLOTS_MAX } from '../bounds.ts';
import type { CID } from 'multiformats/cid';
import type { Backend } from '../backend/backend.ts';
import { toHex } from '../bytes.ts';
import type { DelegateCompartment } from '../compartment.ts';
import { laneIndexKey } from '../compartment.ts';
import { equalBytes } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import type { Hash } from '../hash.ts';
import { verifyProof } from '../schnorr.ts';
import { expectBytes, expectInteger, expectLink, expectList, expectMap, expectText } from '../shape.ts';
import { signTagged, verifyTagged } from '../signed.ts';
import { blockCount, BODY_BYTES_MAX, isBodyLength } from './body-layout.ts';
import { SIGMA_BYTES, SLOT_HINT_BYTES, slotHint, SUITE } from './context.ts';

export const RECORD_HEADER_BYTES_MAX = 4096;

export interface RecordSlot {
  /** E = r*G, 32 bytes. */
  readonly E: Uint8Array;
  /** 4 bytes by which a reader of the compartment finds the slot. */
  readonly hint: Uint8Array;
  /** sigma behind both locks, 32 bytes. */
  readonly box: Uint8Array;
}

/** The part of a header that the proof of knowledge is bound to. */
export interface RecordStatement {
  readonly chainId: Hash;
  readonly recordId: Uint8Array;
  readonly patient: Uint8Array;
  /** Position in the lane (patient, writer), from 0. */
  readonly sequence: number;
  /** Header of the version that this one amends. */
  readonly previous: CID | null;
  /** 1 to 8, all E different. */
  readonly slots: readonly RecordSlot[];
  /** Commitment to the body key, 32 bytes. */
  readonly commitment: Uint8Array;
  readonly bodyCid: CID;
  /** Length of the sealed body (padded plaintext and AEAD tags), not of the plaintext. */
  readonly bodyLength: number;
  readonly writer: Uint8Array;
}

/** Shape-checked; `verifyRecordHeader` says whether it is true. */
export interface RecordHeader extends RecordStatement {
  /** Schnorr proof of knowledge of every r_s: 32 bytes of challenge, 32 a slot. */
  readonly proof: Uint8Array;
  /** Ed25519 over everything else, 64 bytes. */
  readonly signature: Uint8Array;
}

function statementMap(statement: RecordStatement) {
  return {
    suite: SUITE,
    chain: statement.chainId,
    record: statement.recordId,
    patient: statement.patient,
    sequence: statement.sequence,
    previous: statement.previous,
    slots: statement.slots.map(({ E, hint, box }) => ({ E, hint, box })),
    commitment: statement.commitment,
    body: statement.bodyCid,
    length: statement.bodyLength,
    writer: statement.writer,
  };
}

/** What the proof of knowledge is computed over. */
export function proofContext(statement: RecordStatement) {
  return { tag: DOMAIN.recordProof, statement: encode(statementMap(statement)) };
}

/** Signs a proven statement and gives the header's bytes, at most 4096. */
export function signHeader(
  backend: Backend,
  statement: RecordStatement,
  proof: Uint8Array,
  secretKey: Uint8Array,
): Uint8Array {
  const unsigned = { ...statementMap(statement), proof };
  const signature = signTagged(backend, DOMAIN.recordHeader, encode(unsigned), secretKey);
  return encode({ ...unsigned, signature });
}

/**
 * Bytes of a header that was decoded: the same bytes again, at most 4096 (SCHEME 4). Throws CryptoError('encoding').
 */
export function encodeRecordHeader(header: RecordHeader): Uint8Array {
  return encode({ ...statementMap(header), proof: header.proof, signature: header.signature });
}

const HEADER_KEYS = [
  'suite',
  'chain',
  'record',
  'patient',
  'sequence',
  'previous',
  'slots',
  'commitment',
  'body',
  'length',
  'writer',
  'proof',
  'signature',
] as const;

/**
 * Bytes (at most 4096) to an unverified header (SCHEME 4): size, canonical form, field sizes, known suite, no slot
 * twice, a body linked as its length says. Throws CryptoError('encoding').
 */
export function decodeRecordHeader(bytes: Uint8Array): RecordHeader {
  const map = expectMap(decode(bytes, RECORD_HEADER_BYTES_MAX), HEADER_KEYS, 'header');
  if (expectText(map.suite, 64, 'suite') !== SUITE) throw new CryptoError('encoding', 'unknown suite');
  const slots = expectList(map.slots, 1, RECORD_SLOTS_MAX, 'slots').map((slot) => {
    const { E, hint, box } = expectMap(slot, ['E', 'hint', 'box'], 'slot');
    return {
      E: expectBytes(E, 32, 'capsule'),
      hint: expectBytes(hint, SLOT_HINT_BYTES, 'hint'),
      box: expectBytes(box, SIGMA_BYTES, 'slot box'),
    };
  });
  if (new Set(slots.map(({ E }) => toHex(E))).size !== slots.length) {
    throw new CryptoError('encoding', 'a capsule twice');
  }
  const bodyLength = expectInteger(map.length, 1, BODY_BYTES_MAX, 'body length');
  if (!isBodyLength(bodyLength)) throw new CryptoError('encoding', 'body length');
  return {
    chainId: expectBytes(map.chain, 32, 'chain'),
    recordId: expectBytes(map.record, 32, 'record id'),
    patient: expectBytes(map.patient, 32, 'patient'),
    sequence: expectInteger(map.sequence, 0, Number.MAX_SAFE_INTEGER, 'sequence'),
    previous: map.previous === null ? null : expectLink(map.previous, 'previous', 'dag-cbor'),
    slots,
    commitment: expectBytes(map.commitment, 32, 'commitment'),
    bodyCid: expectLink(map.body, 'body', blockCount(bodyLength) === 1 ? 'raw' : 'dag-cbor'),
    bodyLength,
    writer: expectBytes(map.writer, 32, 'writer'),
    proof: expectBytes(map.proof, 32 * (1 + slots.length), 'proof'),
    signature: expectBytes(map.signature, 64, 'signature'),
  };
}

/**
 * True when the writer (Ed25519 key of 32 bytes) signed the header and knows the scalar of every capsule. The second
 * is what keeps an accomplice from anchoring junk on top of a capsule of somebody else (SCHEME 4). Never throws.
 */
export function verifyRecordHeader(
  backend: Backend,
  header: RecordHeader,
  writerPublicKey: Uint8Array,
): boolean {
  const { signature, proof } = header;
  const unsigned = encode({ ...statementMap(header), proof });
  if (!verifyTagged(backend, DOMAIN.recordHeader, unsigned, signature, writerPublicKey)) return false;
  const claims = header.slots.map(({ E }) => ({ pairs: [{ image: E }] }));
  return verifyProof(backend, proofContext(header), claims, proof);
}

/**
 * Indices of the slots whose hint of 4 bytes fits this compartment (SCHEME 4): candidates, the opening decides. Never
 * throws.
 */
export function slotCandidates(
  header: RecordHeader,
  compartment: Pick<DelegateCompartment, 'ix'>,
): readonly number[] {
  const ixLane = laneIndexKey(compartment.ix, header.writer);
  return header.slots.flatMap(({ E, hint }, i) => (equalBytes(slotHint(ixLane, E), hint) ? [i] : []));
}

/**
 * The first candidate slot of this compartment (ix of 32 bytes), or -1 (SCHEME 4). A chance hit has probability
 * 2^-32. Never throws.
 */
export function slotFor(header: RecordHeader, compartment: Pick<DelegateCompartment, 'ix'>): number {
  return slotCandidates(header, compartment)[0] ?? -1;
}
