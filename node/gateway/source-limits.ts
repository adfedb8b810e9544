import { GatewayError } from './gateway-error.ts';

/** A wearable at 100 Hz sends 6 KB a second. */
const BYTES_PER_SECOND = 64 * 1024;
/** What a device has kept while it was out of reach comes at once: a day at 1 Hz is 6 MB. */
export const BURST_BYTES_MAX = 16 * 1024 * 1024;
/** Messages of one source that are on their way to the disk at once. */
export const IN_FLIGHT_MAX = 16;

interface Allowance {
  bytes: number;
  atMs: number;
  inFlight: number;
}

/**
 * How much one source may send, so that one that has gone wild takes neither time nor room from the others. Counted in
 * bytes, before anything of a message is looked at.
 */
export class SourceLimits {
  readonly #now: () => number;
  readonly #allowances = new Map<string, Allowance>();

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws GatewayError `too-fast` with the milliseconds after which it may go on */
  async within<T>(source: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const allowance = this.#allowanceOf(source);
    if (allowance.bytes < bytes || allowance.inFlight >= IN_FLIGHT_MAX) {
      const missing = Math.max(0, bytes - allowance.bytes);
      throw new GatewayError('too-fast', { retryMs: Math.ceil((1000 * missing) / BYTES_PER_SECOND) + 100 });
    }
    allowance.bytes -= bytes;
    allowance.inFlight += 1;
    try {
      return await work();
    } finally {
      allowance.inFlight -= 1;
    }
  }

  #allowanceOf(source: string): Allowance {
    const atMs = this.#now();
    const known = this.#allowances.get(source);
    if (known === undefined) {
      const fresh = { bytes: BURST_BYTES_MAX, atMs, inFlight: 0 };
      this.#allowances.set(source, fresh);
      return fresh;
    }
    const earned = (Math.max(0, atMs - known.atMs) / 1000) * BYTES_PER_SECOND;
    known.bytes = Math.min(BURST_BYTES_MAX, known.bytes + earned);
    known.atMs = atMs;
    return known;
  }
}
