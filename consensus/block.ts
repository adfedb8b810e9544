import { compareBytes, decode, DOMAIN, encode, equalBytes, hash, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { txRootOf } from './transaction-tree.ts';
import { asArray, asBytes, asHash, asInteger, ConsensusError } from './wire-shape.ts';

/** What a block may hold; a proposer that exceeds any of these is refused before anything is executed. */
export const BLOCK_BYTES_MAX = 2 * 1024 * 1024;
export const BLOCK_TRANSACTIONS_MAX = 4096;
export const BLOCK_EVIDENCE_MAX = 16;
/** A proxy's signed answer to the largest access request, or two votes. */
export const EVIDENCE_BYTES_MAX = 17 * 1024;
export const HEADER_BYTES_MAX = 512;
export const VALIDATORS_MAX = 64;
/** 64 validators: 64 signatures of 64 bytes, a bitmap, fixed fields and CBOR heads. */
export const CERTIFICATE_BYTES_MAX = 4608;
/** Rounds and heights fit a safe integer; these bounds keep sums of them safe as well. */
export const ROUND_MAX = 2 ** 31;
export const HEIGHT_MAX = 2 ** 48;
export const TIME_MS_MAX = 2 ** 48;
export const SIGNATURE_BYTES = 64;

/** The only certificate form so far: Ed25519 signatures in the order of the bitmap. */
export const CERTIFICATE_SCHEME_ED25519 = 1;

/** A block header. All hashes 32 bytes; it does not name the round, so a re-proposal keeps its hash. */
export interface Header {
  readonly version: 1;
  readonly chainId: Uint8Array;
  readonly height: number;
  readonly parentHash: Uint8Array;
  /** Unix milliseconds, strictly above the parent's. */
  readonly time: number;
  /** Index in the validator set of the one who first proposed it. */
  readonly proposer: number;
  readonly txRoot: Uint8Array;
  /** State after this block. */
  readonly stateRoot: Uint8Array;
  readonly validatorsHash: Uint8Array;
  readonly nextValidatorsHash: Uint8Array;
  readonly lastCommitHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
}

/** A voting institution: its node id (32 bytes) and Ed25519 vote key (32 bytes). */
export interface Validator {
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Validators sorted by id (bytewise), each id and key once. A validator's index is its place here. */
export type ValidatorSet = readonly Validator[];

/** Proof that a quorum committed `blockHash`: signatures of COMMIT votes of one single round. */
export interface CommitCertificate {
  readonly height: number;
  readonly round: number;
  readonly blockHash: Uint8Array;
  readonly scheme: 1;
  /** ceil(n/8) bytes; validator i is bit (i & 7) of byte i >> 3. */
  readonly bitmap: Uint8Array;
  /** 64 bytes each, in the order of the bitmap. */
  readonly signatures: readonly Uint8Array[];
}

/** A header and what it commits to. `lastCommit` is null in block 1 only. */
export interface Block {
  readonly header: Header;
  readonly transactions: readonly Uint8Array[];
  readonly lastCommit: CommitCertificate | null;
  readonly evidence: readonly Uint8Array[];
}

export const VOTE_KINDS = ['pre-prepare', 'prepare', 'commit', 'round-change'] as const;
export type VoteKind = (typeof VOTE_KINDS)[number];

/** ceil(2n/3): two quorums always share an honest validator, for every n (2f+1 does not, at n = 5 or 6). */
export function quorum(n: number): number {
  return Math.ceil((2 * n) / 3);
}

/** floor((n-1)/3): how many of n may be faulty in any way. */
export function faultBound(n: number): number {
  return Math.floor((n - 1) / 3);
}

/** The validators sorted by id. Throws `malformed` on an empty or too large set, bad sizes, or a repeated id or key. */
export function validatorSetOf(validators: readonly Validator[]): ValidatorSet {
  if (validators.length < 1 || validators.length > VALIDATORS_MAX) {
    throw new ConsensusError('malformed', 'validator set size');
  }
  const sorted = validators.toSorted((a, b) => compareBytes(a.id, b.id));
  const keys = sorted.map((validator) => validator.publicKey).toSorted(compareBytes);
  for (const [i, validator] of sorted.entries()) {
    asHash(validator.id, 'validator id');
    asHash(validator.publicKey, 'validator key');
    const next = sorted[i + 1];
    const [key, nextKey] = [keys[i], keys[i + 1]];
    if (next !== undefined && equalBytes(validator.id, next.id))
      throw new ConsensusError('malformed', 'validator id');
    if (key !== undefined && nextKey !== undefined && equalBytes(key, nextKey)) {
      throw new ConsensusError('malformed', 'validator key');
    }
  }
  return sorted;
}

/** What the header's `validatorsHash` commits to: ids and keys in set order. */
export function validatorsHashOf(validators: ValidatorSet): Uint8Array {
  return hash(DOMAIN.validators, encode(validators.map(({ id, publicKey }) => [id, publicKey])));
}

/** Zeros (32) for block 1, else the hash of the certificate's canonical bytes. */
export function lastCommitHashOf(certificate: CommitCertificate | null): Uint8Array {
  return certificate === null ? new Uint8Array(32) : hash(DOMAIN.certificate, encodeCertificate(certificate));
}

/** Commits to the list of evidence, each item as a length-prefixed part. */
export function evidenceHashOf(evidence: readonly Uint8Array[]): Uint8Array {
  return hash(DOMAIN.evidence, ...evidence);
}

/** Canonical bytes of a header: a DAG-CBOR list in the order of the interface. */
export function encodeHeader(header: Header): Uint8Array {
  return encode([
    header.version,
    header.chainId,
    header.height,
    header.parentHash,
    header.time,
    header.proposer,
    header.txRoot,
    header.stateRoot,
    header.validatorsHash,
    header.nextValidatorsHash,
    header.lastCommitHash,
    header.evidenceHash,
  ]);
}

/** Inverse of `encodeHeader`; throws ConsensusError or CryptoError on anything else. */
export function decodeHeader(bytes: Uint8Array): Header {
  const fields = asArray(decode(bytes, HEADER_BYTES_MAX), 12, 12, 'header');
  asInteger(fields[0], 1, 1, 'header version');
  return {
    version: 1,
    chainId: asHash(fields[1], 'chainId'),
    height: asInteger(fields[2], 1, HEIGHT_MAX, 'height'),
    parentHash: asHash(fields[3], 'parentHash'),
    time: asInteger(fields[4], 0, TIME_MS_MAX, 'time'),
    proposer: asInteger(fields[5], 0, VALIDATORS_MAX - 1, 'proposer'),
    txRoot: asHash(fields[6], 'txRoot'),
    stateRoot: asHash(fields[7], 'stateRoot'),
    validatorsHash: asHash(fields[8], 'validatorsHash'),
    nextValidatorsHash: asHash(fields[9], 'nextValidatorsHash'),
    lastCommitHash: asHash(fields[10], 'lastCommitHash'),
    evidenceHash: asHash(fields[11], 'evidenceHash'),
  };
}

/** The block's identity, 32 bytes: the hash of its header alone, which commits to the rest. */
export function hashHeader(header: Header): Uint8Array {
  return hash(DOMAIN.block, encodeHeader(header));
}

/** Canonical bytes of a certificate. */
export function encodeCertificate(certificate: CommitCertificate): Uint8Array {
  const { height, round, blockHash, scheme, bitmap, signatures } = certificate;
  return encode([height, round, blockHash, scheme, bitmap, signatures]);
}

/** Inverse of `encodeCertificate`; the shape only, see `verifyCertificate`. */
export function decodeCertificate(bytes: Uint8Array): CommitCertificate {
  const fields = asArray(decode(bytes, CERTIFICATE_BYTES_MAX), 6, 6, 'certificate');
  asInteger(fields[3], CERTIFICATE_SCHEME_ED25519, CERTIFICATE_SCHEME_ED25519, 'certificate scheme');
  return {
    height: asInteger(fields[0], 1, HEIGHT_MAX, 'height'),
    round: asInteger(fields[1], 0, ROUND_MAX, 'round'),
    blockHash: asHash(fields[2], 'blockHash'),
    scheme: CERTIFICATE_SCHEME_ED25519,
    bitmap: asBytes(fields[4], 1, VALIDATORS_MAX / 8, 'bitmap'),
    signatures: asArray(fields[5], 1, VALIDATORS_MAX, 'signatures').map((signature) =>
      asBytes(signature, SIGNATURE_BYTES, SIGNATURE_BYTES, 'signature'),
    ),
  };
}

/** Canonical bytes of a block. Throws `too-large` above BLOCK_BYTES_MAX. */
export function encodeBlock(block: Block): Uint8Array {
  const bytes = encode([
    encodeHeader(block.header),
    block.transactions,
    block.lastCommit === null ? null : encodeCertificate(block.lastCommit),
    block.evidence,
  ]);
  if (bytes.length > BLOCK_BYTES_MAX) throw new ConsensusError('too-large', 'block');
  return bytes;
}

/** Inverse of `encodeBlock`: shape and bounds only, see `bodyMatchesHeader`. */
export function decodeBlock(bytes: Uint8Array): Block {
  const fields = asArray(decode(bytes, BLOCK_BYTES_MAX), 4, 4, 'block');
  return {
    header: decodeHeader(asBytes(fields[0], 1, HEADER_BYTES_MAX, 'header')),
    transactions: asArray(fields[1], 0, BLOCK_TRANSACTIONS_MAX, 'transactions').map((transaction) =>
      asBytes(transaction, 1, BLOCK_BYTES_MAX, 'transaction'),
    ),
    lastCommit:
      fields[2] === null
        ? null
        : decodeCertificate(asBytes(fields[2], 1, CERTIFICATE_BYTES_MAX, 'lastCommit')),
    evidence: asArray(fields[3], 0, BLOCK_EVIDENCE_MAX, 'evidence').map((item) =>
      asBytes(item, 1, EVIDENCE_BYTES_MAX, 'evidence'),
    ),
  };
}

/** True when the header commits to exactly these transactions, this last certificate and this evidence. */
export function bodyMatchesHeader(block: Block): boolean {
  const { header, transactions, lastCommit, evidence } = block;
  return (
    equalBytes(header.txRoot, txRootOf(transactions)) &&
    equalBytes(header.lastCommitHash, lastCommitHashOf(lastCommit)) &&
    equalBytes(header.evidenceHash, evidenceHashOf(evidence))
  );
}

/** What every vote signs under DOMAIN.vote: chain, kind, height, round, hash; a round change adds what it prepared. */
export function voteBytes(
  chainId: Uint8Array,
  kind: VoteKind,
  height: number,
  round: number,
  blockHash: Uint8Array | null,
  preparedRound: number | null = null,
): Uint8Array {
  return encode([chainId, VOTE_KINDS.indexOf(kind), height, round, blockHash, preparedRound]);
}

/** Indices of the validators in a bitmap, ascending; undefined when its length or spare bits do not fit `n`. */
export function signersOf(bitmap: Uint8Array, n: number): number[] | undefined {
  if (bitmap.length !== Math.ceil(n / 8)) return undefined;
  const signers: number[] = [];
  for (const [byteIndex, byte] of bitmap.entries()) {
    for (let bit = 0; bit < 8; bit++) {
      if ((byte & (1 << bit)) === 0) continue;
      const index = byteIndex * 8 + bit;
      if (index >= n) return undefined;
      signers.push(index);
    }
  }
  return signers;
}

/** The bitmap of ceil(n/8) bytes in which `signers` (indices below n) are set. */
export function bitmapOf(signers: readonly number[], n: number): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(n / 8));
  for (const index of signers) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  return bitmap;
}

/**
 * True when at least quorum(n) distinct validators of the set signed COMMIT for exactly this height, round and hash
 * on this chain, and every signature in it is good. The caller compares `blockHash` and `height` with its header.
 */
export function verifyCertificate(
  backend: Backend,
  certificate: CommitCertificate,
  chainId: Uint8Array,
  validators: ValidatorSet,
): boolean {
  const signers = signersOf(certificate.bitmap, validators.length);
  if (signers === undefined || signers.length !== certificate.signatures.length) return false;
  if (signers.length < quorum(validators.length)) return false;
  const { height, round, blockHash } = certificate;
  const message = voteBytes(chainId, 'commit', height, round, blockHash);
  return signers.every((index, position) => {
    const validator = validators[index];
    const signature = certificate.signatures[position];
    if (validator === undefined || signature === undefined) return false;
    return verifyTagged(backend, DOMAIN.vote, message, signature, validator.publicKey);
  });
}
