import { at, codingsOf, isObject, numberOf, objectsOf, textOf } from './resource.ts';
import type { JsonObject } from './resource.ts';
import { convertUnit, measuredSignOf, ucumOf } from './units.ts';
import { GLUCOSE, LOINC, STEPS, TEMPERATURE, UCUM } from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/**
 * Numbers as keywords: a value has one bucket in each of the levels of a binary tree, and a range is a few whole
 * buckets (dyadic intervals). A search for a range asks for these few, any of which will do. Both sides count in
 * steps of the sign, from 0 up to 2^LEVELS - 1; what is above is in the last step.
 */
const LEVELS = 10;
const LAST = 2 ** LEVELS - 1;

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

const partsOf = (observation: unknown): JsonObject[] =>
  isObject(observation) ? [observation, ...objectsOf(observation['component'])] : [];

function bucketsOfPart(part: JsonObject): string[] {
  const measured = measuredOf(part);
  if (!measured) return [];
  const { sign, value } = measured;
  const index = indexOf(sign, value);
  return Array.from({ length: LEVELS }, (_, level) => keywordOf(sign, level, Math.floor(index / 2 ** level)));
}

/** The buckets of an Observation's value and of its components' values, in every level: ten keywords a value. */
export function bucketsOf(observation: unknown): string[] {
  return partsOf(observation).flatMap(bucketsOfPart);
}

/** A code, an operator, a number. */
const QUERY = /^(?:loinc:|http:\/\/loinc\.org\|)?(\d{1,7}-\d)(>=|<=|>|<|=)(-?\d{1,6}(?:\.\d{1,4})?)$/i;

interface Range {
  readonly sign: VitalSign;
  readonly operator: string;
  readonly bound: number;
}

function rangeOf(query: string): Range | undefined {
  const [, code = '', operator = '', bound] = QUERY.exec(query.trim()) ?? [];
  const sign = measuredSignOf(code);
  return sign && { sign, operator, bound: Number(bound) };
}

/**
 * The keywords of a range such as `8867-4>=100`, any of which a record may have; undefined when the text is no
 * range over a sign that has buckets. Values are those of the sign's own unit. A bound between two steps takes in the
 * whole step: an answer is never too small, and `isInRange` of what was opened makes it exact.
 */
export function rangeKeywordsOf(query: string): string[] | undefined {
  const range = rangeOf(query);
  if (!range) return undefined;
  const { sign, operator, bound } = range;
  const index = indexOf(sign, bound);
  const isOnStep = Math.abs(bound / stepOf(sign) - index) < 1e-3;
  let [low, high] = [0, LAST];
  if (operator === '>=' || operator === '=') low = index;
  // Values lie between steps too, so that only a whole step above is "above" for sure; the step itself stays in.
  if (operator === '>') low = index;
  if (operator === '<=' || operator === '=') high = index;
  if (operator === '<') high = isOnStep && index > 0 ? index - 1 : index;
  return coverOf(low, high).map(([level, place]) => keywordOf(sign, level, place));
}

/** Whether a value or component of an opened Observation is in the range of a query; false for any other text. */
export function isInRange(query: string, observation: unknown): boolean {
  const range = rangeOf(query);
  if (!range) return false;
  return partsOf(observation).some((part) => {
    const measured = measuredOf(part);
    if (measured?.sign !== range.sign) return false;
    const { value } = measured;
    if (range.operator === '>=') return value >= range.bound;
    if (range.operator === '<=') return value <= range.bound;
    if (range.operator === '>') return value > range.bound;
    return range.operator === '<' ? value < range.bound : value === range.bound;
  });
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
