import { ed25519 } from '@noble/curves/ed25519.js';
import { toHex } from '../bytes.ts';
import { GROUP_ORDER } from '../scalar.ts';
import { bytesToNumberLE } from '@noble/curves/utils.js';

const FIELD_PRIME = 2n ** 255n - 19n;

/** y-coordinates of the eight points of small order (sign bit cleared); `ED25519_TORSION_SUBGROUP` of noble agrees. */
const SMALL_ORDER_Y = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** A canonical y (below the field prime) that is not the y of a point of small order, with any sign bit. */
function isAcceptablePoint(bytes: Uint8Array): boolean {
  const y = Uint8Array.from(bytes);
  y[31] = (y[31] ?? 0) & 0x7f;
  return bytesToNumberLE(y) < FIELD_PRIME && !SMALL_ORDER_Y.has(toHex(y));
}

/**
 * The part of verification that is decided by the encodings alone, shared by both backends so that two nodes (or a
 * node and a browser) never disagree: 64-byte signature, 32-byte key, S < l, A and R canonical and not of small
 * order. The rest is RFC 8032, 5.1.7 without the cofactor: [S]B = R + [k]A, exactly.
 */
export function hasStrictEncoding(signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  if (bytesToNumberLE(signature.subarray(32)) >= GROUP_ORDER) return false;
  return isAcceptablePoint(publicKey) && isAcceptablePoint(signature.subarray(0, 32));
}

/** A signing key (32 bytes) under which `verify` can accept anything: a point, in the strict encoding (SCHEME 1). Never throws. */
export function isAcceptablePublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32 || !isAcceptablePoint(publicKey)) return false;
  try {
    ed25519.Point.fromBytes(publicKey, false);
    return true;
  } catch {
    return false;
  }
}
