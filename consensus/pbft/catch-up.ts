import { faultBound } from '../block.ts';

/** An unanswered request goes to another peer after this long. */
export const SYNC_REQUEST_TIMEOUT_MS = 3_000;
/** Who gave nothing in time, or a lie, is asked again after this long; sooner when nobody else has what is wanted. */
export const SYNC_SHUN_MS = 60_000;
/** Being one block behind for this long is no longer the ordinary course of votes. */
export const SYNC_PATIENCE_MS = 1_000;

export interface SyncRequest {
  readonly validator: number;
  /** First height wanted. */
  readonly from: number;
}

/**
 * Decides whom to ask for blocks, and whether this node is too far behind to vote. What peers say of their heights
 * are claims: one claim makes this node ask for proof, only f+1 of the voters of its height (one honest among them)
 * make it abstain. Peers have numbers that stay theirs when the set of voters changes.
 */
export class CatchUp {
  /** By number; 0 where nothing was heard. */
  readonly #claims: number[] = [];
  #voters: readonly number[];
  readonly #self: number;
  #head = 0;
  #headSinceMs = 0;
  /** The request under way. */
  #asked: { readonly validator: number; readonly atMs: number } | undefined;
  /** Whom to try first: the one after who was asked last, so that a slow one holds this node up once in a round. */
  #cursor = 0;
  /** When a peer last failed. */
  readonly #shunnedAtMs = new Map<number, number>();

  /** `voters` are the numbers of those who decide the height after the head, this node's own among them or not. */
  constructor(self: number, voters: readonly number[]) {
    this.#self = self;
    this.#voters = voters;
  }

  /** Another set decides from here on. What its members have said before counts. */
  setVoters(voters: readonly number[]): void {
    this.#voters = voters;
  }

  /** `peer` says, or shows by a vote for the next height, that it has committed `height`. */
  claim(peer: number, height: number): void {
    if (peer === this.#self || !Number.isInteger(peer) || peer < 0) return;
    while (this.#claims.length <= peer) this.#claims.push(0);
    this.#claims[peer] = height;
  }

  /** This node has committed `height`. */
  reached(height: number, nowMs: number): void {
    if (height === this.#head) return;
    this.#head = height;
    this.#headSinceMs = nowMs;
    this.#asked = undefined;
  }

  /** The highest height that f+1 other voters claim: at least one honest node is there. */
  sureHeight(): number {
    const claims = this.#voters.map((voter) => this.#claims[voter] ?? 0);
    return claims.toSorted((a, b) => b - a)[faultBound(this.#voters.length)] ?? 0;
  }

  /** True while the network is surely beyond the height this node works on: it must not vote. */
  isBehind(): boolean {
    return this.sureHeight() > this.#head + 1;
  }

  /** The peer that was asked gave nothing useful: the next one is asked at once. */
  failed(validator: number, nowMs: number): void {
    if (validator !== this.#asked?.validator) return;
    this.#asked = undefined;
    this.#shunnedAtMs.set(validator, nowMs);
  }

  /** Whom to ask now, if anyone; the caller sends exactly what this returns. */
  next(nowMs: number): SyncRequest | undefined {
    if (this.#asked !== undefined) {
      if (isWithin(SYNC_REQUEST_TIMEOUT_MS, this.#asked.atMs, nowMs)) return undefined;
      this.failed(this.#asked.validator, nowMs);
    }
    const patient = isWithin(SYNC_PATIENCE_MS, this.#headSinceMs, nowMs);
    const ahead = this.#inTurn().filter((peer) => {
      const lag = (this.#claims[peer] ?? 0) - this.#head;
      return lag > 1 || (lag === 1 && !patient);
    });
    const validator = ahead.find((peer) => !this.#isShunned(peer, nowMs)) ?? ahead[0];
    if (validator === undefined) return undefined;
    this.#cursor = validator + 1;
    this.#asked = { validator, atMs: nowMs };
    return { validator, from: this.#head + 1 };
  }

  #inTurn(): number[] {
    const n = this.#claims.length;
    return this.#claims.map((_, step) => (this.#cursor + step) % n);
  }

  #isShunned(peer: number, nowMs: number): boolean {
    const atMs = this.#shunnedAtMs.get(peer);
    return atMs !== undefined && isWithin(SYNC_SHUN_MS, atMs, nowMs);
  }
}

/** Less than `ms` have passed since. False too when the clock was set back: nothing waits for a time that comes twice. */
export function isWithin(ms: number, sinceMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < ms;
}
