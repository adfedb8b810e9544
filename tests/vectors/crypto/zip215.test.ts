import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex, utf8 } from '#crypto';
import { backends } from '../../unit/crypto/cast.ts';

const P = ed25519.Point.Fp.ORDER;
const MESSAGE = utf8('Zcash');

/** The eight points of small order and every other encoding of them that fits in 32 bytes: y + p, the sign of x = 0. */
function smallOrderEncodings(): Uint8Array[] {
  const all = new Map<string, Uint8Array>();
  for (const hex of ED25519_TORSION_SUBGROUP) {
    const { x, y } = ed25519.Point.fromHex(hex, true).toAffine();
    const signs = x === 0n ? [0n, 1n] : [x & 1n];
    for (const value of [y, y + P]) {
      if (value >= 2n ** 255n) continue;
      for (const sign of signs) {
        const bytes = numberToBytesLE(value + (sign << 255n), 32);
        all.set(toHex(bytes), bytes);
      }
    }
  }
  return [...all.values()];
}

/** Both halves of small order and S = 0: what ZIP 215 accepts by multiplying with the cofactor. */
const CASES = smallOrderEncodings().flatMap((A) =>
  smallOrderEncodings().map((R) => ({ A, signature: concatBytes(R, new Uint8Array(32)) })),
);

describe('ZIP 215: the edge cases of Ed25519', () => {
  it('are 196, from 14 encodings of which 6 are not canonical, and all valid by its rules (positive control)', () => {
    const encodings = smallOrderEncodings();
    const canonical = new Set(ED25519_TORSION_SUBGROUP);
    expect(encodings).toHaveLength(14);
    expect(encodings.filter((bytes) => !canonical.has(toHex(bytes)))).toHaveLength(6);
    expect(encodings.filter((bytes) => (bytesToNumberLE(bytes) & (2n ** 255n - 1n)) >= P)).toHaveLength(4);
    expect(CASES).toHaveLength(196);
    for (const { A, signature } of CASES) {
      expect(ed25519.verify(signature, MESSAGE, A, { zip215: true }), toHex(signature)).toBe(true);
    }
  });

  it('are all refused, in both backends and by sodium-native itself', () => {
    for (const { A, signature } of CASES) {
      for (const { name, signatures } of backends) {
        expect(signatures.verify(signature, MESSAGE, A), `${name}: ${toHex(A)}`).toBe(false);
      }
      const raw = [signature, MESSAGE, A].map((bytes) => Buffer.from(bytes)) as [Buffer, Buffer, Buffer];
      expect(sodium.crypto_sign_verify_detached(...raw), toHex(A)).toBe(false);
    }
  });
});
