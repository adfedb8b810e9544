/** The ledger's time is this far ahead at most of a clock that is right. */
const BEHIND_MS_MAX = 2 * 60_000;
/** A block that was just committed is this old at most. */
const AHEAD_MS_MAX = 10 * 60_000;

export interface ClockSources {
  /** The machine's clock, Unix milliseconds; may be wrong and may jump. */
  wall(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
}

/**
 * The time by which readings are judged. Runs on the monotonic clock from where it began, so that a jump of the
 * machine's clock moves nothing, and is set right by the times that institutions have agreed on.
 */
export class GatewayClock {
  readonly #sources: ClockSources;
  #base: number;
  #since: number;

  /** @param floorMs the latest time that an earlier run of this gateway has seen: a clock that lost its battery starts there */
  constructor(sources: ClockSources, floorMs: number) {
    this.#sources = sources;
    this.#base = Math.max(sources.wall(), floorMs);
    this.#since = sources.monotonic();
  }

  now(): number {
    return Math.round(this.#base + (this.#sources.monotonic() - this.#since));
  }

  /**
   * Compares with the time of a block.
   * @param isFresh the block was committed just now, so that being ahead of it means being wrong
   */
  observe(ledgerMs: number, isFresh: boolean): void {
    const [now, wall] = [this.now(), this.#sources.wall()];
    const isRight = (time: number): boolean =>
      time >= ledgerMs - BEHIND_MS_MAX && (!isFresh || time <= ledgerMs + AHEAD_MS_MAX);
    if (isRight(wall) && (isFresh || Math.abs(wall - now) <= BEHIND_MS_MAX || !isRight(now))) this.#set(wall);
    else if (!isRight(now)) this.#set(ledgerMs);
  }

  #set(timeMs: number): void {
    this.#base = timeMs;
    this.#since = this.#sources.monotonic();
  }
}
