import { RECORD_NONCE_BYTES } from '#crypto';
import { BEHIND_MS_MAX } from './reading.ts';
import type { IntakeEntry } from './object-form.ts';
import type { QueuedObject, Queue } from './queue.ts';
import { endOfDay, nameOfStream, streamOf } from './stream.ts';
import type { Sample, Stream, StreamObject } from './stream.ts';

/** Messages that are put into segments in one transaction. */
const MESSAGES_MAX = 20_000;
/** FHIR keeps a text below 1 MB; a day at 1 Hz has 86,400 readings. What is above stays in its segments. */
export const SAMPLES_PER_DAY_OBJECT_MAX = 100_000;
const STREAMS_MAX = 16;

export interface SegmenterInit {
  readonly queue: Queue;
  readonly random: (length: number) => Uint8Array;
  /** How long after its day, and after late data, a stream is compacted. */
  readonly graceMs: number;
}

/** Turns messages into segments, and the segments of a day that is over into one object. */
export class Segmenter {
  readonly #init: SegmenterInit;

  constructor(init: SegmenterInit) {
    this.#init = init;
  }

  /** Puts every message that waits into segments, one for each stream. @returns how many segments */
  cut(nowMs: number): number {
    let segments = 0;
    for (;;) {
      const { queue } = this.#init;
      const rows = queue.intake(MESSAGES_MAX);
      const last = rows.at(-1);
      if (last === undefined) return segments;
      const streams = streamsOf(rows.map(({ entry }) => entry));
      queue.transaction(() => {
        for (const { stream, samples } of streams) {
          const object: StreamObject = { kind: 'segment', stream, samples, covers: [], amends: null };
          queue.add({
            nonce: this.#init.random(RECORD_NONCE_BYTES),
            object,
            dueMs: this.#dueOf(stream, nowMs),
          });
        }
        queue.dropIntake(last.seq);
      });
      segments += streams.length;
    }
  }

  #dueOf(stream: Stream, nowMs: number): number {
    return Math.max(endOfDay(stream), nowMs) + this.#init.graceMs;
  }

  /**
   * Makes the day object of every stream that is due. One that has its day object already gets a new version that
   * amends it: that is how late data comes in. @returns how many
   */
  compact(nowMs: number): number {
    const { queue } = this.#init;
    let made = 0;
    for (const stream of queue.dueStreams(nowMs, STREAMS_MAX)) {
      queue.transaction(() => {
        if (this.#compactStream(queue.ofStream(stream), nowMs)) made += 1;
      });
    }
    queue.transaction(() => queue.forgetDays(nowMs - 2 * BEHIND_MS_MAX));
    return made;
  }

  #compactStream(objects: readonly QueuedObject[], nowMs: number): boolean {
    const { queue, random } = this.#init;
    const day = objects.findLast(({ object }) => object.kind === 'day');
    const segments = objects.filter(({ object }) => object.kind === 'segment');
    const [first] = segments;
    if (first === undefined) return false;
    const samples = [...(day?.object.samples ?? [])];
    const taken: QueuedObject[] = [];
    for (const segment of segments) {
      if (samples.length + segment.object.samples.length > SAMPLES_PER_DAY_OBJECT_MAX) break;
      samples.push(...segment.object.samples);
      taken.push(segment);
    }
    const left = segments.slice(taken.length).map(({ seq }) => seq);
    // Those are final: 0 stands for no object, so they are not looked at again.
    queue.cover(left, 0);
    if (taken.length === 0) return false;
    const object: StreamObject = {
      kind: 'day',
      stream: first.object.stream,
      samples,
      covers: [...(day?.object.covers ?? []), ...taken.map(({ recordId }) => recordId)],
      amends: day?.header ? { recordId: day.recordId, header: day.header } : null,
    };
    const seq = queue.add({ nonce: random(RECORD_NONCE_BYTES), object, dueMs: nowMs });
    const seqs = taken.map((segment) => segment.seq);
    queue.cover(seqs, seq);
    return true;
  }
}

function streamsOf(entries: readonly IntakeEntry[]): { stream: Stream; samples: Sample[] }[] {
  const streams = new Map<string, { stream: Stream; samples: Sample[] }>();
  for (const { source, readings } of entries) {
    for (const reading of readings) {
      const stream = streamOf(source, reading);
      const name = nameOfStream(stream);
      const known = streams.get(name) ?? { stream, samples: [] };
      const { timeMs, values, claimedMs } = reading;
      known.samples.push({ timeMs, values, claimedMs });
      streams.set(name, known);
    }
  }
  return [...streams.values()];
}
