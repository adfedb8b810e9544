import { isObject, numberOf, objectsOf, textOf } from './resource.ts';
import { UCUM } from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/** FHIR R5 has `SampledData.offsets`; this is how R4 writes an element of R5. */
const OFFSETS = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-SampledData.offsets';
/** A grid with more gaps than this to a reading costs more than saying when each was taken. */
const SLOTS_PER_READING_MAX = 8;
const SLOTS_FREE = 64;
const GAP = 'E';

/** FHIR R4 SampledData of one dimension. Nothing is resampled: times and values come back as they were. */
export interface SampledData {
  readonly extension?: readonly { readonly url: string; readonly valueCode: string }[];
  readonly origin: { value: 0; unit: string; system: string; code: string };
  /** Milliseconds between samples; between the offsets' median neighbours when there are offsets. */
  readonly period: number;
  readonly dimensions: 1;
  readonly data: string;
}

/**
 * Samples of one sign. Evenly measured ones stand on a grid, with `E` where one is missing; others name their offset
 * in milliseconds from the first.
 * @param timesMs not falling; as many as values
 */
export function encodeSamples(
  sign: VitalSign,
  timesMs: readonly number[],
  values: readonly number[],
): SampledData {
  const [first = 0] = timesMs;
  const steps = timesMs.slice(1).map((time, i) => time - (timesMs[i] ?? 0));
  const period = steps.reduce(greatestCommonDivisor, 0);
  const slots = period === 0 ? 1 : ((timesMs.at(-1) ?? 0) - first) / period + 1;
  const origin = { value: 0, unit: sign.unit, system: UCUM, code: sign.ucum } as const;
  const hasTwoAtOnce = steps.includes(0);
  if (!hasTwoAtOnce && slots <= values.length * SLOTS_PER_READING_MAX + SLOTS_FREE) {
    const data: (number | string)[] = Array.from({ length: slots }, () => GAP);
    for (const [i, time] of timesMs.entries())
      data[period === 0 ? 0 : (time - first) / period] = values[i] ?? GAP;
    return { origin, period: period === 0 ? 1000 : period, dimensions: 1, data: data.join(' ') };
  }
  const median = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return {
    extension: [{ url: OFFSETS, valueCode: timesMs.map((time) => time - first).join(' ') }],
    origin,
    period: Math.max(1, median),
    dimensions: 1,
    data: values.join(' '),
  };
}

/** A row of a million samples is a month at two a second; more is not read. */
const SAMPLES_MAX = 1_000_000;

/**
 * The samples of an R4 SampledData of one dimension, ours or anybody's, in the unit of its origin. What is no number
 * (`E` error, `U` above and `L` below the limit) is a gap.
 * @returns nothing when it has more dimensions, no period, or more than a million samples
 */
export function decodeSamples(startMs: number, sampled: unknown): { timeMs: number; value: number }[] {
  if (!isObject(sampled) || sampled['dimensions'] !== 1) return [];
  const period = numberOf(sampled['period']);
  const data = textOf(sampled['data']);
  if (period === undefined || !(period > 0) || data === undefined) return [];
  const parts = data.split(' ', SAMPLES_MAX + 1);
  if (parts.length > SAMPLES_MAX) return [];
  const factor = numberOf(sampled['factor']) ?? 1;
  const origin = isObject(sampled['origin']) ? (numberOf(sampled['origin']['value']) ?? 0) : 0;
  const offsets = offsetsOf(sampled);
  return parts.flatMap((text, i) => {
    const value = text === '' ? Number.NaN : Number(text);
    const timeMs = startMs + (offsets?.[i] ?? i * period);
    return Number.isFinite(value) && Number.isFinite(timeMs)
      ? [{ timeMs, value: origin + value * factor }]
      : [];
  });
}

function offsetsOf(sampled: Readonly<Record<string, unknown>>): number[] | undefined {
  const found = objectsOf(sampled['extension']).find(({ url }) => url === OFFSETS);
  return textOf(found?.['valueCode'])?.split(' ', SAMPLES_MAX).map(Number);
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
