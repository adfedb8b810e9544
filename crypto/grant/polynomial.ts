import type { Backend } from '../backend/backend.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hashToScalar } from '../hash.ts';
import {
  invertScalar,
  nonzeroScalarFromBytes,
  reduceScalar,
  scalarFromBytes,
  scalarToBytes,
} from '../scalar.ts';
import { uint32 } from '../bytes.ts';

/** Largest share index: node counts of a consortium, with room. Small powers keep the checks cheap. */
export const SHARE_INDEX_MAX = 255;

/** Refuses indices that are not different integers in 1..255. Throws CryptoError('input-invalid'). */
export function checkIndices(indices: readonly number[]): void {
  const outside = indices.some((i) => !Number.isInteger(i) || i < 1 || i > SHARE_INDEX_MAX);
  if (indices.length === 0 || outside || new Set(indices).size !== indices.length) {
    throw new CryptoError('input-invalid', 'share indices');
  }
}

/** f(0), f_1, ..., f_(t-1). */
export type Polynomial = readonly bigint[];

/**
 * A polynomial of degree t-1 with f(0) = `constant` and f(i) != 0 for every i in use. The coefficients are hedged:
 * random bytes and the constant itself.
 */
export function randomPolynomial(
  backend: Backend,
  constant: bigint,
  threshold: number,
  indices: readonly number[],
): Polynomial {
  const secret = scalarToBytes(constant);
  for (;;) {
    const random = backend.random(32);
    const higher = Array.from({ length: threshold - 1 }, (_, k) =>
      nonzeroScalarFromBytes(hashToScalar(DOMAIN.grantPolynomial, random, secret, uint32(k + 1))),
    );
    const polynomial = [constant, ...higher];
    if (indices.every((index) => evaluate(polynomial, index) !== 0n)) return polynomial;
  }
}

/** f(index) mod l (Horner). */
export function evaluate(polynomial: Polynomial, index: number): bigint {
  return polynomial.reduceRight(
    (value, coefficient) => reduceScalar(value * BigInt(index) + coefficient),
    0n,
  );
}

/** Feldman's commitments C_k = f_k * G, 32 bytes each; none is the identity. */
export function commit(backend: Backend, polynomial: Polynomial): Uint8Array[] {
  return polynomial.map((coefficient) => backend.group.multiplyBase(scalarToBytes(coefficient)));
}

/**
 * The public image f(i)*G = sum of i^k * C_k of a share. Throws CryptoError('point-invalid') for a bad commitment
 * and 'share-invalid' for an index out of 1..255 or an image that is the identity.
 */
export function sharePublic(backend: Backend, commitments: readonly Uint8Array[], index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 1 || index > SHARE_INDEX_MAX) {
    throw new CryptoError('share-invalid', 'share index');
  }
  const image = backend.group.sum(
    commitments.map((point, k) => ({ coefficient: BigInt(index) ** BigInt(k), point })),
  );
  if (!backend.group.isElement(image)) throw new CryptoError('share-invalid', 'the share is zero');
  return image;
}

/**
 * Lagrange at zero with integers: lambda_i = numerators_i / denominator. Small numerators make the combination of
 * points cheap; the one division is done on a scalar. Throws CryptoError('input-invalid') for an index twice.
 */
export function lagrangeAtZero(indices: readonly number[]): { numerators: bigint[]; denominator: bigint } {
  if (new Set(indices).size !== indices.length || indices.some((i) => i < 1 || i > SHARE_INDEX_MAX)) {
    throw new CryptoError('input-invalid', 'share indices must be different');
  }
  const fractions = indices.map((i) => {
    const others = indices.filter((j) => j !== i);
    const top = others.reduce((product, j) => product * BigInt(j), 1n);
    const bottom = others.reduce((product, j) => product * BigInt(j - i), 1n);
    const shared = greatestCommonDivisor(top, bottom);
    return { top: top / shared, bottom: bottom / shared };
  });
  const denominator = fractions.reduce((common, { bottom }) => {
    const magnitude = bottom < 0n ? -bottom : bottom;
    return (common * magnitude) / greatestCommonDivisor(common, magnitude);
  }, 1n);
  return { numerators: fractions.map(({ top, bottom }) => (top * denominator) / bottom), denominator };
}

/** Of a positive `a`. */
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** f(0), 32 bytes, out of as many shares as f has coefficients. Throws CryptoError('share-invalid'). */
export function interpolateShares(
  shares: readonly { readonly index: number; readonly share: Uint8Array }[],
): Uint8Array {
  try {
    const { numerators, denominator } = lagrangeAtZero(shares.map(({ index }) => index));
    const sum = shares.reduce(
      (total, { share }, i) => total + (numerators[i] ?? 0n) * scalarFromBytes(share),
      0n,
    );
    return scalarToBytes(sum * invertScalar(denominator));
  } catch (cause) {
    throw new CryptoError('share-invalid', 'shares do not join', { cause });
  }
}

/** scalar / denominator mod l, 32 bytes. */
export function divideScalar(scalar: Uint8Array, denominator: bigint): Uint8Array {
  return scalarToBytes(nonzeroScalarFromBytes(scalar) * invertScalar(denominator));
}
