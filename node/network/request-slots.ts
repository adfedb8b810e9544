/** Counts requests under way: a bound for all peers together, and half of it (at least one) for any single peer. */
export class RequestSlots {
  readonly #max: number;
  readonly #maxOfPeer: number;
  readonly #ofPeer = new Map<string, number>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
    this.#maxOfPeer = Math.max(1, Math.ceil(max / 2));
  }

  get taken(): number {
    return this.#taken;
  }

  /** A release function, or undefined when the bound is reached. */
  take(peer: string): (() => void) | undefined {
    const ofPeer = this.#ofPeer.get(peer) ?? 0;
    if (this.#taken >= this.#max || ofPeer >= this.#maxOfPeer) return undefined;
    this.#taken += 1;
    this.#ofPeer.set(peer, ofPeer + 1);
    return () => {
      this.#taken -= 1;
      const left = (this.#ofPeer.get(peer) ?? 1) - 1;
      if (left === 0) this.#ofPeer.delete(peer);
      else this.#ofPeer.set(peer, left);
    };
  }
}
