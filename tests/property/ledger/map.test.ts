import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '#crypto';
import { LedgerError, LedgerState, restoreState, verifyProof } from '#consensus/ledger';
import { naiveRoot } from './naive-map.ts';

/** Keys out of few bits at the start, in the middle and at the end, so that many share long prefixes. */
const key = fc
  .record({ first: fc.nat(3), middle: fc.nat(1), last: fc.nat(7), at: fc.constantFrom(1, 15, 30) })
  .map(({ first, middle, last, at }) => {
    const bytes = new Uint8Array(32);
    bytes[0] = first << 6;
    bytes[at] = middle << 3;
    bytes[31] = last;
    return bytes;
  });
const anyKey = fc.oneof(key, fc.uint8Array({ minLength: 32, maxLength: 32 }));
const value = fc.uint8Array({ maxLength: 70 });
const change = fc.tuple(anyKey, fc.option(value, { freq: 4 }));
const batch = fc.uniqueArray(change, { selector: ([k]) => toHex(k), maxLength: 30 });
const batches = fc.array(batch, { minLength: 1, maxLength: 6 });

type Batch = [Uint8Array, Uint8Array | null][];

function both(all: Batch[]): { state: LedgerState; map: Map<string, Uint8Array> } {
  const map = new Map<string, Uint8Array>();
  let state = new LedgerState(null);
  for (const changes of all) {
    state = state.with(changes);
    for (const [k, v] of changes) {
      if (v === null) map.delete(toHex(k));
      else map.set(toHex(k), v);
    }
  }
  return { state, map };
}

/** A state with keys that are there and keys that are not. */
const populated = fc
  .record({ all: batches, absent: fc.array(anyKey, { maxLength: 4 }), first: fc.tuple(anyKey, value) })
  .map(({ all, absent, first }) => {
    const { state, map } = both([...all, [first]]);
    const keys = [...map.keys()].map((hex) =>
      Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );
    return { state, map, keys, missing: absent.filter((k) => !map.has(toHex(k))) };
  });

describe('the authenticated map', () => {
  test('has the root and the content of a dumb map, whatever was put and removed', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const { state, map } = both(all);
        expect(toHex(state.root)).toBe(toHex(naiveRoot(map)));
        const entries = [...state.entries()].map(([k, v]) => [toHex(k), toHex(v)]);
        const sorted = [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(entries).toEqual(sorted.map(([k, v]) => [k, toHex(v)]));
        for (const [k] of all.flat()) expect(state.get(k)).toEqual(map.get(toHex(k)));
      }),
      { numRuns: 300 },
    );
  });

  test('does not depend on the order or the batches in which it came about', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const { state, map } = both(all);
        const single = [...state.entries()]
          .toReversed()
          .reduce((sum, row) => sum.with([row]), new LedgerState(null));
        expect(toHex(single.root)).toBe(toHex(state.root));
        expect(toHex(restoreState(state.entries()).root)).toBe(toHex(naiveRoot(map)));
      }),
    );
  });

  test('never changes a version that was handed out', () => {
    fc.assert(
      fc.property(batches, batch, (all, next) => {
        const { state, map } = both(all);
        const root = toHex(state.root);
        state.with(next);
        const given = state.get(next[0]?.[0] ?? new Uint8Array(32));
        given?.fill(0xee);
        state.root.fill(0xee);
        expect(toHex(state.root)).toBe(root);
        expect(toHex(naiveRoot(map))).toBe(root);
        for (const [hex, v] of map)
          expect([...state.entries()].some(([k, w]) => toHex(k) === hex && toHex(w) === toHex(v))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('proofs', () => {
  test('show every key asked for as it is, present or absent, in one proof', () => {
    fc.assert(
      fc.property(populated, ({ state, map, keys, missing }) => {
        const asked = [...keys.slice(0, 8), ...missing];
        const shown = verifyProof(state.root, state.prove(asked), asked);
        expect(shown.size).toBe(new Set(asked.map(toHex)).size);
        for (const [hex, v] of shown) expect(v).toEqual(map.get(hex));
      }),
      { numRuns: 300 },
    );
  });

  test('of the empty state show that nothing is there', () => {
    const empty = new LedgerState(null);
    const k = new Uint8Array(32);
    expect(verifyProof(empty.root, empty.prove([k]), [k]).get(toHex(k))).toBeUndefined();
    const one = empty.with([[k, k]]);
    expect(() => verifyProof(one.root, empty.prove([k]), [k])).toThrow(LedgerError);
    expect(() => verifyProof(empty.root, one.prove([k]), [k])).toThrow(LedgerError);
  });

  test('with any bit flipped, cut short or lengthened are refused', () => {
    fc.assert(
      fc.property(populated, ({ state, keys, missing }) => {
        const asked = [...keys.slice(0, 2), ...missing.slice(0, 1)];
        const proof = state.prove(asked);
        for (let bit = 0; bit < 8 * proof.length; bit++) {
          const flipped = Uint8Array.from(proof);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(() => verifyProof(state.root, flipped, asked)).toThrow(LedgerError);
        }
        for (let length = 0; length < proof.length; length += 7) {
          expect(() => verifyProof(state.root, proof.slice(0, length), asked)).toThrow(LedgerError);
        }
        expect(() => verifyProof(state.root, new Uint8Array([...proof, 0]), asked)).toThrow(LedgerError);
      }),
      { numRuns: 12 },
    );
  });

  test('for one set of keys say nothing of another key', () => {
    fc.assert(
      fc.property(populated, ({ state, map, keys }) => {
        const [asked, ...others] = keys;
        fc.pre(asked !== undefined);
        const proof = state.prove([asked]);
        for (const other of others) {
          let shown: Uint8Array | undefined;
          try {
            shown = verifyProof(state.root, proof, [other]).get(toHex(other));
          } catch (error) {
            expect(error).toMatchObject({ code: 'proof-invalid' });
            continue;
          }
          expect(shown).toEqual(map.get(toHex(other)));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('cannot be forged by replacing a value or by showing a present key as absent', () => {
    fc.assert(
      fc.property(populated, value, anyKey, ({ state, map, keys }, forged, stranger) => {
        const [asked] = keys;
        fc.pre(asked !== undefined && !map.has(toHex(stranger)));
        const hex = toHex(asked);
        const original = map.get(hex);
        // Whoever shows another state, however near, shows another root.
        const without = state.with([[asked, null]]);
        expect(() => verifyProof(state.root, without.prove([asked]), [asked])).toThrow(LedgerError);
        const renamed = without.with([[stranger, original ?? forged]]);
        expect(() => verifyProof(state.root, renamed.prove([asked]), [asked])).toThrow(LedgerError);
        fc.pre(toHex(forged) !== toHex(original ?? forged));
        const swapped = state.with([[asked, forged]]);
        expect(() => verifyProof(state.root, swapped.prove([asked]), [asked])).toThrow(LedgerError);
      }),
      { numRuns: 200 },
    );
  });

  test('of absence cannot be made out of the honest pieces of the tree', () => {
    // Every well-formed proof with the right root is some pruning of the one tree. Prune all that can be pruned:
    // the answer for a present key is its value, or the proof does not cover it; never absence.
    const rows = Array.from({ length: 8 }, (_, i): [Uint8Array, Uint8Array] => {
      const k = new Uint8Array(32);
      k[0] = (i * 37) & 0xff;
      return [k, Uint8Array.of(i)];
    });
    const state = restoreState(rows);
    for (let mask = 0; mask < 1 << rows.length; mask++) {
      const proof = state.prove(rows.filter((_, i) => (mask >> i) & 1).map(([k]) => k));
      for (const [i, [k, v]] of rows.entries()) {
        if ((mask >> i) & 1) expect(verifyProof(state.root, proof, [k]).get(toHex(k))).toEqual(v);
        else expect(() => verifyProof(state.root, proof, [k])).toThrow('coverage');
      }
    }
  });

  test('a leaf that shows the absence of others never stands for its own key', () => {
    const present = new Uint8Array(32);
    const absent = new Uint8Array(32).fill(1);
    const state = new LedgerState(null).with([[present, Uint8Array.of(5)]]);
    const proof = state.prove([absent]);
    expect(verifyProof(state.root, proof, [absent]).get(toHex(absent))).toBeUndefined();
    expect(() => verifyProof(state.root, proof, [present])).toThrow('coverage');
  });

  test('that are random bytes, too long, or for malformed keys are refused', () => {
    const state = new LedgerState(null).with([[new Uint8Array(32), new Uint8Array(1)]]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => verifyProof(state.root, noise, [new Uint8Array(32)])).toThrow(LedgerError);
        expect(() => verifyProof(state.root, new Uint8Array([1, ...noise]), [new Uint8Array(32)])).toThrow(
          LedgerError,
        );
      }),
    );
    expect(() => state.prove([new Uint8Array(31)])).toThrow(LedgerError);
    expect(() => verifyProof(state.root, state.prove([new Uint8Array(32)]), [new Uint8Array(33)])).toThrow(
      LedgerError,
    );
    expect(() => verifyProof(state.root, new Uint8Array(9 * 1024 * 1024), [])).toThrow('size');
    const deep = new Uint8Array(100_000).fill(2);
    expect(() => verifyProof(state.root, deep, [])).toThrow(LedgerError);
  });
});
