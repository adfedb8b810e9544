import { invert } from '@noble/curves/abstract/modular.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { CryptoError } from './crypto-error.ts';

/** l, the prime order of ristretto255 (RFC 9496, 4). */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

export const SCALAR_BYTES = 32;

/** Reduces any integer, negative ones too, into 0 <= s < l. */
export function reduceScalar(value: bigint): bigint {
  const rest = value % GROUP_ORDER;
  return rest < 0n ? rest + GROUP_ORDER : rest;
}

/** 64 little-endian bytes mod l: the bias is below 2^-250. */
export function reduceWide(bytes: Uint8Array): bigint {
  if (bytes.length !== 64) throw new CryptoError('scalar-invalid', 'expected 64 bytes');
  return reduceScalar(bytesToNumberLE(bytes));
}

/** 32 bytes little-endian of an integer, reduced mod l first. */
export function scalarToBytes(value: bigint): Uint8Array {
  return numberToBytesLE(reduceScalar(value), SCALAR_BYTES);
}

/** Reads a canonical scalar, 0 <= s < l; throws CryptoError('scalar-invalid'). */
export function scalarFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length !== SCALAR_BYTES) throw new CryptoError('scalar-invalid', 'expected 32 bytes');
  const value = bytesToNumberLE(bytes);
  if (value >= GROUP_ORDER) throw new CryptoError('scalar-invalid', 'not canonical');
  return value;
}

/** Reads a canonical scalar that is not zero; throws CryptoError('scalar-invalid'). */
export function nonzeroScalarFromBytes(bytes: Uint8Array): bigint {
  return nonzeroScalar(scalarFromBytes(bytes));
}

/** The same reduced scalar; throws CryptoError('scalar-invalid') for zero. */
export function nonzeroScalar(value: bigint): bigint {
  if (value === 0n) throw new CryptoError('scalar-invalid', 'zero');
  return value;
}

/** s^-1 mod l; throws CryptoError('scalar-invalid') for zero. */
export function invertScalar(value: bigint): bigint {
  return invert(nonzeroScalar(reduceScalar(value)), GROUP_ORDER);
}
