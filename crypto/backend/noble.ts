import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { GROUP_ORDER, nonzeroScalarFromBytes, reduceScalar } from '../scalar.ts';
import type { Backend, Group, Signatures } from './backend.ts';
import { hasStrictEncoding } from './ed25519-strict.ts';
import { systemRandom } from './random.ts';

const { Point } = ristretto255;
type Element = typeof Point.BASE;

function decodeElement(bytes: Uint8Array): Element {
  let element: Element;
  try {
    element = Point.fromBytes(bytes);
  } catch (error) {
    throw new CryptoError('point-invalid', 'not a canonical element', { cause: error });
  }
  if (element.is0()) throw new CryptoError('point-invalid', 'the identity');
  return element;
}

const generator = Point.BASE.toBytes();

const group: Group = {
  generator,
  isElement(bytes) {
    try {
      decodeElement(bytes);
      return true;
    } catch {
      return false;
    }
  },
  multiply: (scalar, point) => decodeElement(point).multiply(nonzeroScalarFromBytes(scalar)).toBytes(),
  multiplyBase: (scalar) => Point.BASE.multiply(nonzeroScalarFromBytes(scalar)).toBytes(),
  sum(terms) {
    let total: Element = Point.ZERO;
    for (const { coefficient, point } of terms) {
      const element = equalBytes(point, generator) ? Point.BASE : decodeElement(point);
      // A small negative coefficient is far cheaper as the negative of a small one than as l - c.
      const small = coefficient < 0n && -coefficient < GROUP_ORDER;
      const product = element.multiplyUnsafe(small ? -coefficient : reduceScalar(coefficient));
      total = small ? total.subtract(product) : total.add(product);
    }
    return total.toBytes();
  },
};

const signatures: Signatures = {
  keyPair(seed) {
    if (seed.length !== 32) throw new CryptoError('key-invalid', 'a signing seed has 32 bytes');
    return { publicKey: ed25519.getPublicKey(seed), secretKey: Uint8Array.from(seed) };
  },
  sign(message, secretKey) {
    if (secretKey.length !== 32) throw new CryptoError('key-invalid', 'a signing key has 32 bytes');
    return ed25519.sign(message, secretKey);
  },
  // Not `ed25519.verify`: that one checks the equation times the cofactor, which accepts keys with a torsion part
  // that libsodium refuses. Two nodes must never differ about a signature, so the exact equation is checked here.
  verify(signature, message, publicKey) {
    if (!hasStrictEncoding(signature, publicKey)) return false;
    try {
      const key = ed25519.Point.fromBytes(publicKey, false);
      const nonce = signature.subarray(0, 32);
      const challenge = bytesToNumberLE(sha512(concatBytes(nonce, publicKey, message))) % GROUP_ORDER;
      const s = bytesToNumberLE(signature.subarray(32));
      const expected = ed25519.Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge));
      return equalBytes(expected.toBytes(), nonce);
    } catch {
      return false;
    }
  },
};

/** The default: pure JavaScript, the same in a browser and in Node. */
export const nobleBackend: Backend = { name: 'noble', group, signatures, random: systemRandom };
