import { isIPv6 } from 'node:net';
import type { Clock, Rate } from '../options.ts';

export const BUCKETS_MAX = 10_000;
const OVERFLOW_KEY = '';

interface Bucket {
  tokens: number;
  atMs: number;
}

export type Admission = { admitted: true } | { admitted: false; retryAfterMs: number };

/**
 * Token buckets by key, in a table of bounded size.
 *
 * A full table forgets buckets that are full again, and nobody else's: newcomers then share one bucket, so that
 * a flood of addresses neither fills memory nor refills anybody's bucket.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bucketsMax: number;
  readonly #buckets = new Map<string, Bucket>();
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Pick<Clock, 'now'>, bucketsMax = BUCKETS_MAX) {
    this.#rate = rate;
    this.#clock = clock;
    this.#bucketsMax = bucketsMax;
  }

  /** Takes one token of the key's bucket. */
  take(key: string): Admission {
    const nowMs = this.#clock.now();
    const bucket = this.#bucketOf(key, nowMs);
    this.#refill(bucket, nowMs);
    if (bucket.tokens < 1) {
      return {
        admitted: false,
        retryAfterMs: Math.ceil(((1 - bucket.tokens) / this.#rate.perSecond) * 1000),
      };
    }
    bucket.tokens -= 1;
    return { admitted: true };
  }

  get size(): number {
    return this.#buckets.size;
  }

  #bucketOf(key: string, nowMs: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    let place = key;
    if (this.#buckets.size >= this.#bucketsMax) {
      this.#sweep(nowMs);
      if (this.#buckets.size >= this.#bucketsMax) place = OVERFLOW_KEY;
    }
    const shared = this.#buckets.get(place);
    if (shared !== undefined) return shared;
    const bucket = { tokens: this.#rate.burst, atMs: nowMs };
    this.#buckets.set(place, bucket);
    return bucket;
  }

  #refill(bucket: Bucket, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + (elapsedMs / 1000) * this.#rate.perSecond);
    bucket.atMs = nowMs;
  }

  /** Walks the table at most once a second, whatever arrives. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < 1000) return;
    this.#sweptAtMs = nowMs;
    for (const [key, bucket] of this.#buckets) {
      this.#refill(bucket, nowMs);
      if (bucket.tokens >= this.#rate.burst) this.#buckets.delete(key);
    }
  }
}

/** The key under which an address is counted: IPv4 whole, IPv6 by its network of 64 bits. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address.slice(0, 64);
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
