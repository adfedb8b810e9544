import { describe, expect, it } from 'vitest';
import {
  createSharing,
  emergencySecret,
  encode,
  hash,
  DOMAIN,
  joinSubShares,
  openPart,
  reshare,
  sealBox,
  splitBytes,
  uint32,
  type CryptoErrorCode,
  type Hash,
} from '#crypto';
import {
  dealingCommitment,
  decodeDealing,
  encodeDealing,
  isDealtShare,
  sharingIdOf,
  type Dealing,
} from '../../../crypto/sharing/dealing.ts';
import { scalarToBytes } from '../../../crypto/scalar.ts';
import { bytesOf, compartmentOf, maria, nativeBackend as backend, nodes } from './cast.ts';

const secret = emergencySecret(compartmentOf({ category: 'emergency', period: 'all' }));
const refused = (code: CryptoErrorCode) => expect.objectContaining({ code });
const seal = nodes[0]!.seal.publicKey;
const holdersOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: bytesOf(`holder ${i}`), index: i + 1, seal }));
const create = (threshold: number, count: number) =>
  createSharing(backend, { issuer: maria, patient: maria.id, secret, threshold, holders: holdersOf(count) });

describe('a sharing', () => {
  it('asks for at least two holders, and for no more than there are', () => {
    expect(create(2, 2).boxes).toHaveLength(2);
    for (const [threshold, count] of [
      [1, 2],
      [3, 2],
      [2.5, 3],
    ] as const) {
      expect(() => create(threshold, count)).toThrow(refused('input-invalid'));
    }
  });

  it('has at most 64 holders', () => {
    expect(create(2, 64).boxes).toHaveLength(64);
    expect(() => create(2, 65)).toThrow(refused('input-invalid'));
  });

  it('shares from 1 to 1024 bytes', () => {
    for (const length of [1, 1024])
      expect(splitBytes(backend, new Uint8Array(length), 2, [1, 2])).toHaveLength(2);
    for (const length of [0, 1025]) {
      expect(() => splitBytes(backend, new Uint8Array(length), 2, [1, 2])).toThrow(refused('input-invalid'));
    }
  });
});

const sharingId = sharingIdOf(maria.id, maria.id, new Uint8Array(16));
const salt = bytesOf('salt');

/** A dealing of one byte a holder without a scalar, with what a dishonest issuer may write in it. */
function dealingOf(change: { threshold?: number; first?: Uint8Array } = {}): Dealing {
  const digest = (index: number): Hash =>
    hash(DOMAIN.sharingDigest, sharingId, uint32(index), salt, Uint8Array.of(7));
  return {
    threshold: change.threshold ?? 2,
    commitments: [],
    length: 1,
    holders: [1, 2].map((index) => ({
      id: index === 1 ? (change.first ?? nodes[0]!.id) : nodes[1]!.id,
      index,
      digest: digest(index),
    })),
  };
}

function openFirst(dealing: Dealing) {
  const bytes = encodeDealing(dealing);
  const context = hash(DOMAIN.sharingPart, sharingId, nodes[0]!.id, uint32(1));
  const plaintext = encode({ dealing: bytes, scalar: new Uint8Array(0), bytes: Uint8Array.of(7), salt });
  const box = sealBox(backend, {
    sender: { id: maria.id, secretKey: maria.sign.secretKey },
    recipientSeal: seal,
    context,
    plaintext,
  });
  const commitment = dealingCommitment(sharingId, bytes);
  const issuer = { id: maria.id, signPublicKey: maria.sign.publicKey };
  return openPart(backend, { holder: nodes[0]!, index: 1, issuer, sharingId, commitment, box });
}

describe('a dealing', () => {
  it('is refused by a holder whose place in it is another’s', () => {
    expect(openFirst(dealingOf()).bytes).toEqual(Uint8Array.of(7));
    expect(() => openFirst(dealingOf({ first: nodes[2]!.id }))).toThrow(refused('share-invalid'));
  });

  it('lets nobody open alone, whatever its issuer writes', () => {
    expect(decodeDealing(encodeDealing(dealingOf())).threshold).toBe(2);
    for (const threshold of [0, 1, 3]) {
      expect(() => decodeDealing(encodeDealing(dealingOf({ threshold })))).toThrow(refused('encoding'));
      expect(() => openFirst(dealingOf({ threshold }))).toThrow(refused('share-invalid'));
    }
  });

  it('knows no share of an index that it does not name', () => {
    const share = { bytes: Uint8Array.of(7), salt };
    expect(isDealtShare(sharingId, dealingOf(), { ...share, index: 2 })).toBe(true);
    expect(isDealtShare(sharingId, dealingOf(), { ...share, index: 3 })).toBe(false);
  });
});

describe('sharing again', () => {
  const held = { index: 1, share: scalarToBytes(5n) };

  it('takes a threshold of one up to all of the new holders', () => {
    for (const threshold of [1, 2, 3]) {
      expect(reshare(backend, held, { threshold, indices: [1, 2, 3] }).commitments).toHaveLength(threshold);
    }
    for (const threshold of [0, 4, 1.5]) {
      expect(() => reshare(backend, held, { threshold, indices: [1, 2, 3] })).toThrow(
        refused('input-invalid'),
      );
    }
  });

  it('joins no parts of different thresholds, the longer one first or last', () => {
    const [two, three] = [2, 3].map((threshold, i) => {
      const dealt = reshare(backend, { ...held, index: i + 1 }, { threshold, indices: [1, 2, 3] });
      return { from: dealt.from, commitments: dealt.commitments, share: dealt.shares[0]! };
    });
    expect(() => joinSubShares(backend, [two!, three!])).toThrow(refused('share-invalid'));
    expect(() => joinSubShares(backend, [three!, two!])).toThrow(refused('share-invalid'));
  });
});
