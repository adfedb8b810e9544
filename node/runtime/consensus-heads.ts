import { DOMAIN, encode, signTagged, verifyTagged } from '#crypto';
import type { ConsensusPorts, Freshness, PeerHead } from './consensus-ports.ts';
import type { HeadStatement } from './consensus-wire.ts';

/** A statement older than this says nothing about now. */
export const HEAD_FRESH_MS = 5_000;

interface Heard {
  readonly height: number;
  readonly statedAtMs: number;
  readonly seenAtMs: number;
}

/** The newest signed head statement of each validator: how a node knows, and can show, that its view is fresh. */
export class HeadStatements {
  readonly #ports: ConsensusPorts;
  readonly #self: number;
  readonly #heard = new Map<number, Heard>();

  constructor(ports: ConsensusPorts, self: number) {
    this.#ports = ports;
    this.#self = self;
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
   * Takes in a statement of `validator`. Returns how long it had been silent (ms), or undefined when the statement
   * is not its own or not newer than the last: a repeated one proves nothing.
   */
  hear(validator: number, statement: HeadStatement): number | undefined {
    const { backend, clock, validators } = this.#ports;
    const signer = validators[validator];
    const before = this.#heard.get(validator);
    if (signer === undefined || statement.timeMs <= (before?.statedAtMs ?? -1)) return undefined;
    const { height, hash, timeMs, signature } = statement;
    const message = this.#bytes(height, hash, timeMs);
    if (!verifyTagged(backend, DOMAIN.headStatement, message, signature, signer.publicKey)) return undefined;
    const seenAtMs = clock.now();
    this.#heard.set(validator, { height, statedAtMs: timeMs, seenAtMs });
    return before === undefined ? Number.POSITIVE_INFINITY : seenAtMs - before.seenAtMs;
  }

  /** Validators other than this one whose statement was ever heard. */
  heardFrom(): number {
    return this.#heard.size;
  }

  freshness(): Freshness {
    const { height } = this.#ports.application.head();
    const since = this.#ports.clock.now() - HEAD_FRESH_MS;
    let statements = this.#self >= 0 ? 1 : 0;
    let newest = height;
    for (const heard of this.#heard.values()) {
      if (heard.seenAtMs < since) continue;
      if (heard.height <= height) statements++;
      newest = Math.max(newest, heard.height);
    }
    return { statements, newest };
  }

  lastSeen(): PeerHead[] {
    return this.#ports.validators.flatMap(({ id }, index) => {
      const heard = this.#heard.get(index);
      return heard === undefined ? [] : [{ id, height: heard.height, seenAtMs: heard.seenAtMs }];
    });
  }

  #bytes(height: number, hash: Uint8Array, timeMs: number): Uint8Array {
    return encode([this.#ports.chainId, height, hash, timeMs]);
  }
}
