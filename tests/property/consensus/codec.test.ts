import { CryptoError, sha256 } from '#crypto';
import { ConsensusError, evidenceHashOf, lastCommitHashOf, txRootOf } from '#consensus';
import {
  blockHashOf,
  commitCertificateOf,
  decodeEvidence,
  decodeMessage,
  decodeRecord,
  encodeEvidence,
  encodeMessage,
  encodeRecord,
  isEquivocation,
  proposalOf,
  signedBytesOf,
  votesOf,
} from '#consensus/pbft';
import type { BlockBody, Message, SignedVote, UnverifiedMessage } from '#consensus/pbft';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyVote = (kind: SignedVote['kind']): fc.Arbitrary<SignedVote> =>
  fc.record({
    kind: fc.constant(kind),
    height: fc.integer({ min: 1, max: 2 ** 40 }),
    round: fc.nat(1_000),
    hash: kind === 'round-change' ? fc.constant(null) : hash32.map(blockHashOf),
    preparedRound: fc.constant(null),
    validator: fc.nat(63),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  });

const anyBlock = fc
  .record({
    height: fc.integer({ min: 1, max: 2 ** 40 }),
    transactions: fc.array(fc.uint8Array({ minLength: 1 })),
    time: fc.nat(),
  })
  .map(({ height, transactions, time }) => {
    const zero = sha256(new Uint8Array(0));
    const header = {
      version: 1 as const,
      chainId: zero,
      height,
      parentHash: zero,
      time,
      proposer: 3,
      txRoot: txRootOf(transactions),
      stateRoot: zero,
      validatorsHash: zero,
      nextValidatorsHash: zero,
      lastCommitHash: lastCommitHashOf(null),
      evidenceHash: evidenceHashOf([]),
    };
    return proposalOf({ header, transactions, lastCommit: null, evidence: [] });
  });

const anyMessage: fc.Arbitrary<UnverifiedMessage<BlockBody>> = fc.oneof(
  anyVote('prepare').map((vote) => ({ kind: 'prepare' as const, vote })),
  anyVote('commit').map((vote) => ({ kind: 'commit' as const, vote })),
  fc
    .tuple(anyVote('pre-prepare'), anyBlock, fc.array(anyVote('round-change')), fc.array(anyVote('prepare')))
    .map(([vote, block, roundChanges, prepares]) => ({
      kind: 'pre-prepare' as const,
      vote,
      block,
      roundChanges,
      prepares,
    })),
  fc
    .tuple(anyVote('round-change'), fc.option(anyBlock), fc.array(anyVote('prepare')))
    .map(([vote, block, prepares]) => ({ kind: 'round-change' as const, vote, block, prepares })),
);

test('a message, a journal record and evidence come back as they were', () => {
  fc.assert(
    fc.property(anyMessage, anyVote('commit'), (message, vote) => {
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
      const record = { kind: 'cast' as const, message: message as Message<BlockBody> };
      expect(decodeRecord(encodeRecord(record))).toEqual(record);
      expect(decodeEvidence(encodeEvidence(vote, message.vote))).toEqual([vote, message.vote]);
      expect(isEquivocation(vote, vote)).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test('a flipped byte is another message or none, never the same one', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
      const bytes = encodeMessage(message).slice();
      const position = at % bytes.length;
      bytes[position] = (bytes[position] ?? 0) ^ flip;
      let decoded: UnverifiedMessage<BlockBody>;
      try {
        decoded = decodeMessage(bytes);
      } catch (error) {
        expect(error instanceof ConsensusError || error instanceof CryptoError).toBe(true);
        return;
      }
      expect(encodeMessage(decoded)).toEqual(bytes);
      expect(decoded).not.toEqual(message);
    }),
    { numRuns: 300 },
  );
});

test('random bytes are refused with a code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const decode of [decodeMessage, decodeRecord, decodeEvidence]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error instanceof ConsensusError || error instanceof CryptoError).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a signature covers every field of the vote, the chain among them', () => {
  const [chain, otherChain] = [sha256(new Uint8Array([1])), sha256(new Uint8Array([2]))];
  fc.assert(
    fc.property(anyVote('commit'), hash32, (vote, hash) => {
      const variants = [
        signedBytesOf(chain, vote),
        signedBytesOf(otherChain, vote),
        signedBytesOf(chain, { ...vote, kind: 'prepare' }),
        signedBytesOf(chain, { ...vote, height: vote.height + 1 }),
        signedBytesOf(chain, { ...vote, round: vote.round + 1 }),
        signedBytesOf(chain, { ...vote, hash: blockHashOf(sha256(hash)) }),
        signedBytesOf(chain, { ...vote, kind: 'round-change', preparedRound: 0 }),
      ];
      expect(new Set(variants.map((bytes) => bytes.join())).size).toBe(variants.length);
    }),
  );
});

test('a certificate keeps a quorum of its votes, in validator order', () => {
  const votes = [3, 0, 2, 1].map((validator): SignedVote => ({
    kind: 'commit',
    height: 5,
    round: 1,
    hash: blockHashOf(new Uint8Array(32)),
    preparedRound: null,
    validator,
    signature: new Uint8Array(64).fill(validator),
  }));
  const hash = blockHashOf(new Uint8Array(32));
  const certificate = commitCertificateOf({ height: 5, round: 1, hash, votes }, 4, 3);
  expect(votesOf(certificate, 4).votes.map(({ validator, signature }) => [validator, signature[0]])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});
