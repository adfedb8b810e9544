/**
 * Whether this node gives blocks to the others. Closed from its start until a quorum has confirmed its view once and
 * everything that the chain says of its blocks is done: it may have been away, or its blocks may come from a backup.
 */
export class ServingGate {
  readonly #isFresh: () => boolean;
  #retention: { settled(): boolean } | undefined;
  #open = false;

  constructor(isFresh: () => boolean) {
    this.#isFresh = isFresh;
  }

  watch(retention: { settled(): boolean }): void {
    this.#retention = retention;
  }

  isOpen(): boolean {
    this.#open ||= this.#retention?.settled() === true && this.#isFresh();
    return this.#open;
  }
}
