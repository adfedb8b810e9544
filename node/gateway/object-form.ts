import {
  CryptoError,
  expectBytes,
  expectInteger,
  expectLink,
  expectList,
  expectMap,
  expectText,
} from '#crypto';
import { GatewayError } from './gateway-error.ts';
import { READING_FLAGS } from './reading.ts';
import type { JudgedReading, ReadingFlag } from './reading.ts';
import type { Sample, Stream, StreamObject } from './stream.ts';

/** Forms in which things lie (sealed) in the queue: plain data for canonical CBOR, and back with every field checked. */
const LIST_MAX = 1_000_000;
const TIME_MAX = Number.MAX_SAFE_INTEGER;

export interface IntakeEntry {
  readonly source: string;
  readonly readings: readonly JudgedReading[];
}

export const intakeForm = ({ source, readings }: IntakeEntry) => ({
  source,
  readings: readings.map(({ n, code, timeMs, claimedMs, values, flags }) => [
    n,
    code,
    timeMs,
    claimedMs,
    [...values],
    [...flags],
  ]),
});

export function intakeOf(form: unknown): IntakeEntry {
  return checked(() => {
    const map = expectMap(form, ['source', 'readings'], 'intake');
    return {
      source: expectText(map.source, 64, 'source'),
      readings: expectList(map.readings, 0, LIST_MAX, 'readings').map((one) => {
        const [n, code, timeMs, claimedMs, values, flags] = expectList(one, 6, 6, 'reading');
        return {
          n: expectInteger(n, 0, TIME_MAX, 'n'),
          code: expectText(code, 32, 'code'),
          timeMs: expectInteger(timeMs, 0, TIME_MAX, 'timeMs'),
          claimedMs: claimedOf(claimedMs),
          values: numbersOf(values),
          flags: flagsOf(flags),
        };
      }),
    };
  });
}

export const objectForm = ({ kind, stream, samples, covers, amends }: StreamObject) => ({
  kind,
  stream: { source: stream.source, code: stream.code, day: stream.day, flags: [...stream.flags] },
  samples: samples.map(({ timeMs, claimedMs, values }) => [timeMs, claimedMs, [...values]]),
  covers: [...covers],
  amends: amends === null ? null : { recordId: amends.recordId, header: amends.header },
});

export function objectOf(form: unknown): StreamObject {
  return checked(() => {
    const map = expectMap(form, ['kind', 'stream', 'samples', 'covers', 'amends'], 'object');
    const amends = map.amends === null ? null : expectMap(map.amends, ['recordId', 'header'], 'amends');
    return {
      kind: map.kind === 'day' ? 'day' : 'segment',
      stream: streamOfForm(map.stream),
      samples: expectList(map.samples, 0, LIST_MAX, 'samples').map(sampleOf),
      covers: expectList(map.covers, 0, LIST_MAX, 'covers').map((id) => expectBytes(id, 32, 'covers')),
      amends: amends && {
        recordId: expectBytes(amends.recordId, 32, 'recordId'),
        header: expectLink(amends.header, 'header', 'dag-cbor'),
      },
    };
  });
}

function streamOfForm(form: unknown): Stream {
  const map = expectMap(form, ['source', 'code', 'day', 'flags'], 'stream');
  return {
    source: expectText(map.source, 64, 'source'),
    code: expectText(map.code, 32, 'code'),
    day: expectText(map.day, 10, 'day'),
    flags: flagsOf(map.flags),
  };
}

function sampleOf(form: unknown): Sample {
  const [timeMs, claimedMs, values] = expectList(form, 3, 3, 'sample');
  return {
    timeMs: expectInteger(timeMs, 0, TIME_MAX, 'timeMs'),
    claimedMs: claimedOf(claimedMs),
    values: numbersOf(values),
  };
}

const claimedOf = (form: unknown): number | null =>
  form === null ? null : expectInteger(form, 0, TIME_MAX, 'claimedMs');
const flagsOf = (form: unknown): ReadingFlag[] => {
  const texts = expectList(form, 0, READING_FLAGS.length, 'flags');
  return READING_FLAGS.filter((flag) => texts.includes(flag));
};
const numbersOf = (form: unknown): number[] =>
  expectList(form, 1, 2, 'values').map((one) => {
    if (typeof one !== 'number') throw new CryptoError('encoding', 'values');
    return one;
  });

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new GatewayError('disk-damaged', {}, { cause });
  }
}
