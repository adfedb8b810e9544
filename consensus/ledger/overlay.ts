import type { StateChange } from './ledger-state.ts';
import { bytesToText, textToBytes } from './map/tree.ts';
import type { Get } from './readers.ts';

/** Writes on top of a state that stays as it is. Overlays stack: one for the block, one for each transaction. */
export class Overlay {
  readonly #below: Get;
  readonly #writes = new Map<string, Uint8Array | null>();
  /** What was read below: transactions of a block mostly read the same few entries, and these are decoded once. */
  readonly #reads = new Map<string, Uint8Array | undefined>();

  constructor(below: Get) {
    this.#below = below;
  }

  readonly get: Get = (key) => {
    const name = bytesToText(key);
    const written = this.#writes.get(name);
    if (written !== undefined) return written ?? undefined;
    const known = this.#reads.get(name);
    if (known !== undefined || this.#reads.has(name)) return known;
    const read = this.#below(key);
    this.#reads.set(name, read);
    return read;
  };

  put(key: Uint8Array, value: Uint8Array): void {
    this.#writes.set(bytesToText(key), value);
  }

  remove(key: Uint8Array): void {
    this.#writes.set(bytesToText(key), null);
  }

  /** Takes over all writes of an overlay that was stacked on this one. */
  absorb(above: Overlay): void {
    for (const [key, value] of above.#writes) this.#writes.set(key, value);
  }

  /** All writes, sorted by key. */
  changes(): StateChange[] {
    return [...this.#writes]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [textToBytes(key), value]);
  }
}
