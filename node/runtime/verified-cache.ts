/** Enough for every transaction of a full mempool and of the blocks in flight. */
const VERIFIED_MAX = 16_384;

/** Hashes of transactions whose signatures this node has checked; the oldest make room. */
export class VerifiedCache {
  readonly #hashes = new Set<string>();

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(hash: string): void {
    if (this.#hashes.size >= VERIFIED_MAX) {
      const oldest = this.#hashes.values().next();
      if (!oldest.done) this.#hashes.delete(oldest.value);
    }
    this.#hashes.add(hash);
  }
}
