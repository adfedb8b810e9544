import { equalBytes, fromHex } from '#crypto';
import { decodeBlock, hashHeader } from '#consensus';
import { isWithin } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';
import type { CertifiedBlock } from './consensus-sync.ts';
import type { CertifiedBytes, HeadStatement } from './consensus-wire.ts';

/** One validator is asked at most this often about a block that is not ours. */
const ASK_MS = 5_000;

/** Two certified blocks of one height: that of this node, and one that a peer showed. */
export interface Fork {
  readonly height: number;
  readonly own: CertifiedBytes;
  readonly other: CertifiedBytes;
}

/**
 * Notices a second certified block of a height. Certificates of q(n) mean that more than f validators signed both:
 * agreement is gone, and people have to look. Where a validator states another block than ours, it is asked for it.
 */
export class ForkWatch {
  readonly #ports: ConsensusPorts;
  readonly #askedAtMs = new Map<number, number>();
  readonly #listeners: ((fork: Fork) => void)[] = [];
  #fork: Fork | undefined;

  constructor(ports: ConsensusPorts) {
    this.#ports = ports;
  }

  /** Told of the first fork that is seen; one is enough for people to look. */
  onFork(listener: (fork: Fork) => void): void {
    this.#listeners.push(listener);
  }

  /** Compares a certified block of a height that this node has. */
  compare(item: CertifiedBytes, { proposal }: CertifiedBlock): void {
    const { height } = proposal;
    const own = this.#ports.application.blockAt(height);
    if (this.#fork !== undefined || own === undefined) return;
    if (equalBytes(hashHeader(decodeBlock(own.block).header), fromHex(proposal.hash))) return;
    this.#fork = { height, own, other: item };
    for (const listener of this.#listeners) listener(this.#fork);
  }

  /** The height to ask a validator about, when it states another block there than ours. */
  heard(validator: number, { height, hash }: Pick<HeadStatement, 'height' | 'hash'>): number | undefined {
    const own = this.#hashAt(height);
    if (this.#fork !== undefined || own === undefined || equalBytes(own, hash)) return undefined;
    return this.ask(validator, height);
  }

  /** The height itself, unless this validator was asked a moment ago. */
  ask(validator: number, height: number): number | undefined {
    const nowMs = this.#ports.clock.now();
    const askedAtMs = this.#askedAtMs.get(validator);
    if (askedAtMs !== undefined && isWithin(ASK_MS, askedAtMs, nowMs)) return undefined;
    this.#askedAtMs.set(validator, nowMs);
    return height;
  }

  #hashAt(height: number): Uint8Array | undefined {
    const { application } = this.#ports;
    const head = application.head();
    if (height < 1 || height > head.height) return undefined;
    if (height === head.height) return head.hash;
    const block = application.blockAt(height)?.block;
    return block === undefined ? undefined : hashHeader(decodeBlock(block).header);
  }
}
