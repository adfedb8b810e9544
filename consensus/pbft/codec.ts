import { decode, encode, fromHex, toHex } from '#crypto';
import {
  BLOCK_BYTES_MAX,
  decodeBlock,
  encodeBlock,
  hashHeader,
  HEIGHT_MAX,
  ROUND_MAX,
  SIGNATURE_BYTES,
  VALIDATORS_MAX,
  VOTE_KINDS,
  bitmapOf,
  CERTIFICATE_SCHEME_ED25519,
  signersOf,
  voteBytes,
} from '../block.ts';
import type { Block, CommitCertificate } from '../block.ts';
import { asArray, asBytes, asHash, asInteger, ConsensusError } from '../wire-shape.ts';
import type {
  BlockHash,
  Certificate,
  JournalRecord,
  Message,
  Proposal,
  SignedVote,
  UnverifiedMessage,
  Vote,
} from './message.ts';

/** The body the node's core carries: a block and its canonical bytes, so that it is encoded once. */
export interface BlockBody {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/** A block, up to 64 round changes and 64 prepares of at most 160 bytes each, and CBOR heads. */
export const MESSAGE_BYTES_MAX = BLOCK_BYTES_MAX + 2 * VALIDATORS_MAX * 160 + 1024;

/** Lowercase hex of 32 bytes as a block hash. */
export function blockHashOf(hash: Uint8Array): BlockHash {
  return toHex(hash) as BlockHash;
}

/** A block as the core takes it; its hash is computed here, never believed. Throws `too-large`. */
export function proposalOf(block: Block, bytes = encodeBlock(block)): Proposal<BlockBody> {
  const { height, parentHash } = block.header;
  return {
    hash: blockHashOf(hashHeader(block.header)),
    height,
    parent: blockHashOf(parentHash),
    body: { block, bytes },
  };
}

/** Decodes the canonical bytes of a block; throws ConsensusError or CryptoError. */
export function decodeProposal(bytes: Uint8Array): Proposal<BlockBody> {
  return proposalOf(decodeBlock(bytes), bytes);
}

/** What a vote's signature covers. */
export function signedBytesOf(chainId: Uint8Array, vote: Vote): Uint8Array {
  const hash = vote.hash === null ? null : fromHex(vote.hash);
  return voteBytes(chainId, vote.kind, vote.height, vote.round, hash, vote.preparedRound);
}

/** A certificate as blocks carry it: exactly the lowest `signers` votes, in validator order. */
export function commitCertificateOf(certificate: Certificate, n: number, signers: number): CommitCertificate {
  const votes = certificate.votes.toSorted((a, b) => a.validator - b.validator).slice(0, signers);
  return {
    height: certificate.height,
    round: certificate.round,
    blockHash: fromHex(certificate.hash),
    scheme: CERTIFICATE_SCHEME_ED25519,
    bitmap: bitmapOf(
      votes.map((vote) => vote.validator),
      n,
    ),
    signatures: votes.map((vote) => vote.signature),
  };
}

/** The votes a certificate stands for; check it first with `verifyCertificate`. */
export function votesOf(certificate: CommitCertificate, n: number): Certificate {
  const hash = blockHashOf(certificate.blockHash);
  const { height, round } = certificate;
  const signers = signersOf(certificate.bitmap, n) ?? [];
  const votes = certificate.signatures.flatMap((signature, position): SignedVote[] => {
    const validator = signers[position];
    if (validator === undefined) return [];
    return [{ kind: 'commit', height, round, hash, preparedRound: null, validator, signature }];
  });
  return { height, round, hash, votes };
}

function voteFields(vote: SignedVote): unknown[] {
  const { kind, height, round, hash, preparedRound, validator, signature } = vote;
  const hashBytes = hash === null ? null : fromHex(hash);
  return [VOTE_KINDS.indexOf(kind), height, round, hashBytes, preparedRound, validator, signature];
}

function voteFrom(value: unknown): SignedVote {
  const fields = asArray(value, 7, 7, 'vote');
  const kind = VOTE_KINDS[asInteger(fields[0], 0, VOTE_KINDS.length - 1, 'vote kind')];
  if (kind === undefined) throw new ConsensusError('malformed', 'vote kind');
  return {
    kind,
    height: asInteger(fields[1], 1, HEIGHT_MAX, 'vote height'),
    round: asInteger(fields[2], 0, ROUND_MAX, 'vote round'),
    hash: fields[3] === null ? null : blockHashOf(asHash(fields[3], 'vote hash')),
    preparedRound: fields[4] === null ? null : asInteger(fields[4], 0, ROUND_MAX, 'prepared round'),
    validator: asInteger(fields[5], 0, VALIDATORS_MAX - 1, 'validator'),
    signature: asBytes(fields[6], SIGNATURE_BYTES, SIGNATURE_BYTES, 'signature'),
  };
}

function votesFrom(value: unknown, what: string): SignedVote[] {
  return asArray(value, 0, VALIDATORS_MAX, what).map(voteFrom);
}

/** Canonical bytes of a message: [vote, block | null, roundChanges, prepares]. */
export function encodeMessage(message: UnverifiedMessage<BlockBody>): Uint8Array {
  const block = 'block' in message && message.block !== null ? message.block.body.bytes : null;
  const roundChanges = message.kind === 'pre-prepare' ? message.roundChanges : [];
  const prepares = 'prepares' in message ? message.prepares : [];
  return encode([voteFields(message.vote), block, roundChanges.map(voteFields), prepares.map(voteFields)]);
}

/** Inverse of `encodeMessage`: sizes, shapes and canonical form; no signature is checked. */
export function decodeMessage(bytes: Uint8Array): UnverifiedMessage<BlockBody> {
  const fields = asArray(decode(bytes, MESSAGE_BYTES_MAX), 4, 4, 'message');
  const vote = voteFrom(fields[0]);
  const block = fields[1] === null ? null : decodeProposal(asBytes(fields[1], 1, BLOCK_BYTES_MAX, 'block'));
  const roundChanges = votesFrom(fields[2], 'roundChanges');
  const prepares = votesFrom(fields[3], 'prepares');
  const { kind } = vote;
  if (kind === 'pre-prepare') {
    if (block === null) throw new ConsensusError('malformed', 'pre-prepare without block');
    return { kind, vote, block, roundChanges, prepares };
  }
  if (roundChanges.length > 0) throw new ConsensusError('malformed', 'roundChanges');
  if (kind === 'round-change') return { kind, vote, prepares, block };
  if (block !== null || prepares.length > 0) throw new ConsensusError('malformed', 'vote with attachments');
  return { kind, vote };
}

/** Canonical bytes of a journal record. */
export function encodeRecord(record: JournalRecord<BlockBody>): Uint8Array {
  if (record.kind === 'cast') return encode([0, encodeMessage(record.message)]);
  const { height, round, block, prepares } = record.lock;
  return encode([1, height, round, block.body.bytes, prepares.map(voteFields)]);
}

/** Inverse of `encodeRecord`. What this node wrote it believes: the journal's checksums guard it. */
export function decodeRecord(bytes: Uint8Array): JournalRecord<BlockBody> {
  const fields = asArray(decode(bytes, MESSAGE_BYTES_MAX + 64), 2, 5, 'record');
  if (asInteger(fields[0], 0, 1, 'record kind') === 0) {
    const message = decodeMessage(asBytes(fields[1], 1, MESSAGE_BYTES_MAX, 'record message'));
    return { kind: 'cast', message: message as Message<BlockBody> };
  }
  const lock = {
    height: asInteger(fields[1], 1, HEIGHT_MAX, 'lock height'),
    round: asInteger(fields[2], 0, ROUND_MAX, 'lock round'),
    block: decodeProposal(asBytes(fields[3], 1, BLOCK_BYTES_MAX, 'lock block')),
    prepares: votesFrom(fields[4], 'lock prepares'),
  };
  return { kind: 'lock', lock };
}

/** Two votes of one validator that exclude each other, as evidence for a block (at most EVIDENCE_BYTES_MAX). */
export function encodeEvidence(first: SignedVote, second: SignedVote): Uint8Array {
  return encode([voteFields(first), voteFields(second)]);
}

/** Inverse of `encodeEvidence`; `isEquivocation` and both signatures are the caller's to check. */
export function decodeEvidence(bytes: Uint8Array): readonly [SignedVote, SignedVote] {
  const fields = asArray(decode(bytes, 1024), 2, 2, 'evidence');
  return [voteFrom(fields[0]), voteFrom(fields[1])];
}

/** True when one validator says two different things in one (kind, height, round). */
export function isEquivocation(first: SignedVote, second: SignedVote): boolean {
  const oneSlot =
    first.validator === second.validator &&
    first.kind === second.kind &&
    first.height === second.height &&
    first.round === second.round;
  return oneSlot && (first.hash !== second.hash || first.preparedRound !== second.preparedRound);
}
