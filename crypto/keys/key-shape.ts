import { toHex } from '../bytes.ts';

export const SEAL_PUBLIC_KEY_BYTES = 1216;
const ML_KEM_KEY_BYTES = 1152;
const ML_KEM_MODULUS = 3329;

/** u-coordinates of X25519 that give the same shared secret to everybody (RFC 7748, 7), top bit cleared. */
const X25519_LOW_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * An X-Wing public key that can be sealed to (SCHEME 2): 1184 bytes of ML-KEM-768 whose coefficients are reduced
 * (FIPS 203, 7.2, the modulus check) and 32 bytes of X25519 that are not of low order. Cheap: no group operation.
 * Never throws.
 */
export function isSealPublicKey(key: Uint8Array): boolean {
  if (key.length !== SEAL_PUBLIC_KEY_BYTES) return false;
  for (let i = 0; i < ML_KEM_KEY_BYTES; i += 3) {
    const [a = 0, b = 0, c = 0] = key.subarray(i, i + 3);
    if ((a | ((b & 15) << 8)) >= ML_KEM_MODULUS || ((b >> 4) | (c << 4)) >= ML_KEM_MODULUS) return false;
  }
  const u = Uint8Array.from(key.subarray(SEAL_PUBLIC_KEY_BYTES - 32));
  u[31] = (u[31] ?? 0) & 0x7f;
  return !X25519_LOW_ORDER.has(toHex(u));
}
