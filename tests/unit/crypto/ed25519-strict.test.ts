import { Buffer } from 'node:buffer';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import { concatBytes, isAcceptablePublicKey, nobleBackend, utf8 } from '#crypto';
import { hasStrictEncoding } from '../../../crypto/backend/ed25519-strict.ts';
import { backends, bytesOf, flipBit, nativeBackend } from './cast.ts';

const { Point } = ed25519;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
const FIRST_ORDER_8 = torsion.find((point) => !point.multiplyUnsafe(4n).is0())!;

interface Case {
  readonly what: string;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly valid: boolean;
}

/** S for which [S]B = R + [k]A holds up to torsion, when A = a*B + torsion and R = r*B + torsion. */
function sign(R: Uint8Array, A: Uint8Array, message: Uint8Array, r: bigint, a: bigint) {
  const k = bytesToNumberLE(sha512(concatBytes(R, A, message))) % L;
  return { k, signature: concatBytes(R, numberToBytesLE((r + k * a) % L, 32)) };
}

function cases(): Case[] {
  const list: Case[] = [];
  const [r, a] = [98_765n, 43_210n];
  const honestA = Point.BASE.multiply(a).toBytes();
  const honestR = Point.BASE.multiply(r).toBytes();
  for (let i = 0; i < 8; i++) {
    const message = utf8(`message ${i}`);
    const { signature } = sign(honestR, honestA, message, r, a);
    list.push({ what: 'honest', signature, message, publicKey: honestA, valid: true });
    const s = bytesToNumberLE(signature.subarray(32));
    const malleable = concatBytes(honestR, numberToBytesLE(s + L, 32));
    list.push({ what: 'S + l', signature: malleable, message, publicKey: honestA, valid: false });
    // Every encoding of a point of small order, canonical or not, as key and as nonce.
    for (const point of torsion) {
      const canonical = point.toBytes();
      const y = bytesToNumberLE(Uint8Array.from(canonical, (byte, at) => (at === 31 ? byte & 0x7f : byte)));
      const encodings = [canonical, flipBit(canonical, 255)];
      if (y + P < 2n ** 255n) {
        const high = numberToBytesLE(y + P, 32);
        encodings.push(high, flipBit(high, 255));
      }
      for (const encoding of encodings) {
        const asNonce = sign(encoding, honestA, message, 0n, a).signature;
        list.push({ what: 'small-order R', signature: asNonce, message, publicKey: honestA, valid: false });
        const asKey = sign(honestR, encoding, message, r, 0n).signature;
        list.push({ what: 'small-order A', signature: asKey, message, publicKey: encoding, valid: false });
        const both = sign(encoding, encoding, message, 0n, 0n).signature;
        list.push({
          what: 'small-order R and A',
          signature: both,
          message,
          publicKey: encoding,
          valid: false,
        });
      }
    }
    // Mixed order: valid with the cofactor, valid without it only when the torsion parts cancel.
    const mixedA = Point.BASE.multiply(a).add(FIRST_ORDER_8).toBytes();
    const key = sign(honestR, mixedA, message, r, a);
    list.push({
      what: 'mixed A',
      signature: key.signature,
      message,
      publicKey: mixedA,
      valid: key.k % 8n === 0n,
    });
    const mixedR = Point.BASE.multiply(r).add(FIRST_ORDER_8).toBytes();
    const nonce = sign(mixedR, honestA, message, r, a).signature;
    list.push({ what: 'mixed R', signature: nonce, message, publicKey: honestA, valid: false });
  }
  const off = utf8('off');
  const { signature } = sign(honestR, honestA, off, r, a);
  for (const publicKey of [
    new Uint8Array(32).fill(0xff),
    Uint8Array.of(2, ...new Uint8Array(31)),
    new Uint8Array(31),
  ]) {
    list.push({ what: 'no key', signature, message: off, publicKey, valid: false });
  }
  list.push({
    what: 'short',
    signature: signature.subarray(1),
    message: off,
    publicKey: honestA,
    valid: false,
  });
  return list;
}

describe('strict Ed25519', () => {
  it('gives the expected verdict on every edge, in both backends', () => {
    for (const { what, signature, message, publicKey, valid } of cases()) {
      for (const { name, signatures } of backends) {
        expect(signatures.verify(signature, message, publicKey), `${name}: ${what}`).toBe(valid);
      }
    }
  });

  it('is what sodium-native says by itself', () => {
    for (const { what, signature, message, publicKey, valid } of cases()) {
      if (signature.length !== 64 || publicKey.length !== 32) continue;
      const raw = sodium.crypto_sign_verify_detached(
        Buffer.from(signature),
        Buffer.from(message),
        Buffer.from(publicKey),
      );
      expect(raw, what).toBe(valid);
    }
  });

  it('differs from verification with the cofactor exactly where it must (positive control)', () => {
    const mixed = cases().filter(({ what, valid }) => what === 'mixed A' && !valid);
    expect(mixed.length).toBeGreaterThan(0);
    for (const { signature, message, publicKey } of mixed) {
      expect(ed25519.verify(signature, message, publicKey, { zip215: false })).toBe(true);
    }
    const small = cases().find(({ what }) => what === 'small-order R and A')!;
    expect(ed25519.verify(small.signature, small.message, small.publicKey, { zip215: true })).toBe(true);
  });

  it('signs the same bytes in both backends and refuses every flipped bit', () => {
    const pair = nobleBackend.signatures.keyPair(bytesOf('seed'));
    expect(nativeBackend.signatures.keyPair(bytesOf('seed'))).toEqual(pair);
    const message = utf8('message');
    const signature = nobleBackend.signatures.sign(message, pair.secretKey);
    expect(nativeBackend.signatures.sign(message, pair.secretKey)).toEqual(signature);
    for (let bit = 0; bit < 512; bit += 5) {
      const flipped = flipBit(signature, bit);
      for (const { signatures } of backends)
        expect(signatures.verify(flipped, message, pair.publicKey)).toBe(false);
    }
  });

  it('takes no encoding for a key that is not below the field prime or is of small order', () => {
    expect(isAcceptablePublicKey(Point.BASE.toBytes())).toBe(true);
    // Every y from the prime to 2^255 - 1, with both signs: the first is the y of a point of small order, not reduced.
    for (let y = P; y < 2n ** 255n; y++) {
      const high = numberToBytesLE(y, 32);
      for (const key of [high, flipBit(high, 255)]) expect(isAcceptablePublicKey(key)).toBe(false);
    }
    for (const point of torsion) expect(isAcceptablePublicKey(point.toBytes())).toBe(false);
  });

  it('asks for S below the group order before anything else', () => {
    const key = Point.BASE.toBytes();
    const encoded = (S: bigint) => hasStrictEncoding(concatBytes(key, numberToBytesLE(S, 32)), key);
    expect(encoded(L - 1n)).toBe(true);
    for (const S of [L, L + 1n, 2n ** 256n - 1n]) expect(encoded(S)).toBe(false);
  });
});
