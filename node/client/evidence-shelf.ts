import { toHex } from '#crypto';

/** Files kept at most: who holds more has long known that something is wrong. */
const FILES_MAX = 64;

/**
 * Evidence files that came up in a client's calls, for whoever can act on them: lying proxies, two certificates for one
 * height. In memory, oldest first; also what a call found that failed in the end.
 */
export class EvidenceShelf {
  readonly #files: Uint8Array[] = [];
  readonly #reported = new Set<string>();

  keep(file: Uint8Array): void {
    if (this.#files.length < FILES_MAX) this.#files.push(file);
  }

  /** True the first time that a node is named: one report each, or a liar could make its victims write without end. */
  isNew(node: Uint8Array): boolean {
    const name = toHex(node);
    if (this.#reported.has(name)) return false;
    this.#reported.add(name);
    return true;
  }

  get files(): readonly Uint8Array[] {
    return this.#files;
  }
}
