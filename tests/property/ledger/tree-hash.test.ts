import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DOMAIN, sha256, toHex } from '#crypto';
import { LedgerState } from '#consensus/ledger';
import { naiveLeaf, tagged } from './naive-map.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a leaf is hashed as the SHA-256 of #crypto would hash it', () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 300 }), (key, value) => {
      const { root } = new LedgerState(null).with([[key, value]]);
      expect(toHex(root)).toBe(toHex(naiveLeaf(key, value)));
    }),
    { numRuns: 500 },
  );
});

test('a branch is hashed as the SHA-256 of #crypto would hash it, for every bit', () => {
  for (let bit = 0; bit < 256; bit++) {
    const left = sha256(Uint8Array.of(bit));
    left[bit >> 3] = (left[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7));
    const right = Uint8Array.from(left);
    right[bit >> 3] = (right[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    const value = sha256(left);
    const { root } = new LedgerState(null).with([
      [left, value],
      [right, left],
    ]);
    const expected = tagged(
      DOMAIN.stateNode,
      naiveLeaf(left, value),
      naiveLeaf(right, left),
      Uint8Array.of(bit),
    );
    expect(toHex(root)).toBe(toHex(expected));
  }
});

test('large values are kept and hashed whole', () => {
  const key = new Uint8Array(32).fill(7);
  const value = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 0xff);
  const state = new LedgerState(null).with([[key, value]]);
  expect(toHex(state.root)).toBe(toHex(naiveLeaf(key, value)));
  expect(sha256(state.get(key) ?? new Uint8Array(0))).toEqual(sha256(value));
});
