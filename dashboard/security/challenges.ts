import { createHmac, timingSafeEqual } from 'node:crypto';
import { concatBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import type { Clock } from '../options.ts';

export const CHALLENGE_BYTES = 32;
export const CHALLENGE_LIFETIME_MS = 60_000;
export const SPENT_CHALLENGES_MAX = 10_000;

const EXPIRY_BYTES = 6;
const NONCE_BYTES = 10;
const MAC_BYTES = CHALLENGE_BYTES - EXPIRY_BYTES - NONCE_BYTES;

export type Redemption = 'redeemed' | 'invalid' | 'full';

/**
 * Sign-in challenges: `expiry (6 bytes, Unix ms) | nonce (10) | MAC (16)`, 32 bytes.
 *
 * The node remembers nothing of a challenge that it hands out: the MAC, under a key of this process, binds it to
 * the person and to its expiry. So strangers have no table to fill and nobody can be locked out of signing in.
 * Only challenges that were answered with a good signature are remembered, until they expire: each works once.
 */
export class Challenges {
  readonly #backend: Backend;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #key: Uint8Array;
  readonly #spentMax: number;
  readonly #spent = new Map<string, number>();

  constructor(backend: Backend, clock: Pick<Clock, 'now'>, spentMax = SPENT_CHALLENGES_MAX) {
    this.#backend = backend;
    this.#clock = clock;
    this.#spentMax = spentMax;
    this.#key = backend.random(32);
  }

  issue(person: Uint8Array): { challenge: Uint8Array; expiresAtMs: number } {
    const expiresAtMs = this.#clock.now() + CHALLENGE_LIFETIME_MS;
    const expiry = Buffer.alloc(EXPIRY_BYTES);
    expiry.writeUIntBE(expiresAtMs, 0, EXPIRY_BYTES);
    const head = concatBytes(expiry, this.#backend.random(NONCE_BYTES));
    return { challenge: concatBytes(head, this.#mac(person, head)), expiresAtMs };
  }

  /** Whether this node issued the challenge to the person, it has not expired and was not used. */
  isOpen(person: Uint8Array, challenge: Uint8Array): boolean {
    if (challenge.length !== CHALLENGE_BYTES) return false;
    const head = challenge.subarray(0, EXPIRY_BYTES + NONCE_BYTES);
    const mac = challenge.subarray(EXPIRY_BYTES + NONCE_BYTES);
    if (!timingSafeEqual(mac, this.#mac(person, head))) return false;
    return this.#expiryOf(challenge) > this.#clock.now() && !this.#spent.has(toHex(challenge));
  }

  /** Spends an open challenge. To be called once the signature over it was verified. */
  redeem(person: Uint8Array, challenge: Uint8Array): Redemption {
    if (!this.isOpen(person, challenge)) return 'invalid';
    const nowMs = this.#clock.now();
    for (const [spent, expiresAtMs] of this.#spent) {
      if (expiresAtMs <= nowMs) this.#spent.delete(spent);
    }
    if (this.#spent.size >= this.#spentMax) return 'full';
    this.#spent.set(toHex(challenge), this.#expiryOf(challenge));
    return 'redeemed';
  }

  #expiryOf(challenge: Uint8Array): number {
    return Buffer.from(challenge.subarray(0, EXPIRY_BYTES)).readUIntBE(0, EXPIRY_BYTES);
  }

  #mac(person: Uint8Array, head: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key).update(person).update(head).digest().subarray(0, MAC_BYTES);
  }
}
