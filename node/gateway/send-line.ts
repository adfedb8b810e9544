/** Lanes that send at the same time; the others stand in line. */
const SENDING_MAX = 4;

/**
 * Who may send next. Each in line has one turn, which is one batch, and goes to the end of the line when it has more:
 * whoever has much waits behind everybody who has little.
 */
export class SendLine<T> {
  readonly #turn: (one: T) => Promise<boolean>;
  #line: T[] = [];
  readonly #sending = new Map<T, Promise<void>>();
  readonly #askedAgain = new Set<T>();
  #isEnded = false;

  /** @param turn sends one batch; resolves with whether there is more; never rejects */
  constructor(turn: (one: T) => Promise<boolean>) {
    this.#turn = turn;
  }

  ask(one: T): void {
    if (this.#sending.has(one)) this.#askedAgain.add(one);
    else if (!this.#line.includes(one)) this.#line.push(one);
    this.#next();
  }

  /** Whether its turn is on. */
  isSending(one: T): boolean {
    return this.#sending.has(one);
  }

  /** Resolves when the turns that run are over; none begins any more. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    this.#line = [];
    await Promise.all(this.#sending.values());
  }

  #next(): void {
    while (!this.#isEnded && this.#sending.size < SENDING_MAX) {
      const one = this.#line.shift();
      if (one === undefined) return;
      this.#sending.set(one, this.#take(one));
    }
  }

  async #take(one: T): Promise<void> {
    const hasMore = await this.#turn(one);
    this.#sending.delete(one);
    if (this.#askedAgain.delete(one) || hasMore) this.ask(one);
    else this.#next();
  }
}
