import { normaliseKeyword } from '#crypto';
import { describe, expect, it } from 'vitest';
import {
  convertUnit,
  GLUCOSE,
  HEART_RATE,
  isInRange,
  keywordsOf,
  measure,
  measureBloodPressure,
  rangeKeywordsOf,
  searchTermsOf,
  TEMPERATURE,
  ucumOf,
  WEIGHT,
} from '#node/records';

const context = { subject: 'Patient/1', effective: '2026-11-22T08:00:00Z' };
const keywords = (observation: unknown): string[] =>
  keywordsOf(observation, { category: 'vital-signs', month: '2026-11' });
const heartRate = (value: number) => measure(HEART_RATE, { value }, context);
/** As the client does it: a record is found when any keyword of the range is one of its own. */
const finds = (query: string, observation: unknown): boolean => {
  const own = new Set(keywords(observation));
  return searchTermsOf(query).every((term) => term.some((keyword) => own.has(normaliseKeyword(keyword))));
};

describe('numeric ranges as keywords', () => {
  const operators = {
    '>=': (a: number, b: number) => a >= b,
    '<=': (a: number, b: number) => a <= b,
    '<': (a: number, b: number) => a < b,
    '=': (a: number, b: number) => a === b,
  };
  it.each(Object.entries(operators))('find exactly the whole numbers %s every bound', (operator, holds) => {
    const readings = Array.from({ length: 281 }, (_, i) => i + 20);
    const found = readings.map((value) => new Set(keywords(heartRate(value))));
    for (let bound = 0; bound <= 310; bound += 7) {
      const terms = rangeKeywordsOf(`8867-4${operator}${bound}`) ?? [];
      const values = readings.filter((_, i) => terms.some((keyword) => found[i]?.has(keyword)));
      expect(values).toEqual(readings.filter((value) => holds(value, bound)));
    }
  });

  it('find a superset between steps, which the opened reading makes exact', () => {
    const warm = measure(TEMPERATURE, { value: 37.96 }, context);
    expect(finds('8310-5>=37.98', warm)).toBe(true);
    expect(isInRange('8310-5>=37.98', warm)).toBe(false);
    expect(isInRange('8310-5>=37.9', warm)).toBe(true);
    expect(finds('8310-5>=38', warm)).toBe(false);
    expect(finds('8310-5>=38', measure(TEMPERATURE, { value: 38 }, context))).toBe(true);
  });

  it('search in the unit of the sign whatever unit the reading came in', () => {
    const imported = {
      resourceType: 'Observation',
      code: { coding: [{ system: 'http://loinc.org', code: '8310-5' }] },
      valueQuantity: { value: 102.2, system: 'http://unitsofmeasure.org', code: '[degF]' },
    };
    expect(finds('8310-5>=39', imported)).toBe(true);
    expect(finds('8310-5>=39.1', imported)).toBe(false);
    expect(finds('loinc:8310-5<40', imported)).toBe(true);
  });

  it('reach both parts of a blood pressure, each under its own code', () => {
    const pressure = measureBloodPressure({ value: 151 }, { value: 92 }, context);
    expect(finds('8480-6>=140', pressure)).toBe(true);
    expect(finds('8462-4>=140', pressure)).toBe(false);
    expect(finds('8480-6>=140 8462-4>=90', pressure)).toBe(true);
    expect(keywords(pressure).length).toBeLessThanOrEqual(64);
  });

  it('join with words and codes: every term must match', () => {
    expect(finds('heart 8867-4>=100', heartRate(120))).toBe(true);
    expect(finds('heart 8867-4>=100', heartRate(80))).toBe(false);
    expect(finds('weight 8867-4>=100', heartRate(120))).toBe(false);
  });

  it('take few keywords: ten for a value, at most two a level for a range', () => {
    expect(keywords(heartRate(72)).filter((keyword) => keyword.startsWith('range:'))).toHaveLength(10);
    for (let bound = 0; bound < 1100; bound += 13)
      expect(rangeKeywordsOf(`8867-4>=${bound}`)?.length).toBeLessThanOrEqual(20);
  });

  it('say nothing of a value with a comparator, of another unit, and of codes without a table', () => {
    const quantity = { value: 5, system: 'http://unitsofmeasure.org', code: '/min' };
    const reading = (code: string, extra: object) => ({
      resourceType: 'Observation',
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { ...quantity, ...extra },
    });
    for (const one of [
      reading('8867-4', { comparator: '<' }),
      reading('8867-4', { code: 'kg' }),
      reading('8867-4', { value: '5' }),
      reading('1234-5', {}),
    ]) {
      expect(keywords(one).filter((keyword) => keyword.startsWith('range:'))).toEqual([]);
    }
    expect(rangeKeywordsOf('1234-5>=3')).toBeUndefined();
    expect(rangeKeywordsOf('8867-4>=abc')).toBeUndefined();
  });
});

describe('convertUnit', () => {
  it.each([
    [98.6, 'degF', 'Cel', 37],
    [-40, '°F', 'Cel', -40],
    [150, 'lb', 'kg', 68.0388555],
    [71, 'in', 'cm', 180.34],
    [90, 'mg/dL', 'mmol/L', 4.995_670_419],
    [16, 'kPa', 'mm[Hg]', 120.009_869],
    [1.5, 'Hz', '/min', 90],
  ])('%f %s is in %s %f', (value, from, to, expected) => {
    expect(convertUnit(value, ucumOf(from), to)).toBeCloseTo(expected, 6);
  });
  it('does not convert between quantities', () => {
    expect(convertUnit(1, 'kg', 'cm')).toBeUndefined();
    expect(convertUnit(1, 'constructor', 'cm')).toBeUndefined();
    expect(convertUnit(1, 'kg', '__proto__')).toBeUndefined();
  });
  it('serves the readings', () => {
    expect(measure(GLUCOSE, { value: 90.078, unit: 'mg/dl' }, context).valueQuantity?.value).toBeCloseTo(
      5,
      9,
    );
    expect(() => measure(WEIGHT, { value: 70, unit: 'cm' }, context)).toThrow('unit-unknown');
    expect(() => measure(WEIGHT, { value: 7000 }, context)).toThrow('implausible');
  });
});
