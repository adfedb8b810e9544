import type { Backend } from '../backend/backend.ts';
import { concatBytes, uint32, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { SHARE_INDEX_MAX } from '../grant/polynomial.ts';
import { kdf } from '../hash.ts';

export const SHARED_BYTES_MAX = 1024;

/** One holder's point of every byte's polynomial. */
export interface ByteShare {
  /** 1 to 255. */
  readonly index: number;
  /** As long as the secret. */
  readonly bytes: Uint8Array;
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1: no table and no branch that depends on the values. */
export function multiplyField(a: number, b: number): number {
  let [x, product] = [a, 0];
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & x;
    x = ((x << 1) & 0xff) ^ (-(x >> 7) & 0x1b);
  }
  return product;
}

/** a^254 = a^-1; zero stays zero. */
export function invertField(a: number): number {
  let result = 1;
  for (let i = 0; i < 254; i++) result = multiplyField(result, a);
  return result;
}

/** Refuses indices that are not different integers in 1..255. */
export function checkIndices(indices: readonly number[]): void {
  const outside = indices.some((i) => !Number.isInteger(i) || i < 1 || i > SHARE_INDEX_MAX);
  if (indices.length === 0 || outside || new Set(indices).size !== indices.length) {
    throw new CryptoError('input-invalid', 'share indices');
  }
}

/**
 * Shamir's sharing of 1 to 1024 bytes over GF(2^8), one polynomial of degree threshold - 1 a byte (SCHEME 7). The
 * coefficients are hedged: KDF of 32 random bytes and the secret. Throws CryptoError('input-invalid').
 */
export function splitBytes(
  backend: Backend,
  secret: Uint8Array,
  threshold: number,
  indices: readonly number[],
): ByteShare[] {
  checkIndices(indices);
  if (secret.length < 1 || secret.length > SHARED_BYTES_MAX)
    throw new CryptoError('input-invalid', 'secret length');
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > indices.length) {
    throw new CryptoError('input-invalid', 'threshold');
  }
  const source = concatBytes(backend.random(32), secret);
  const higher = Array.from({ length: threshold - 1 }, (_, k) =>
    kdf(DOMAIN.sharingBytes, source, [uint32(k + 1)], secret.length),
  );
  const shares = indices.map((index) => {
    const bytes = secret.map((constant, at) => {
      const top = higher.reduceRight(
        (value, coefficients) => multiplyField(value, index) ^ (coefficients[at] ?? 0),
        0,
      );
      return multiplyField(top, index) ^ constant;
    });
    return { index, bytes };
  });
  wipe(source, ...higher);
  return shares;
}

/** Lagrange's factors at zero in GF(2^8), where i - j is i xor j. */
function factorsAtZero(indices: readonly number[]): number[] {
  return indices.map((i) => {
    const others = indices.filter((j) => j !== i);
    const top = others.reduce((product, j) => multiplyField(product, j), 1);
    const bottom = others.reduce((product, j) => multiplyField(product, i ^ j), 1);
    return multiplyField(top, invertField(bottom));
  });
}

/**
 * The secret bytes out of exactly as many shares as its threshold (SCHEME 7). Nothing here tells a wrong share: the
 * digests of the dealing do. Throws CryptoError('share-invalid') for an index twice or shares of different lengths.
 */
export function joinBytes(shares: readonly ByteShare[]): Uint8Array {
  const length = shares[0]?.bytes.length ?? 0;
  try {
    checkIndices(shares.map(({ index }) => index));
  } catch (error) {
    throw new CryptoError('share-invalid', 'share indices', { cause: error });
  }
  if (shares.some(({ bytes }) => bytes.length !== length)) {
    throw new CryptoError('share-invalid', 'lengths differ');
  }
  const factors = factorsAtZero(shares.map(({ index }) => index));
  const secret = new Uint8Array(length);
  for (const [k, { bytes }] of shares.entries()) {
    for (let at = 0; at < length; at++) {
      secret[at] = (secret[at] ?? 0) ^ multiplyField(factors[k] ?? 0, bytes[at] ?? 0);
    }
  }
  return secret;
}
