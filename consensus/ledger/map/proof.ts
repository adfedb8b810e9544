import { sha256, toHex } from '#crypto';
import { PROOF_BYTES_MAX, PROOF_KEYS_MAX, STATE_VALUE_BYTES_MAX } from '../bounds.ts';
import { LedgerError } from '../ledger-error.ts';
import { Branch, bitOf, bytesToText, KEY_BYTES, textToBytes } from './tree.ts';
import type { Leaf, Tree } from './tree.ts';
import { hashBranch, hashLeaf, setWords, wordsToBytes, zeroWords } from './tree-hash.ts';
import type { Words } from './tree-hash.ts';

/**
 * A proof is the part of the tree that the keys touch, in pre-order; all that is shared is there once.
 *
 *   proof  = version (1 byte, 1) | node            or, for the empty tree, version | 0
 *   node   = 1 | hash (32)                         a subtree that no key leads into
 *          | 2 | bit (1) | node (left) | node (right)
 *          | 3 | key (32) | length (4, big-endian) | value       a key that is present
 *          | 4 | key (32) | hash of the value (32)               where the path of an absent key ends
 *
 * Why an absence is proven by another key's leaf: the root fixes one path for every key (go by the bit each branch
 * names), so a key that is present can only be the leaf at the end of its own path.
 */
const PROOF_VERSION = 1;
const EMPTY = 0;
const HASH = 1;
const BRANCH = 2;
const VALUE = 3;
const OTHER = 4;

/** One proof for up to PROOF_KEYS_MAX keys of 32 bytes, present or absent; `root` is the hash of the tree. */
export function prove(tree: Tree | null, keys: readonly Uint8Array[]): Uint8Array {
  const wanted = [...new Set(keys.map(checkedKey))];
  if (wanted.length > PROOF_KEYS_MAX) throw new LedgerError('proof-invalid', { field: 'keys' });
  const writer = new ByteWriter();
  writer.byte(PROOF_VERSION);
  if (tree === null) writer.byte(EMPTY);
  else writeNode(writer, tree, wanted);
  return writer.bytes();
}

function writeNode(writer: ByteWriter, tree: Tree, keys: readonly string[]): void {
  if (keys.length === 0) {
    writer.byte(HASH);
    writer.append(wordsToBytes(tree));
  } else if (tree instanceof Branch) {
    writer.byte(BRANCH);
    writer.byte(tree.bit);
    writeNode(
      writer,
      tree.left,
      keys.filter((key) => bitOf(key, tree.bit) === 0),
    );
    writeNode(
      writer,
      tree.right,
      keys.filter((key) => bitOf(key, tree.bit) === 1),
    );
  } else {
    writeLeaf(writer, tree, keys.includes(tree.key));
  }
}

function writeLeaf(writer: ByteWriter, leaf: Leaf, wanted: boolean): void {
  const value = textToBytes(leaf.value);
  writer.byte(wanted ? VALUE : OTHER);
  writer.append(textToBytes(leaf.key));
  if (wanted) {
    writer.length(value.length);
    writer.append(value);
  } else {
    writer.append(sha256(value));
  }
}

/** A node of a proof: `value` is undefined for a leaf that only shows the absence of others. */
type Shown =
  | { kind: 'hash'; words: Words }
  | { kind: 'branch'; words: Words; bit: number; left: Shown; right: Shown }
  | { kind: 'leaf'; words: Words; key: string; value: Uint8Array | undefined };

/**
 * What the state with this root (32 bytes) holds under each key: its value, or undefined when it is proven absent.
 * The map is keyed by the lowercase hex of the key and holds every key asked for.
 * Throws LedgerError('proof-invalid') unless the proof hashes to the root and covers every key.
 */
export function verifyProof(
  root: Uint8Array,
  proof: Uint8Array,
  keys: readonly Uint8Array[],
): Map<string, Uint8Array | undefined> {
  if (proof.length > PROOF_BYTES_MAX || keys.length > PROOF_KEYS_MAX) invalid('size');
  const reader = new ByteReader(proof);
  if (reader.byte() !== PROOF_VERSION) invalid('version');
  const shown = readNode(reader, -1);
  if (!reader.done()) invalid('length');
  const shownRoot = shown === undefined ? new Uint8Array(32) : wordsToBytes(shown.words);
  if (bytesToText(shownRoot) !== bytesToText(root)) invalid('root');
  return new Map(keys.map((key) => [toHex(key), valueIn(shown, checkedKey(key))]));
}

function valueIn(shown: Shown | undefined, key: string): Uint8Array | undefined {
  if (shown === undefined) return undefined;
  let node = shown;
  while (node.kind === 'branch') node = bitOf(key, node.bit) === 0 ? node.left : node.right;
  if (node.kind === 'hash') return invalid('coverage');
  if (node.key !== key) return undefined;
  return node.value ?? invalid('coverage');
}

/** Reads one node; bits grow on the way down, which bounds the depth at 256. */
function readNode(reader: ByteReader, above: number): Shown | undefined {
  const kind = reader.byte();
  const words = zeroWords();
  switch (kind) {
    case EMPTY:
      return above === -1 ? undefined : invalid('empty');
    case HASH:
      setWords(words, reader.take(32));
      return { kind: 'hash', words };
    case BRANCH: {
      const bit = reader.byte();
      if (bit <= above) invalid('bit');
      const left = readNode(reader, bit);
      const right = readNode(reader, bit);
      if (left === undefined || right === undefined) return invalid('empty');
      hashBranch(words, bit, left.words, right.words);
      return { kind: 'branch', words, bit, left, right };
    }
    case VALUE:
    case OTHER: {
      const key = reader.take(KEY_BYTES);
      const value = kind === VALUE ? reader.take(reader.length(STATE_VALUE_BYTES_MAX)) : undefined;
      hashLeaf(words, key, value === undefined ? reader.take(32) : sha256(value));
      return { kind: 'leaf', words, key: bytesToText(key), value };
    }
    default:
      return invalid('kind');
  }
}

function checkedKey(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) invalid('key');
  return bytesToText(key);
}

function invalid(field: string): never {
  throw new LedgerError('proof-invalid', { field });
}

class ByteWriter {
  #buffer = new Uint8Array(4096);
  #length = 0;

  byte(value: number): void {
    this.append(Uint8Array.of(value));
  }

  length(value: number): void {
    this.append(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = needed;
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A copy of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (this.#offset + length > this.#bytes.length) invalid('length');
    const taken = this.#bytes.slice(this.#offset, this.#offset + length);
    this.#offset += length;
    return taken;
  }

  byte(): number {
    return this.take(1)[0] ?? invalid('length');
  }

  length(max: number): number {
    const value = this.take(4).reduce((sum, byte) => sum * 256 + byte, 0);
    return value <= max ? value : invalid('value');
  }

  done(): boolean {
    return this.#offset === this.#bytes.length;
  }
}
