import { describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { placement } from '#storage';

const node = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const nodes = [1, 2, 3, 4, 5, 6, 7].map(node);
const key = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 255]);
const names = (list: Uint8Array[]): string[] => list.map(toHex);

describe('rendezvous placement', () => {
  it('is the same whatever the order of the list', () => {
    for (let number = 0; number < 100; number += 1) {
      expect(names(placement(key(number), nodes.toReversed(), 3))).toEqual(
        names(placement(key(number), nodes, 3)),
      );
    }
  });

  it('moves only what a node held when that node leaves', () => {
    const left = nodes.slice(1);
    for (let number = 0; number < 200; number += 1) {
      const before = names(placement(key(number), nodes, nodes.length));
      const gone = toHex(node(1));
      expect(names(placement(key(number), left, left.length))).toEqual(
        before.filter((name) => name !== gone),
      );
    }
  });

  it('spreads keys over the nodes: each gets between half and double its share', () => {
    const counts = new Map<string, number>();
    for (let number = 0; number < 2100; number += 1) {
      for (const name of names(placement(key(number), nodes, 1)))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(counts.size).toBe(7);
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(150);
      expect(count).toBeLessThan(600);
    }
  });

  it('gives all nodes when more are asked for, and none when none are', () => {
    expect(placement(key(1), nodes, 99)).toHaveLength(7);
    expect(placement(key(1), nodes, 0)).toEqual([]);
    expect(placement(key(1), nodes, -1)).toEqual([]);
    expect(placement(key(1), [], 3)).toEqual([]);
  });
});
