import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  joinByteSubShares,
  joinBytes,
  joinSubShares,
  reshare,
  reshareBytes,
  splitBytes,
  verifySubShare,
} from '#crypto';
import { evaluate, lagrangeAtZero, sharePublic } from '../../../crypto/grant/polynomial.ts';
import { invertField, multiplyField } from '../../../crypto/sharing/byte-shares.ts';
import { invertScalar, scalarFromBytes, scalarToBytes } from '../../../crypto/scalar.ts';
import { backends, compartmentOf } from './cast.ts';

const emergency = compartmentOf({ category: 'emergency', period: 'all' });
const refused = expect.objectContaining({ code: 'share-invalid' });

describe.each(backends)('re-sharing on $name', (backend) => {
  const old = [1, 2, 3, 4];
  const polynomial = [scalarFromBytes(emergency.a), 5n, 9n];
  const commitments = polynomial.map((f) => backend.group.multiplyBase(scalarToBytes(f)));
  const held = old.map((index) => ({ index, share: scalarToBytes(evaluate(polynomial, index)) }));
  const next = { threshold: 2, indices: [7, 2, 9] };

  function move(from: readonly number[]) {
    const subs = from.map((i) => reshare(backend, held[i - 1]!, next));
    return next.indices.map((index, at) => {
      const mine = subs.map((sub) => ({
        from: sub.from,
        commitments: sub.commitments,
        share: sub.shares[at]!,
      }));
      for (const sub of mine) expect(verifySubShare(backend, { old: commitments, index, sub })).toBe(true);
      return { index, ...joinSubShares(backend, mine) };
    });
  }

  it('keeps the secret, changes every share, and gives commitments that fit', () => {
    const moved = move([4, 1, 3]);
    for (const { index, share: value, commitments: fresh } of moved) {
      expect(fresh).toHaveLength(2);
      expect(fresh[0]).toEqual(emergency.A);
      expect(sharePublic(backend, fresh, index)).toEqual(backend.group.multiplyBase(value));
    }
    const two = moved.slice(1);
    const { numerators, denominator } = lagrangeAtZero(two.map(({ index }) => index));
    const sum = two.reduce((total, one, i) => total + numerators[i]! * scalarFromBytes(one.share), 0n);
    expect(scalarToBytes(sum * invertScalar(denominator))).toEqual(emergency.a);
    // An old share says nothing among new ones, also at the same index.
    expect(moved[1]!.share).not.toEqual(held[1]!.share);
  });

  it('names the old holder that shares something else', () => {
    const [index] = next.indices;
    const honest = reshare(backend, held[0]!, next);
    const lie = reshare(backend, { index: 1, share: held[1]!.share }, next);
    const sub = (from: typeof honest, at: number) => ({
      from: from.from,
      commitments: from.commitments,
      share: from.shares[at]!,
    });
    const verify = (one: ReturnType<typeof sub>) =>
      verifySubShare(backend, { old: commitments, index: index!, sub: one });
    expect(verify(sub(honest, 0))).toBe(true);
    expect(verify(sub(lie, 0))).toBe(false);
    expect(verify(sub(honest, 1))).toBe(false);
    expect(verify({ ...sub(honest, 0), from: 2 })).toBe(false);
    expect(verify({ ...sub(honest, 0), commitments: [] })).toBe(false);
    expect(verify({ ...sub(honest, 0), share: new Uint8Array(32) })).toBe(false);
    expect(() => joinSubShares(backend, [])).toThrow(refused);
    expect(() => joinSubShares(backend, [sub(honest, 0), sub(honest, 0)])).toThrow(refused);
    const shorter = { ...sub(honest, 0), from: 2, commitments: honest.commitments.slice(1) };
    expect(() => joinSubShares(backend, [sub(honest, 0), shorter])).toThrow(refused);
    expect(() => reshare(backend, held[0]!, { threshold: 4, indices: [1, 2] })).toThrow(
      expect.objectContaining({ code: 'input-invalid' }),
    );
  });

  it('moves bytes as well', () => {
    const secret = concatBytes(emergency.kappa, emergency.ix);
    const shares = splitBytes(backend, secret, 3, old);
    const subs = [3, 0, 2].map((i) => ({
      from: shares[i]!.index,
      parts: reshareBytes(backend, shares[i]!, next),
    }));
    const moved = next.indices.map((index, at) =>
      joinByteSubShares(
        index,
        subs.map(({ from, parts }) => ({ from, bytes: parts[at]!.bytes })),
      ),
    );
    expect(joinBytes(moved.slice(0, 2))).toEqual(secret);
    expect(joinBytes(moved.slice(1))).toEqual(secret);
    expect(joinBytes([moved[0]!, shares[2]!])).not.toEqual(secret);
    expect(() => joinBytes([moved[0]!, { index: 2, bytes: new Uint8Array(1) }])).toThrow(refused);
    expect(() => joinBytes([])).toThrow(refused);
  });
});

describe('the field of byte shares', () => {
  it('is the field of AES: products, inverses, no zero divisors', () => {
    expect(multiplyField(0x57, 0x83)).toBe(0xc1);
    expect(multiplyField(0x57, 0x13)).toBe(0xfe);
    for (let a = 1; a < 256; a++) {
      expect(multiplyField(a, invertField(a))).toBe(1);
      expect(multiplyField(a, 0)).toBe(0);
    }
    expect(invertField(0)).toBe(0);
  });
});
