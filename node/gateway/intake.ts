import { GatewayError } from './gateway-error.ts';
import type { IntakeEntry } from './object-form.ts';
import type { Queue } from './queue.ts';
import { QUEUE_BYTES_MAX } from './queue.ts';
import type { QueueFile } from './queue-file.ts';
import { decodeMessage, judge } from './reading.ts';

export const SOURCES_MAX = 4_096;
/** Messages that arrive within this time share one sync of the disk. */
const GROUP_MS = 4;
/** Messages that wait for the disk at once; a sender beyond that waits for an answer anyway. */
const PENDING_MAX = 4_096;

/** What a source is told: its readings are on the gateway's disk. */
export interface Accepted {
  readonly accepted: number;
  /** Of these, how many were flagged. */
  readonly flagged: number;
  /** The lowest counter that the gateway takes next. */
  readonly next: number;
}

/** Where the readings of a message go. */
export interface IntakeLane {
  /** Hex. */
  readonly patient: string;
  readonly queue: Pick<Queue, 'lane' | 'accept' | 'lastCounter' | 'waitingOf'>;
}

interface Pending {
  readonly queue: IntakeLane['queue'];
  readonly entry: IntakeEntry;
  readonly answer: Accepted;
  readonly resolve: (answer: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes messages of authenticated sources: shape, counters, flags, then the disk. An answer means that the readings
 * survive a power cut; a message without an answer is sent again, and counters tell what is there already.
 */
export class Intake {
  readonly #file: QueueFile;
  readonly #now: () => number;
  readonly #bytesMax: number;
  readonly #last = new Map<string, number>();
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sources: number;
  #failure: GatewayError | undefined;

  constructor(init: { file: QueueFile; now: () => number; bytesMax?: number }) {
    this.#file = init.file;
    this.#now = init.now;
    this.#bytesMax = init.bytesMax ?? QUEUE_BYTES_MAX;
    this.#sources = init.file.sources;
  }

  /**
   * All readings of a message or none.
   * @throws GatewayError `message-too-large`, `message-malformed`, `other-patient`, `code-unknown`, `unit-mismatch`,
   * `out-of-order`, `replayed` with the counter to go on with, `sources-full`, `share-full`, `queue-full`, `queue-failed`
   */
  accept({ queue, patient }: IntakeLane, source: string, message: Uint8Array): Promise<Accepted> {
    const readings = decodeMessage(message, patient);
    const name = `${queue.lane}/${source}`;
    const last = this.#last.get(name) ?? queue.lastCounter(source);
    const [first] = readings;
    if (first === undefined || first.n <= last) throw new GatewayError('replayed', { next: last + 1 });
    this.#requireRoom(queue, source);
    if (last === 0) {
      if (this.#sources >= SOURCES_MAX) throw new GatewayError('sources-full', { sourcesMax: SOURCES_MAX });
      this.#sources += 1;
    }
    const nowMs = this.#now();
    const judged = readings.map((reading) => judge(reading, nowMs));
    const newest = readings.at(-1)?.n ?? last;
    this.#last.set(name, newest);
    const flagged = judged.filter(({ flags }) => flags.length > 0).length;
    const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
    const answer = { accepted: judged.length, flagged, next: newest + 1 };
    this.#pending.push({ queue, entry: { source, readings: judged }, answer, resolve, reject });
    this.#timer ??= setTimeout(() => this.flush(), GROUP_MS);
    return promise;
  }

  /** Why nothing can be written, while that is so. */
  get failure(): GatewayError | undefined {
    return this.#failure;
  }

  /** Puts what waits on the disk now, and answers. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return;
    try {
      this.#file.transaction(() => {
        for (const { queue, entry } of pending) queue.accept(entry);
      });
      this.#failure = undefined;
    } catch (error) {
      // What was counted was not kept: the counters of the disk hold again.
      this.#last.clear();
      this.#sources = this.#file.sources;
      this.#failure =
        error instanceof GatewayError ? error : new GatewayError('queue-failed', {}, { cause: error });
      for (const { reject } of pending) reject(error);
      return;
    }
    for (const { resolve, answer } of pending) resolve(answer);
  }

  /** What is left of the disk when half of it is in use belongs to those who have taken less than their share. */
  #requireRoom(queue: IntakeLane['queue'], source: string): void {
    const [bytes, bytesMax] = [this.#file.bytes, this.#bytesMax];
    if (this.#pending.length >= PENDING_MAX || bytes >= bytesMax)
      throw new GatewayError('queue-full', { bytesMax });
    if (bytes < bytesMax / 2) return;
    const own = queue.waitingOf(source);
    const { readings, sources } = this.#file.waitingReadings;
    const others = sources + (own === 0 ? 1 : 0);
    const readingsMax = Math.floor((readings * bytesMax) / bytes / Math.max(1, others));
    if (own > 0 && own >= readingsMax) throw new GatewayError('share-full', { readingsMax });
  }
}
