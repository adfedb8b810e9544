import { DOMAIN, encode, equalBytes, signTagged, verifyTagged } from '#crypto';
import type { Validator } from '#consensus';
import { isWithin } from '#consensus/pbft';
import type { ConsensusPorts, Freshness, PeerHead } from './consensus-ports.ts';
import type { Seats } from './consensus-seats.ts';
import type { HeadStatement } from './consensus-wire.ts';

/** A statement that came in longer ago than this says nothing about now. */
export const HEAD_FRESH_MS = 5_000;
/**
 * Nor does one that was signed longer ago, by its signer's clock: whoever holds all that comes to a node back, holds
 * blocks and statements back alike. As far apart as clocks may be when blocks are proposed.
 */
const HEAD_STATED_MS = 10_000;

interface Heard {
  readonly height: number;
  readonly statedAtMs: number;
  readonly seenAtMs: number;
}

/** The newest signed head statement of each validator: how a node knows, and can show, that its view is fresh. */
export class HeadStatements {
  readonly #ports: ConsensusPorts;
  readonly #seats: Seats;
  /** By peer number. */
  readonly #heard = new Map<number, Heard>();

  constructor(ports: ConsensusPorts, seats: Seats) {
    this.#ports = ports;
    this.#seats = seats;
  }

  /** This node's own statement, signed now. */
  own(): HeadStatement {
    const { application, backend, clock, identity } = this.#ports;
    const { height, hash } = application.head();
    const timeMs = clock.now();
    const message = this.#bytes(height, hash, timeMs);
    return {
      height,
      hash,
      timeMs,
      signature: signTagged(backend, DOMAIN.headStatement, message, identity.secretKey),
    };
  }

  /**
   * Takes in a statement of a validator of the present. Returns how long it had been silent (ms), or undefined when the
   * statement is not its own or not newer than the last: a repeated one proves nothing. Whoever has been silent may come
   * back with an earlier time: its clock was set right.
   */
  hear(peer: number, statement: HeadStatement): number | undefined {
    const { backend, clock } = this.#ports;
    const signer = this.#validator(peer);
    const before = this.#heard.get(peer);
    const nowMs = clock.now();
    const { height, hash, timeMs, signature } = statement;
    const newer = before === undefined || timeMs > before.statedAtMs;
    if (signer === undefined || !(newer || (timeMs < before.statedAtMs && !isFresh(before, nowMs))))
      return undefined;
    const message = this.#bytes(height, hash, timeMs);
    if (!verifyTagged(backend, DOMAIN.headStatement, message, signature, signer.publicKey)) return undefined;
    this.#heard.set(peer, { height, statedAtMs: timeMs, seenAtMs: nowMs });
    return before === undefined ? Number.POSITIVE_INFINITY : nowMs - before.seenAtMs;
  }

  /** Validators other than this one whose statement was ever heard. */
  heardFrom(): number {
    return [...this.#heard.keys()].filter((peer) => this.#validator(peer) !== undefined).length;
  }

  freshness(): Freshness {
    const { height } = this.#ports.application.head();
    const nowMs = this.#ports.clock.now();
    let statements = this.#validator(this.#seats.self) === undefined ? 0 : 1;
    let newest = height;
    for (const [peer, heard] of this.#heard) {
      const isOld = !isFresh(heard, nowMs) || heard.statedAtMs < nowMs - HEAD_STATED_MS;
      if (isOld || this.#validator(peer) === undefined) continue;
      if (heard.height <= height) statements++;
      newest = Math.max(newest, heard.height);
    }
    return { statements, newest };
  }

  /** How far the clocks of the others are ahead of ours (ms), in the middle of those heard just now; 0 when fewer than two are. */
  clockOffsetMs(): number {
    const nowMs = this.#ports.clock.now();
    const fresh = [...this.#heard.values()].filter((heard) => isFresh(heard, nowMs));
    const offsets = fresh.map(({ statedAtMs, seenAtMs }) => statedAtMs - seenAtMs).toSorted((a, b) => a - b);
    return offsets.length < 2 ? 0 : (offsets[Math.floor((offsets.length - 1) / 2)] ?? 0);
  }

  lastSeen(): PeerHead[] {
    return [...this.#heard].flatMap(([peer, { height, seenAtMs }]) => {
      const id = this.#seats.idOf(peer);
      return id === undefined ? [] : [{ id, height, seenAtMs }];
    });
  }

  /** Only those who decide now say anything about now: one that was removed counts no more. */
  #validator(peer: number): Validator | undefined {
    const id = this.#seats.idOf(peer);
    return id && this.#seats.present().find((validator) => equalBytes(validator.id, id));
  }

  #bytes(height: number, hash: Uint8Array, timeMs: number): Uint8Array {
    return encode([this.#ports.chainId, height, hash, timeMs]);
  }
}

/** Not fresh either when our own clock was set back: what was heard then says nothing about now. */
function isFresh({ seenAtMs }: Heard, nowMs: number): boolean {
  return isWithin(HEAD_FRESH_MS, seenAtMs, nowMs);
}
