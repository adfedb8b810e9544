import { at, codingsOf, isObject, numberOf, objectsOf, textOf } from './resource.ts';
import type { JsonObject } from './resource.ts';
import { decodeSamples } from './sampled-data.ts';
import { convertUnit, measuredSignOf, ucumOf } from './units.ts';
import { GLUCOSE, LOINC, STEPS, TEMPERATURE, UCUM } from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/**
 * Numbers as keywords: a value has one bucket in each of the levels of a binary tree, and a range is a few whole
 * buckets (dyadic intervals). A search for a range asks for these few, any of which will do. Both sides count in
 * steps of the sign, from 0 up to 2^LEVELS - 1; what is above is in the last step.
 *
 * A row of samples (SampledData) has many values, and its keywords are few: it says which buckets of one level its
 * samples lie in (`span`), the finest level for which there is room, and which of all coarser levels (`range`). A search
 * asks for the `span` buckets that its range cuts at either end as well. So no row with such a sample is missed; one whose
 * samples come only near the end of the range, within one bucket of its level, may be found beside them.
 */
const LEVELS = 10;
const LAST = 2 ** LEVELS - 1;
/** Keywords for all rows of samples of one Observation: with codes and labels about fifty of the 64 that a record has. */
export const SAMPLE_KEYWORDS_MAX = 40;

/** Steps in which a sign is counted: one, or finer where one is coarse. */
function stepOf(sign: VitalSign): number {
  if (sign === TEMPERATURE || sign === GLUCOSE) return 0.1;
  return sign === STEPS ? 100 : 1;
}

const clamp = (index: number): number => Math.min(LAST, Math.max(0, index));
/** The step in which a value lies; half a thousandth lower, so that 38.0 in binary fractions is not 37.9. */
const indexOf = (sign: VitalSign, value: number): number => clamp(Math.floor(value / stepOf(sign) + 5e-4));
const keywordOf = (sign: VitalSign, level: number, index: number): string =>
  `range:${sign.code}/${level}/${index}`;
const spanOf = (sign: VitalSign, level: number, index: number): string =>
  `span:${sign.code}/${level}/${index}`;

/** A value with its sign, in the sign's own unit; undefined when the table has none for it. */
function measuredOf(part: JsonObject): { sign: VitalSign; value: number } | undefined {
  const value = numberOf(at(part, 'valueQuantity', 'value'));
  const unit = textOf(at(part, 'valueQuantity', 'code'));
  if (value === undefined || unit === undefined || textOf(at(part, 'valueQuantity', 'system')) !== UCUM)
    return undefined;
  // "Less than 5" is no value.
  if (at(part, 'valueQuantity', 'comparator') !== undefined) return undefined;
  for (const { system, code } of codingsOf(part['code'])) {
    const sign = system === LOINC ? measuredSignOf(code) : undefined;
    const converted = sign && convertUnit(value, ucumOf(unit), sign.ucum);
    if (sign && converted !== undefined) return { sign, value: converted };
  }
  return undefined;
}

/** The samples of a part with their sign, in the sign's own unit, in no order. */
function sampledOf(part: JsonObject): { sign: VitalSign; values: number[] } | undefined {
  const samples = part['valueSampledData'];
  const unit = textOf(at(part, 'valueSampledData', 'origin', 'code'));
  if (samples === undefined || unit === undefined) return undefined;
  for (const { system, code } of codingsOf(part['code'])) {
    const sign = system === LOINC ? measuredSignOf(code) : undefined;
    if (!sign || convertUnit(0, ucumOf(unit), sign.ucum) === undefined) continue;
    const values = decodeSamples(0, samples).flatMap(
      ({ value }) => convertUnit(value, ucumOf(unit), sign.ucum) ?? [],
    );
    return { sign, values };
  }
  return undefined;
}

const partsOf = (observation: unknown): JsonObject[] =>
  isObject(observation) ? [observation, ...objectsOf(observation['component'])] : [];

function bucketsOfPart(part: JsonObject): string[] {
  const measured = measuredOf(part);
  if (!measured) return [];
  const { sign, value } = measured;
  const index = indexOf(sign, value);
  return Array.from({ length: LEVELS }, (_, level) => keywordOf(sign, level, Math.floor(index / 2 ** level)));
}

/** At most `max` keywords (but never fewer than two): the finest level of buckets that fits, and all coarser ones. */
function bucketsOfSamples({ sign, values }: { sign: VitalSign; values: number[] }, max: number): string[] {
  const steps = new Set(values.map((value) => indexOf(sign, value)));
  if (steps.size === 0) return [];
  const placesAt = (level: number): number[] => [
    ...new Set([...steps].map((step) => Math.floor(step / 2 ** level))),
  ];
  const keywordsFrom = (finest: number): string[] =>
    Array.from({ length: LEVELS - finest }, (_, i) => finest + i).flatMap((level) =>
      placesAt(level).map((place) => (level === finest ? spanOf : keywordOf)(sign, level, place)),
    );
  for (let finest = 0; finest < LEVELS - 1; finest += 1) {
    const keywords = keywordsFrom(finest);
    if (keywords.length <= max) return keywords;
  }
  return keywordsFrom(LEVELS - 1);
}

/**
 * The buckets of an Observation's value and of its components' values, in every level: ten keywords a value. Of rows of
 * samples as many as fit into `samplesMax` keywords, shared by the components that have one.
 */
export function bucketsOf(observation: unknown, samplesMax: number = SAMPLE_KEYWORDS_MAX): string[] {
  const parts = partsOf(observation);
  const rows = parts.flatMap((part) => sampledOf(part) ?? []);
  const share = Math.floor(Math.min(samplesMax, SAMPLE_KEYWORDS_MAX) / Math.max(1, rows.length));
  return [...parts.flatMap(bucketsOfPart), ...rows.flatMap((row) => bucketsOfSamples(row, share))];
}

/** A code, an operator, a number; with `=` also two numbers, both included: `8867-4=150..160`. */
const QUERY =
  /^(?:loinc:|http:\/\/loinc\.org\|)?(\d{1,7}-\d)(>=|<=|>|<|=)(-?\d{1,6}(?:\.\d{1,4})?)(?:\.\.(-?\d{1,6}(?:\.\d{1,4})?))?$/i;

interface Range {
  readonly sign: VitalSign;
  readonly operator: string;
  readonly bound: number;
  /** The other end of `=`; the same number when it has one. */
  readonly upper: number;
}

function rangeOf(query: string): Range | undefined {
  const [, code = '', operator = '', bound, upper] = QUERY.exec(query.trim()) ?? [];
  const sign = measuredSignOf(code);
  if (!sign || (upper !== undefined && (operator !== '=' || Number(upper) < Number(bound)))) return undefined;
  return { sign, operator, bound: Number(bound), upper: Number(upper ?? bound) };
}

/**
 * The keywords of a range such as `8867-4>=100` or `8867-4=150..160`, any of which a record may have; undefined when the
 * text is no range over a sign that has buckets. Values are those of the sign's own unit. A bound between two steps takes in the
 * whole step: an answer is never too small, and `isInRange` of what was opened makes it exact.
 */
export function rangeKeywordsOf(query: string): string[] | undefined {
  const range = rangeOf(query);
  if (!range) return undefined;
  const { sign, operator, bound, upper } = range;
  const index = indexOf(sign, bound);
  const isOnStep = Math.abs(bound / stepOf(sign) - index) < 1e-3;
  let [low, high] = [0, LAST];
  if (operator === '>=' || operator === '=') low = index;
  // Values lie between steps too, so that only a whole step above is "above" for sure; the step itself stays in.
  if (operator === '>') low = index;
  if (operator === '<=') high = index;
  if (operator === '=') high = indexOf(sign, upper);
  if (operator === '<') high = isOnStep && index > 0 ? index - 1 : index;
  const cover = coverOf(low, high);
  return [
    ...cover.map(([level, place]) => keywordOf(sign, level, place)),
    ...[...cover, ...cutBy(low, high)].map(([level, place]) => spanOf(sign, level, place)),
  ];
}

/** The buckets that lie partly below `low` or partly above `high`, one or two a level. */
function cutBy(low: number, high: number): [level: number, index: number][] {
  return Array.from({ length: LEVELS - 1 }, (_, i) => i + 1).flatMap((level): [number, number][] => {
    const size = 2 ** level;
    const [first, last] = [Math.floor(low / size), Math.floor(high / size)];
    const isCut = (place: number): boolean => place * size < low || (place + 1) * size - 1 > high;
    return [...new Set([first, last])].filter(isCut).map((place) => [level, place]);
  });
}

/** Whether a value, component or sample of an opened Observation is in the range of a query; false for any other text. */
export function isInRange(query: string, observation: unknown): boolean {
  const range = rangeOf(query);
  if (!range) return false;
  return partsOf(observation).some((part) => {
    const measured = measuredOf(part);
    if (measured?.sign === range.sign) return holds(range, measured.value);
    const sampled = sampledOf(part);
    return sampled?.sign === range.sign && sampled.values.some((value) => holds(range, value));
  });
}

function holds({ operator, bound, upper }: Range, value: number): boolean {
  if (operator === '>=') return value >= bound;
  if (operator === '<=') return value <= bound;
  if (operator === '>') return value > bound;
  return operator === '<' ? value < bound : value >= bound && value <= upper;
}

/** The fewest whole buckets that cover steps `low` to `high`, both included: at most two a level. */
function coverOf(low: number, high: number): [level: number, index: number][] {
  const cover: [number, number][] = [];
  let [from, to] = [low, high];
  for (let level = 0; level < LEVELS && from <= to; level += 1) {
    if (level === LEVELS - 1) {
      for (let index = from; index <= to; index += 1) cover.push([level, index]);
      break;
    }
    if (from % 2 === 1) {
      cover.push([level, from]);
      from += 1;
    }
    if (to % 2 === 0) {
      cover.push([level, to]);
      to -= 1;
    }
    from = Math.floor(from / 2);
    to = Math.floor(to / 2);
  }
  return cover;
}
