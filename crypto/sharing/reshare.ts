import type { Backend } from '../backend/backend.ts';
import { equalBytes } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { commit, evaluate, lagrangeAtZero, randomPolynomial, sharePublic } from '../grant/polynomial.ts';
import { invertScalar, nonzeroScalarFromBytes, scalarFromBytes, scalarToBytes } from '../scalar.ts';
import { checkIndices, joinBytes, splitBytes, type ByteShare } from './byte-shares.ts';

/** What one old holder hands to the new ones: its share, shared again under a fresh polynomial. */
export interface SubSharing {
  /** Index of the old holder. */
  readonly from: number;
  /** Commitments of its polynomial; the first must be the public image of its old share. */
  readonly commitments: readonly Uint8Array[];
  /** One scalar a new holder, 32 bytes, in the order of the indices asked for: each goes to its holder, sealed. */
  readonly shares: readonly Uint8Array[];
}

/** A new holder's half of a sub-sharing. */
export interface SubShare {
  readonly from: number;
  readonly commitments: readonly Uint8Array[];
  readonly share: Uint8Array;
}

/**
 * Shares a share of 32 bytes again for another set of holders or another threshold, without the issuer and without
 * the secret ever being in one place (SCHEME 7; Desmedt and Jajodia 1997; Feldman's commitments for the checks).
 * Throws CryptoError('input-invalid' | 'scalar-invalid').
 */
export function reshare(
  backend: Backend,
  held: { readonly index: number; readonly share: Uint8Array },
  next: { readonly threshold: number; readonly indices: readonly number[] },
): SubSharing {
  checkIndices(next.indices);
  if (!Number.isInteger(next.threshold) || next.threshold < 1 || next.threshold > next.indices.length) {
    throw new CryptoError('input-invalid', 'threshold');
  }
  const constant = nonzeroScalarFromBytes(held.share);
  const polynomial = randomPolynomial(backend, constant, next.threshold, next.indices);
  return {
    from: held.index,
    commitments: commit(backend, polynomial),
    shares: next.indices.map((index) => scalarToBytes(evaluate(polynomial, index))),
  };
}

/**
 * True when this sub-share (scalar and commitments of 32 bytes) belongs to a sub-sharing of the true old share
 * (SCHEME 7): false names the old holder. Never throws.
 */
export function verifySubShare(
  backend: Backend,
  init: { readonly old: readonly Uint8Array[]; readonly index: number; readonly sub: SubShare },
): boolean {
  const { old, index, sub } = init;
  const [constant] = sub.commitments;
  try {
    return (
      constant !== undefined &&
      equalBytes(constant, sharePublic(backend, old, sub.from)) &&
      equalBytes(backend.group.multiplyBase(sub.share), sharePublic(backend, sub.commitments, index))
    );
  } catch {
    return false;
  }
}

/**
 * A new holder's share and the new commitments, 32 bytes each, out of the verified sub-shares of exactly the old
 * threshold of old holders (SCHEME 7); every new holder must use the same old ones. The constant commitment stays
 * what it was. Throws CryptoError('share-invalid').
 */
export function joinSubShares(
  backend: Backend,
  subs: readonly SubShare[],
): { readonly share: Uint8Array; readonly commitments: readonly Uint8Array[] } {
  try {
    const { numerators, denominator } = lagrangeAtZero(subs.map(({ from }) => from));
    const inverse = invertScalar(denominator);
    const threshold = subs[0]?.commitments.length ?? 0;
    if (threshold === 0 || subs.some(({ commitments }) => commitments.length !== threshold)) {
      throw new CryptoError('share-invalid', 'thresholds differ');
    }
    const weights = numerators.map((numerator) => numerator * inverse);
    const share = subs.reduce((sum, sub, i) => sum + (weights[i] ?? 0n) * scalarFromBytes(sub.share), 0n);
    const commitments = Array.from({ length: threshold }, (_, k) =>
      backend.group.sum(
        subs.map((sub, i) => ({
          coefficient: weights[i] ?? 0n,
          point: sub.commitments[k] ?? new Uint8Array(0),
        })),
      ),
    );
    return { share: scalarToBytes(share), commitments };
  } catch (error) {
    throw new CryptoError('share-invalid', 'sub-shares do not join', { cause: error });
  }
}

/** `reshare` for a share of bytes (SCHEME 7): one new byte share a new index. Throws CryptoError('input-invalid'). */
export function reshareBytes(
  backend: Backend,
  held: ByteShare,
  next: { readonly threshold: number; readonly indices: readonly number[] },
): ByteShare[] {
  return splitBytes(backend, held.bytes, next.threshold, next.indices);
}

/**
 * A new holder's byte share out of what exactly the old threshold of old holders sent it (SCHEME 7). Throws
 * CryptoError('share-invalid').
 */
export function joinByteSubShares(
  index: number,
  subs: readonly { readonly from: number; readonly bytes: Uint8Array }[],
): ByteShare {
  return { index, bytes: joinBytes(subs.map(({ from, bytes }) => ({ index: from, bytes }))) };
}
