import { sha256 } from '#crypto';
import { hashBranch, hashLeaf } from './tree-hash.ts';

/**
 * A persistent crit-bit tree (D. J. Bernstein; "PATRICIA" without the skip counts): a binary radix tree in which
 * every branch has two children, so n keys have exactly n - 1 branches and every leaf lies at its shortest unique
 * prefix. A branch stands for the first bit in which its keys differ, and its hash commits to that bit. The shape
 * follows from the set of keys alone. Nodes are never changed after they were made: versions share structure.
 *
 * Keys are 32 bytes and kept, like values, as one-byte strings: 48 bytes of memory for a key, where a Uint8Array
 * would take about 200. A string is compared bytewise with `<`, since all its characters are below 256.
 */
export type Tree = Leaf | Branch;

export const KEY_BYTES = 32;
const KEY_BITS = 256;

export class Leaf {
  readonly key: string;
  readonly value: string;
  h0 = 0;
  h1 = 0;
  h2 = 0;
  h3 = 0;
  h4 = 0;
  h5 = 0;
  h6 = 0;
  h7 = 0;

  constructor(key: string, value: string) {
    this.key = key;
    this.value = value;
    hashLeaf(this, textToBytes(key), sha256(textToBytes(value)));
  }
}

export class Branch {
  readonly bit: number;
  readonly left: Tree;
  readonly right: Tree;
  /** Any leaf below: it has the prefix that all keys of this subtree share. */
  readonly sample: Leaf;
  h0 = 0;
  h1 = 0;
  h2 = 0;
  h3 = 0;
  h4 = 0;
  h5 = 0;
  h6 = 0;
  h7 = 0;

  constructor(bit: number, left: Tree, right: Tree) {
    this.bit = bit;
    this.left = left;
    this.right = right;
    this.sample = sampleOf(left);
    hashBranch(this, bit, left, right);
  }
}

/** A value to put under a key, or null to remove the key. */
export interface Change {
  readonly key: string;
  readonly value: string | null;
}

/** One character below 256 per byte. */
export function bytesToText(bytes: Uint8Array): string {
  if (bytes.length <= 4096) return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += bytesToText(bytes.subarray(i, i + 4096));
  return text;
}

/** Inverse of `bytesToText`: always a fresh array. */
export function textToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Bit `bit` of a key, 0 being the first of its first byte. */
export function bitOf(key: string, bit: number): 0 | 1 {
  return ((key.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1) as 0 | 1;
}

/** The value under a key. */
export function find(tree: Tree | null, key: string): string | undefined {
  if (tree === null) return undefined;
  let node = tree;
  while (node instanceof Branch) node = bitOf(key, node.bit) === 0 ? node.left : node.right;
  return node.key === key ? node.value : undefined;
}

/** All leaves in ascending order of key. */
export function* leavesOf(tree: Tree | null): Generator<Leaf> {
  const open: Tree[] = tree === null ? [] : [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node instanceof Leaf) yield node;
    else open.push(node.right, node.left);
  }
}

/** The tree after the changes, which must be sorted by key, each key once. Every new node is hashed once. */
export function update(tree: Tree | null, changes: readonly Change[]): Tree | null {
  return updateRange(tree, changes, 0, changes.length);
}

function updateRange(tree: Tree | null, changes: readonly Change[], from: number, to: number): Tree | null {
  if (from === to) return tree;
  if (tree === null) {
    const kept = changes.slice(from, to).filter(isPut);
    return build(kept, 0, kept.length);
  }
  if (tree instanceof Leaf) return updateLeaf(tree, changes.slice(from, to));
  const first = changes[from] as Change;
  const last = changes[to - 1] as Change;
  const sample = tree.sample.key;
  // The changes are sorted, so whichever differs from the prefix at the earliest bit is the first or the last.
  const apart = Math.min(firstDifference(first.key, sample), firstDifference(last.key, sample));
  if (apart >= tree.bit) {
    const middle = splitAt(changes, from, to, tree.bit);
    const left = updateRange(tree.left, changes, from, middle);
    const right = updateRange(tree.right, changes, middle, to);
    if (left === tree.left && right === tree.right) return tree;
    return join(tree.bit, left, right);
  }
  const middle = splitAt(changes, from, to, apart);
  if (bitOf(sample, apart) === 0) {
    return join(apart, updateRange(tree, changes, from, middle), updateRange(null, changes, middle, to));
  }
  return join(apart, updateRange(null, changes, from, middle), updateRange(tree, changes, middle, to));
}

/** The keys of `changes` and the one of a leaf; a change of the leaf's own key wins. */
function updateLeaf(leaf: Leaf, changes: Change[]): Tree | null {
  const puts = changes.filter(isPut);
  const own = changes.find(({ key }) => key === leaf.key);
  if (own === undefined) {
    const at = puts.findIndex(({ key }) => key > leaf.key);
    puts.splice(at < 0 ? puts.length : at, 0, leaf);
  } else if (own.value === leaf.value) {
    puts[puts.findIndex(({ key }) => key === leaf.key)] = leaf;
  }
  return build(puts, 0, puts.length);
}

interface Put {
  readonly key: string;
  readonly value: string;
}

function isPut(change: Change): change is Put {
  return change.value !== null;
}

/** A tree of sorted, distinct keys; a `Leaf` among them is taken as it is. */
function build(puts: readonly Put[], from: number, to: number): Tree | null {
  const first = puts[from];
  if (from >= to || first === undefined) return null;
  if (to - from === 1) return first instanceof Leaf ? first : new Leaf(first.key, first.value);
  const bit = firstDifference(first.key, (puts[to - 1] as Put).key);
  const middle = splitAt(puts, from, to, bit);
  return join(bit, build(puts, from, middle), build(puts, middle, to));
}

function join(bit: number, left: Tree | null, right: Tree | null): Tree | null {
  if (left === null) return right;
  return right === null ? left : new Branch(bit, left, right);
}

function sampleOf(tree: Tree): Leaf {
  return tree instanceof Branch ? tree.sample : tree;
}

/** The first bit in which two keys differ; KEY_BITS when they are the same. */
function firstDifference(a: string, b: string): number {
  for (let i = 0; i < KEY_BYTES; i++) {
    const difference = a.charCodeAt(i) ^ b.charCodeAt(i);
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return KEY_BITS;
}

/** First position in the sorted range whose key has the bit set; all keys there agree on every earlier bit. */
function splitAt(sorted: readonly { key: string }[], from: number, to: number, bit: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bitOf((sorted[middle] as { key: string }).key, bit) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
