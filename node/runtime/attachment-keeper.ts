import { parseLink, utf8 } from '#crypto';
import type { CID } from '#crypto';
import type { LedgerStore } from '#storage';
import type { Clock } from './clock.ts';
import { errorCode } from './logger.ts';
import type { Logger } from './logger.ts';

const ROOM = 'wanted-attachments';
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 60_000;
const FETCH_TIMEOUT_MS = 10_000;
/** Rounds work on at most this many at a time, so that a long absence does not become a flood. */
const ROUND_MAX = 64;

export interface AttachmentKeeperInit {
  store: LedgerStore;
  clock: Clock;
  logger: Logger;
  has(cid: CID): Promise<boolean>;
  /** What was erased meanwhile is not wanted any more. */
  isErased(cid: CID): boolean;
  /** Fetches a block from any member and stores it durably. */
  fetch(cid: CID, signal: AbortSignal): Promise<void>;
}

/**
 * Brings every sealed block that a committed transaction links onto this node, and does not forget one: what is
 * wanted is a durable row until the block is here, so a node that was away catches up on them as well.
 */
export class AttachmentKeeper {
  readonly #init: AttachmentKeeperInit;
  readonly #aborter = new AbortController();
  #round: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #delayMs = RETRY_MS;

  constructor(init: AttachmentKeeperInit) {
    this.#init = init;
  }

  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#aborter.abort();
    await this.#round;
  }

  /** Called with the attachments of a committed block, before it counts as gone through; again after a crash. */
  want(cids: readonly CID[]): void {
    if (cids.length === 0) return;
    this.#init.store.update(
      ROOM,
      cids.map((cid) => [utf8(cid.toString()), new Uint8Array(0)]),
    );
    this.#delayMs = RETRY_MS;
    this.#schedule(0);
  }

  /** How many blocks are still to come. */
  missing(): number {
    return [...this.#init.store.list(ROOM)].length;
  }

  #schedule(delayMs: number): void {
    if (this.#aborter.signal.aborted) return;
    this.#cancel?.();
    this.#cancel = this.#init.clock.setTimeout(() => {
      this.#round = this.#round.then(() => this.#work());
    }, delayMs);
  }

  async #work(): Promise<void> {
    const { store, logger } = this.#init;
    const wanted = [...store.list(ROOM)].slice(0, ROUND_MAX);
    let left = 0;
    for (const [key] of wanted) {
      if (this.#aborter.signal.aborted) return;
      try {
        await this.#bring(parseLink(new TextDecoder().decode(key)));
        store.delete(ROOM, key);
      } catch (error) {
        left += 1;
        logger.debug({ code: errorCode(error) }, 'attachment-not-here-yet');
      }
    }
    if (wanted.length === 0) return;
    if (left === wanted.length) this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MS_MAX);
    this.#schedule(left === wanted.length ? this.#delayMs : 0);
  }

  async #bring(cid: CID): Promise<void> {
    if (this.#init.isErased(cid) || (await this.#init.has(cid))) return;
    const signal = AbortSignal.any([this.#aborter.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    await this.#init.fetch(cid, signal);
  }
}
