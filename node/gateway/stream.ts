import { recordIdOf, toHex } from '#crypto';
import type { CID } from '#crypto';
import {
  BLOOD_PRESSURE_PANEL,
  encodeSamples,
  keywordsOf,
  LOINC,
  OBSERVATION_CATEGORY,
  PULSE_OXIMETRY,
  READING_TAG,
  RECORD_SYSTEM,
} from '#node/records';
import type { VitalSign } from '#node/records';
import type { UploadRecord } from '#node/client';
import { signsOf } from './reading.ts';
import type { JudgedReading, ReadingFlag } from './reading.ts';

export const GATEWAY_CATEGORY = 'vital-signs';
const SOURCE_SYSTEM = 'urn:phr-mesh:source';
const PERSON_SYSTEM = 'urn:phr-mesh:person';
const CLAIMED_TIMES = 'urn:phr-mesh:claimed-times';
const CODINGS_OF_SATURATION = '2708-6';

/** What ends up in one object: readings of one source, code and day (UTC), with the same flags. */
export interface Stream {
  readonly source: string;
  readonly code: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly flags: readonly ReadingFlag[];
}

/** Time, values, and the time claimed when it is not believed. */
export interface Sample {
  readonly timeMs: number;
  readonly values: readonly number[];
  readonly claimedMs: number | null;
}

/** What is sealed as one record: a few minutes of a stream, or all of its day. */
export interface StreamObject {
  readonly kind: 'segment' | 'day';
  readonly stream: Stream;
  readonly samples: readonly Sample[];
  /** Records whose readings are all in here: a reader shows this one in their stead. */
  readonly covers: readonly Uint8Array[];
  readonly amends: { readonly recordId: Uint8Array; readonly header: CID } | null;
}

export const nameOfStream = ({ source, code, day, flags }: Stream): string =>
  [source, code, day, ...flags].join('/');

export function streamOf(source: string, { code, timeMs, flags }: JudgedReading): Stream {
  return { source, code, day: new Date(timeMs).toISOString().slice(0, 10), flags };
}

/** First moment after the day of a stream. */
export const endOfDay = ({ day }: Stream): number => Date.parse(`${day}T00:00:00Z`) + 24 * 3_600_000;

const byTime = (a: Sample, b: Sample): number => a.timeMs - b.timeMs;

/** The FHIR Observation of an object. */
export function observationOf(object: StreamObject, recordId: Uint8Array, patient: Uint8Array) {
  const { kind, stream, covers, amends } = object;
  const samples = object.samples.toSorted(byTime);
  const times = samples.map(({ timeMs }) => timeMs);
  const signs = signsOf(stream.code) ?? [];
  const sampled = signs.map((sign, i) => ({
    code: { coding: codingsOf(sign) },
    valueSampledData: encodeSamples(
      sign,
      times,
      samples.map(({ values }) => values[i] ?? 0),
    ),
  }));
  const [single, ...more] = sampled;
  const body =
    more.length === 0 && single !== undefined
      ? single
      : { code: { coding: [{ system: LOINC, ...BLOOD_PRESSURE_PANEL }] }, component: sampled };
  const claimed = samples.flatMap(({ claimedMs }) => claimedMs ?? []);
  return {
    resourceType: 'Observation',
    id: toHex(recordId),
    meta: { tag: [kind, ...stream.flags].map((code) => ({ system: READING_TAG, code })) },
    ...(claimed.length === 0 ? {} : { extension: [{ url: CLAIMED_TIMES, valueString: claimed.join(' ') }] }),
    status: amends === null ? 'final' : 'amended',
    category: [
      { coding: [{ system: OBSERVATION_CATEGORY, code: GATEWAY_CATEGORY, display: 'Vital Signs' }] },
    ],
    subject: { type: 'Patient', identifier: { system: PERSON_SYSTEM, value: toHex(patient) } },
    effectivePeriod: { start: isoOf(times[0]), end: isoOf(times.at(-1)) },
    device: { identifier: { system: SOURCE_SYSTEM, value: stream.source } },
    ...(covers.length === 0
      ? {}
      : {
          derivedFrom: covers.map((id) => ({
            type: 'Observation',
            identifier: { system: RECORD_SYSTEM, value: toHex(id) },
          })),
        }),
    ...body,
  };
}

const isoOf = (timeMs: number | undefined): string => new Date(timeMs ?? 0).toISOString();

function codingsOf({ code, display }: VitalSign) {
  const own = { system: LOINC, code, display };
  return code === CODINGS_OF_SATURATION ? [own, { system: LOINC, ...PULSE_OXIMETRY }] : [own];
}

/** Which of the flags for a doctor's list the values deserve; values that nobody believes deserve none. */
function abnormalOf({ stream, samples }: StreamObject): string[] {
  if (stream.flags.includes('implausible')) return [];
  const signs = signsOf(stream.code) ?? [];
  const outside = (side: 'low' | 'high'): boolean =>
    samples.some(({ values }) =>
      values.some((value, i) => {
        const [low, high] = signs[i]?.usual ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
        return side === 'low' ? value < low : value > high;
      }),
    );
  const sides = (['low', 'high'] as const).filter(outside);
  return sides.length === 0 ? [] : ['flag:abnormal', ...sides.map((side) => `flag:${side}`)];
}

/** The record to upload, the same bytes whenever it is made. */
export function recordOf(
  object: StreamObject,
  nonce: Uint8Array,
  { patient, writer }: { patient: Uint8Array; writer: Uint8Array },
): UploadRecord {
  const { stream, kind, amends } = object;
  const recordId = recordIdOf(patient, writer, nonce);
  const observation = observationOf(object, recordId, patient);
  const month = stream.day.slice(0, 7);
  const keywords = [
    ...abnormalOf(object),
    ...stream.flags.map((flag) => `flag:${flag}`),
    `form:${kind}`,
    `day:${stream.day}`,
    `source:${stream.source}`,
    ...keywordsOf(observation, { category: GATEWAY_CATEGORY, month }),
  ];
  return {
    resource: new TextEncoder().encode(JSON.stringify(observation)),
    category: GATEWAY_CATEGORY,
    month,
    keywords: [...new Set(keywords)].slice(0, 60),
    nonce,
    ...(amends === null ? {} : { amends }),
  };
}
