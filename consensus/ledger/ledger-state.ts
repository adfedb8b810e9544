import { prove } from './map/proof.ts';
import { bytesToText, find, leavesOf, textToBytes, update } from './map/tree.ts';
import type { Change, Tree } from './map/tree.ts';
import { wordsToBytes } from './map/tree-hash.ts';

/** What a block does to the state: key (32 bytes) and new value, or null where the key was removed; sorted by key. */
export type StateChange = [key: Uint8Array, value: Uint8Array | null];

/** One version of the ledger's state: never changed; a new version shares all that stayed the same. */
export class LedgerState {
  readonly #tree: Tree | null;
  readonly #root: Uint8Array;

  constructor(tree: Tree | null) {
    this.#tree = tree;
    this.#root = tree === null ? new Uint8Array(32) : wordsToBytes(tree);
  }

  /** 32 bytes; zeros for the empty state. */
  get root(): Uint8Array {
    return this.#root.slice();
  }

  /** A copy of the value, or undefined. */
  get(key: Uint8Array): Uint8Array | undefined {
    const value = find(this.#tree, bytesToText(key));
    return value === undefined ? undefined : textToBytes(value);
  }

  /** One proof with the value or the absence of every key, see `verifyProof`. At most PROOF_KEYS_MAX keys. */
  prove(keys: readonly Uint8Array[]): Uint8Array {
    return prove(this.#tree, keys);
  }

  /** Everything, in ascending order of key. */
  *entries(): Generator<[Uint8Array, Uint8Array]> {
    for (const leaf of leavesOf(this.#tree)) yield [textToBytes(leaf.key), textToBytes(leaf.value)];
  }

  /** The state after the changes, which may come in any order, each key once. */
  with(changes: Iterable<readonly [Uint8Array, Uint8Array | null]>): LedgerState {
    const sorted: Change[] = [];
    for (const [key, value] of changes) {
      sorted.push({ key: bytesToText(key), value: value === null ? null : bytesToText(value) });
    }
    sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
    return sorted.length === 0 ? this : new LedgerState(update(this.#tree, sorted));
  }
}

/** The state that holds exactly these rows, as `entries` gave them. */
export function restoreState(rows: Iterable<readonly [Uint8Array, Uint8Array]>): LedgerState {
  return new LedgerState(null).with(rows);
}
