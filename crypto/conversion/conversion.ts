import type { Backend } from '../backend/backend.ts';
import { uint32, uint64 } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { delegateScalar, type DelegateRekeyInit, type Rekey } from '../grant/delegation.ts';
import { divideScalar, lagrangeAtZero, sharePublic } from '../grant/polynomial.ts';
import { frame, type Hash } from '../hash.ts';
import { prove, verifyProof } from '../schnorr.ts';

/** One proxy's part: E_i = f(i)*E and the proof that it is. */
export interface Conversion {
  /** The proxy's share index. */
  readonly index: number;
  /** E_i, 32 bytes. */
  readonly point: Uint8Array;
  /** DLEQ proof, 64 bytes. */
  readonly proof: Uint8Array;
}

/** The access request that a conversion answers; its proof holds for no other. */
export interface ConversionContext {
  readonly chainId: Hash;
  readonly grantId: Hash;
  readonly rekey: number;
  readonly recordId: Uint8Array;
  readonly slot: number;
  /** Id of the delegate. */
  readonly delegate: Uint8Array;
  readonly accessId: Hash;
  readonly height: number;
}

/** What the proof of one proxy is bound to besides its points: the whole access request. */
export function proofContext(context: ConversionContext, index: number) {
  const { chainId, grantId, rekey, recordId, slot, delegate, accessId, height } = context;
  const statement = frame(
    chainId,
    grantId,
    uint32(rekey),
    recordId,
    uint32(slot),
    delegate,
    accessId,
    uint64(height),
    uint32(index),
  );
  return { tag: DOMAIN.conversion, statement };
}

export interface ConvertInit {
  /** f(i), 32 bytes. */
  readonly share: Uint8Array;
  /** The capsule of a verified header, 32 bytes. */
  readonly E: Uint8Array;
  readonly index: number;
  readonly context: ConversionContext;
}

/**
 * The proxy's transformation (SCHEME 5): E_i = f(i)*E, proven with the same logarithm as f(i)*G (Chaum-Pedersen,
 * hedged nonce); share, E and E_i of 32 bytes, proof of 64. It sees neither sigma nor anything of the record. Throws
 * CryptoError('point-invalid' | 'scalar-invalid').
 */
export function convert(backend: Backend, init: ConvertInit): Conversion {
  const { share, E, index, context } = init;
  const point = backend.group.multiply(share, E);
  const image = backend.group.multiplyBase(share);
  const proof = prove(backend, proofContext(context, index), [
    { witness: share, pairs: [{ image }, { base: E, image: point }] },
  ]);
  return { index, point, proof };
}

export interface VerifyConversionInit {
  /** The commitments of the polynomial: those of a rekey, or of a sharing. */
  readonly rekey: Pick<Rekey, 'commitments'>;
  readonly E: Uint8Array;
  readonly conversion: Conversion;
  readonly context: ConversionContext;
}

/**
 * True when the proxy with this index did what the grant's commitments say, for this request (SCHEME 5): a point of
 * 32 and a proof of 64 bytes. Never throws.
 */
export function verifyConversion(backend: Backend, init: VerifyConversionInit): boolean {
  const { rekey, E, conversion, context } = init;
  try {
    // A capsule or point that is no element is refused by the sums of the proof.
    const image = sharePublic(backend, rekey.commitments, conversion.index);
    return verifyProof(
      backend,
      proofContext(context, conversion.index),
      [{ pairs: [{ image }, { base: E, image: conversion.point }] }],
      conversion.proof,
    );
  } catch {
    return false;
  }
}

export interface CombineInit extends DelegateRekeyInit {
  /** Exactly t, of different proxies. */
  readonly conversions: readonly Conversion[];
}

/**
 * Y = (d_j / D) * sum of num_i * E_i, 32 bytes: the element that the owner computes as a*E (SCHEME 5). Small integer
 * numerators and one full multiplication. The proofs are not looked at: a reader opens first and asks who lied when
 * that fails. Throws CryptoError('conversion-invalid') for a wrong number, an index twice or a bad point, and
 * CryptoError('point-invalid') for a bad X.
 */
export function combine(backend: Backend, init: CombineInit): Uint8Array {
  const { rekey, conversions } = init;
  requireThreshold(conversions, rekey.commitments.length);
  return interpolate(backend, delegateScalar(backend, init), conversions);
}

/**
 * `combine` for the polynomial of a sharing (SCHEME 7), with its mask of 32 bytes in the place of d: m*f(0)*E out of
 * exactly `threshold` conversions. Throws CryptoError('conversion-invalid').
 */
export function combineMasked(
  backend: Backend,
  conversions: readonly Conversion[],
  threshold: number,
  mask: Uint8Array,
): Uint8Array {
  requireThreshold(conversions, threshold);
  return interpolate(backend, mask, conversions);
}

function requireThreshold(conversions: readonly Conversion[], threshold: number): void {
  if (threshold < 1 || conversions.length !== threshold) {
    throw new CryptoError('conversion-invalid', 'exactly t conversions');
  }
}

function interpolate(backend: Backend, d: Uint8Array, conversions: readonly Conversion[]): Uint8Array {
  try {
    const { numerators, denominator } = lagrangeAtZero(conversions.map(({ index }) => index));
    const total = backend.group.sum(
      conversions.map(({ point }, i) => ({ coefficient: numerators[i] ?? 0n, point })),
    );
    return backend.group.multiply(divideScalar(d, denominator), total);
  } catch (error) {
    throw new CryptoError('conversion-invalid', 'conversions do not combine', { cause: error });
  }
}
