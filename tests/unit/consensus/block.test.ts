import { CryptoError, DOMAIN, nobleBackend, sha256, signTagged } from '#crypto';
import {
  bitmapOf,
  bodyMatchesHeader,
  decodeBlock,
  decodeCertificate,
  decodeHeader,
  encodeBlock,
  encodeCertificate,
  encodeHeader,
  evidenceHashOf,
  faultBound,
  hashHeader,
  lastCommitHashOf,
  quorum,
  rootFromTransactionPath,
  transactionPath,
  txRootOf,
  validatorSetOf,
  validatorsHashOf,
  verifyCertificate,
  voteBytes,
} from '#consensus';
import type { Block, CommitCertificate, Header } from '#consensus';
import { describe, expect, test } from 'vitest';

const bytes = (n: number): Uint8Array => sha256(new Uint8Array([n]));
const CHAIN = bytes(200);
const keys = [0, 1, 2, 3].map((i) => ({ id: bytes(i), ...nobleBackend.signatures.keyPair(bytes(i)) }));
const validators = validatorSetOf(keys);
const secretOf = (index: number): Uint8Array =>
  keys.find(({ id }) => id === validators[index]?.id)!.secretKey;

function blockOf(transactions: Uint8Array[], height = 1): Block {
  const header: Header = {
    version: 1,
    chainId: CHAIN,
    height,
    parentHash: CHAIN,
    time: 1_700_000_000_000,
    proposer: 1,
    txRoot: txRootOf(transactions),
    stateRoot: bytes(1),
    validatorsHash: validatorsHashOf(validators),
    nextValidatorsHash: validatorsHashOf(validators),
    lastCommitHash: lastCommitHashOf(null),
    evidenceHash: evidenceHashOf([]),
  };
  return { header, transactions, lastCommit: null, evidence: [] };
}

function certificateOf(
  signers: number[],
  change: { height?: number; round?: number; chainId?: Uint8Array; kind?: 'commit' | 'prepare' } = {},
): CommitCertificate {
  const blockHash = hashHeader(blockOf([]).header);
  const message = voteBytes(
    change.chainId ?? CHAIN,
    change.kind ?? 'commit',
    change.height ?? 1,
    change.round ?? 0,
    blockHash,
  );
  const signatures = signers.map((index) => signTagged(nobleBackend, DOMAIN.vote, message, secretOf(index)));
  return { height: 1, round: 0, blockHash, scheme: 1, bitmap: bitmapOf(signers, 4), signatures };
}

const holds = (certificate: CommitCertificate): boolean =>
  verifyCertificate(nobleBackend, certificate, CHAIN, validators);

describe('quorums', () => {
  test('two of them always share an honest validator, and the honest alone make one', () => {
    for (let n = 1; n <= 64; n++) {
      expect(2 * quorum(n) - n).toBeGreaterThan(faultBound(n));
      expect(quorum(n)).toBeLessThanOrEqual(n - faultBound(n));
    }
  });
});

describe('a commit certificate', () => {
  test('holds with a quorum of commits for exactly its block', () => {
    expect(holds(certificateOf([0, 1, 2]))).toBe(true);
    expect(holds(certificateOf([0, 1, 2, 3]))).toBe(true);
  });

  test.each([
    ['too few signers', certificateOf([0, 1])],
    ['signatures for another height', certificateOf([0, 1, 2], { height: 2 })],
    ['signatures of another round', certificateOf([0, 1, 2], { round: 1 })],
    ['signatures of another chain', certificateOf([0, 1, 2], { chainId: bytes(9) })],
    ['prepares in place of commits', certificateOf([0, 1, 2], { kind: 'prepare' })],
    ['one signer shown as three', { ...certificateOf([0, 0, 0]), bitmap: bitmapOf([0, 1, 2], 4) }],
    ['signers swapped', { ...certificateOf([0, 1, 2]), bitmap: bitmapOf([1, 2, 3], 4) }],
    ['a bit outside the set', { ...certificateOf([0, 1, 2, 3]), bitmap: new Uint8Array([0b11110000]) }],
    ['a longer bitmap', { ...certificateOf([0, 1, 2]), bitmap: new Uint8Array([7, 0]) }],
    ['fewer signatures than bits', { ...certificateOf([0, 1, 2]), bitmap: bitmapOf([0, 1, 2, 3], 4) }],
  ])('does not hold with %s', (_, certificate) => {
    expect(holds(certificate)).toBe(false);
  });
});

describe('canonical bytes', () => {
  const block = blockOf([new Uint8Array([1]), new Uint8Array([2, 3])]);

  test('give back exactly what went in', () => {
    expect(decodeHeader(encodeHeader(block.header))).toEqual(block.header);
    expect(decodeBlock(encodeBlock(block))).toEqual(block);
    const certificate = certificateOf([0, 1, 2]);
    expect(decodeCertificate(encodeCertificate(certificate))).toEqual(certificate);
    expect(encodeCertificate(certificate).length).toBeLessThan(260);
  });

  test('every header field changes the hash', () => {
    const { header } = block;
    const changed: Header[] = [
      { ...header, chainId: bytes(7) },
      { ...header, height: 2 },
      { ...header, parentHash: bytes(7) },
      { ...header, time: header.time + 1 },
      { ...header, proposer: 0 },
      { ...header, txRoot: bytes(7) },
      { ...header, stateRoot: bytes(7) },
      { ...header, validatorsHash: bytes(7) },
      { ...header, nextValidatorsHash: bytes(7) },
      { ...header, lastCommitHash: bytes(7) },
      { ...header, evidenceHash: bytes(7) },
    ];
    const hashes = new Set([header, ...changed].map((each) => hashHeader(each).join()));
    expect(hashes.size).toBe(changed.length + 1);
  });

  test('a body that its header does not commit to is seen', () => {
    expect(bodyMatchesHeader(block)).toBe(true);
    expect(bodyMatchesHeader({ ...block, transactions: [] })).toBe(false);
    expect(bodyMatchesHeader({ ...block, lastCommit: certificateOf([0, 1, 2]) })).toBe(false);
    expect(bodyMatchesHeader({ ...block, evidence: [new Uint8Array([1])] })).toBe(false);
  });

  test('trailing bytes, missing fields and wrong sizes are refused', () => {
    const good = encodeHeader(block.header);
    expect(() => decodeHeader(new Uint8Array([...good, 0]))).toThrow(CryptoError);
    expect(() => decodeHeader(good.slice(0, -1))).toThrow(CryptoError);
    expect(() => decodeHeader(encodeHeader({ ...block.header, chainId: new Uint8Array(31) }))).toThrow(
      'malformed',
    );
    expect(() => decodeHeader(encodeHeader({ ...block.header, height: 0 }))).toThrow('malformed');
    expect(() => decodeHeader(encodeHeader({ ...block.header, time: 1.5 }))).toThrow('malformed');
  });
});

describe('the transaction tree', () => {
  const transactions = Array.from({ length: 13 }, (_, i) => new Uint8Array([i]));

  test('proves every transaction of every count, and only at its place', () => {
    for (let count = 1; count <= transactions.length; count++) {
      const list = transactions.slice(0, count);
      const root = txRootOf(list);
      for (const [index, transaction] of list.entries()) {
        const path = transactionPath(list, index);
        expect(rootFromTransactionPath(transaction, index, count, path)).toEqual(root);
        expect(rootFromTransactionPath(new Uint8Array([99]), index, count, path)).not.toEqual(root);
        if (count > 1) {
          expect(rootFromTransactionPath(transaction, (index + 1) % count, count, path)).not.toEqual(root);
        }
      }
    }
  });

  test('has no proof against the empty root, outside the list, or of another length', () => {
    const path = transactionPath(transactions, 3);
    expect(rootFromTransactionPath(new Uint8Array([3]), 0, 0, [])).toBeUndefined();
    expect(rootFromTransactionPath(new Uint8Array([3]), 13, 13, path)).toBeUndefined();
    expect(rootFromTransactionPath(new Uint8Array([3]), 3, 13, path.slice(1))).toBeUndefined();
    expect(() => transactionPath(transactions, 13)).toThrow(RangeError);
  });

  test('a repeated last transaction gives another root', () => {
    const three = transactions.slice(0, 3);
    expect(txRootOf([...three, transactions[2]!])).not.toEqual(txRootOf(three));
  });
});

test('a validator set with a repeated id or key is refused', () => {
  expect(() => validatorSetOf([keys[0]!, keys[0]!])).toThrow('malformed');
  expect(() => validatorSetOf([keys[0]!, { ...keys[1]!, publicKey: keys[0]!.publicKey }])).toThrow(
    'malformed',
  );
  expect(() => validatorSetOf([])).toThrow('malformed');
});
