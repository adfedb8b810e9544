import { ClientError, isLedgerRefusal } from '#node/client';
import type { PhrClient } from '#node/client';
import type { GatewayClock } from './gateway-clock.ts';
import type { QueuedObject, Queue } from './queue.ts';
import { recordOf } from './stream.ts';

/** Objects of one upload: what one anchor takes. */
const OBJECTS_MAX = 64;
/** Readings of one upload, so that memory stays bounded when day objects are sent. */
const SAMPLES_MAX = 400_000;

export interface SenderInit {
  readonly queue: Queue;
  /** What of the client the sender uses. */
  readonly client: Pick<PhrClient, 'head'> & {
    readonly records: Pick<PhrClient['records'], 'upload' | 'anchored'>;
  };
  readonly clock: GatewayClock;
  readonly patient: Uint8Array;
  /** This gateway's own id. */
  readonly writer: Uint8Array;
  readonly onAnchored?: (objects: readonly QueuedObject[], height: number) => void;
}

/**
 * Uploads what waits, exactly once: what makes the ids is on the disk before anything goes out, what may have been sent
 * is looked up in the proven state before it is sent again, and the ledger takes an id once, from this gateway alone.
 */
export class Sender {
  readonly #init: SenderInit;

  constructor(init: SenderInit) {
    this.#init = init;
  }

  /**
   * Sends a batch of every month that has something. A month without a kit does not hold up the others.
   * @returns whether there may be more
   * @throws the first failure that is not about one month alone; what is not anchored stays in the queue
   */
  async sendTurn(signal: AbortSignal): Promise<boolean> {
    const { queue } = this.#init;
    let held: ClientError | undefined;
    let hasMore = false;
    for (const month of queue.waitingMonths()) {
      if (signal.aborted) return false;
      try {
        if (await this.#sendSome(month, signal)) hasMore = true;
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'no-access') throw error;
        held = error;
      }
    }
    if (held !== undefined && !hasMore) throw held;
    return hasMore;
  }

  /** @returns false when nothing of this month waits */
  async #sendSome(month: string, signal: AbortSignal): Promise<boolean> {
    const { queue, client, patient, writer } = this.#init;
    const waiting = bounded(queue.waiting(month, OBJECTS_MAX));
    if (waiting.length === 0) return false;
    const unsent = await this.#withoutAnchored(waiting, signal);
    if (unsent.length === 0) return true;
    queue.transaction(() => queue.markSending(unsent));
    const records = unsent.map(({ object, nonce }) => recordOf(object, nonce, { patient, writer }));
    try {
      const uploaded = await client.records.upload({ patient, records }, { signal });
      queue.transaction(() => {
        for (const [i, one] of unsent.entries()) {
          const result = uploaded[i];
          if (result) queue.markAnchored(one, result.header);
        }
      });
      this.#init.onAnchored?.(unsent, uploaded.at(-1)?.height ?? 0);
    } catch (error) {
      if (isLedgerRefusal(error, 'previous-amended')) this.#standAlone(unsent);
      // An earlier attempt got through: the next look at the state says which.
      else if (!isLedgerRefusal(error, 'record-exists')) throw error;
      return true;
    }
    await this.#observeTime(signal);
    return true;
  }

  /** Marks what an earlier attempt got through, and gives back the rest. */
  async #withoutAnchored(waiting: readonly QueuedObject[], signal: AbortSignal): Promise<QueuedObject[]> {
    const { queue, client } = this.#init;
    const doubtful = waiting.filter(({ state }) => state === 'sending');
    if (doubtful.length === 0) return [...waiting];
    const ids = doubtful.map(({ recordId }) => recordId);
    const found = await client.records.anchored(ids, { signal });
    const known = doubtful.flatMap((one, i) => {
      const entry = found[i];
      return entry === undefined ? [] : [{ one, ...entry }];
    });
    if (known.length === 0) return [...waiting];
    queue.transaction(() => {
      for (const { one, header } of known) queue.markAnchored(one, header);
    });
    this.#init.onAnchored?.(
      known.map(({ one }) => one),
      Math.max(...known.map(({ height }) => height)),
    );
    return waiting.filter((one) => !known.some((entry) => entry.one === one));
  }

  /** A doctor or the patient has amended the day object: the new one stands beside theirs and replaces nothing. */
  #standAlone(unsent: readonly QueuedObject[]): void {
    const { queue } = this.#init;
    queue.transaction(() => {
      for (const one of unsent) {
        if (one.object.amends !== null) queue.replace(one, { ...one.object, amends: null });
      }
    });
  }

  async #observeTime(signal: AbortSignal): Promise<void> {
    const head = await this.#init.client.head({ signal });
    this.#init.clock.observe(head.time, true);
  }
}

function bounded(objects: readonly QueuedObject[]): QueuedObject[] {
  let samples = 0;
  return objects.filter(({ object }, i) => {
    samples += object.samples.length;
    return i === 0 || samples <= SAMPLES_MAX;
  });
}
