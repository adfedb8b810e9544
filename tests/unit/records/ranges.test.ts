import { normaliseKeyword } from '#crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observationOf } from '../../../node/gateway/stream.ts';
import { SAMPLE_KEYWORDS_MAX } from '../../../node/records/numeric-buckets.ts';
import {
  convertUnit,
  GLUCOSE,
  HEART_RATE,
  isInRange,
  isInRangesOf,
  keywordsOf,
  measure,
  measureBloodPressure,
  rangeFaultOf,
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

  it('take few keywords: ten for a value, for a range at most two a level and as many for rows of samples', () => {
    expect(keywords(heartRate(72)).filter((keyword) => keyword.startsWith('range:'))).toHaveLength(10);
    for (let bound = 0; bound < 1100; bound += 13)
      for (const query of [`8867-4>=${bound}`, `8867-4=${bound}..${bound + 77}`]) {
        const terms = rangeKeywordsOf(query) ?? [];
        expect(terms.filter((term) => term.startsWith('range:')).length).toBeLessThanOrEqual(20);
        expect(terms.length).toBeLessThanOrEqual(58);
      }
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

const day = (code: string, values: readonly number[]) => {
  const stream = { source: 'watch', code, day: '2026-11-22', flags: [] };
  const samples = values.map((value, i) => ({
    timeMs: Date.UTC(2026, 10, 22) + i * 1000,
    claimedMs: null,
    values: code === '85354-9' ? [value, value - 45] : [value],
  }));
  const id = new Uint8Array(32).fill(7);
  return observationOf({ kind: 'day', stream, samples, covers: [], amends: null }, id, id);
};
const numeric = (observation: unknown): string[] =>
  keywords(observation).filter((keyword) => /^(range|span):/.test(keyword));
const restAndRun = (top: number): number[] => [
  ...Array.from({ length: 600 }, (_, i) => 52 + (i % 40)),
  ...Array.from({ length: 60 }, (_, i) => Math.min(top, 92 + i * 2)),
];

describe('a query with ranges', () => {
  it('leaves out of what was opened what the buckets took in beside the range', () => {
    const warm = measure(TEMPERATURE, { value: 37.96 }, context);
    expect(isInRangesOf('temperature 8310-5>=37.98', warm)).toBe(false);
    expect(isInRangesOf('temperature 8310-5>=37.9', warm)).toBe(true);
    expect(isInRangesOf(['8310-5>=37.9', 'loinc:8310-5<37.95'], warm)).toBe(false);
    // A range is about what was measured: a text that names it is not in it.
    expect(isInRangesOf('8310-5>=37', { resourceType: 'DocumentReference', description: '38' })).toBe(false);
    expect(isInRangesOf('8310-5>=37', undefined)).toBe(false);
    for (const query of ['*', 'fever', 'loinc:8310-5', ''])
      expect(isInRangesOf(query, { resourceType: 'Basic' })).toBe(true);
  });

  it.each([
    ['8867-4=160..150', 'range-reversed'],
    ['potassium loinc:8867-4=160..150', 'range-reversed'],
    ['8867-4=a..b', 'range-number'],
    ['8867-4>=', 'range-number'],
    ['8867-4=150..', 'range-number'],
    ['8867-4=150..160..170', 'range-form'],
    ['8867-4>=1e3', 'range-number'],
    ['8867-4=150,5', 'range-number'],
    ['8867-4>=150..160', 'range-form'],
    ['8867-4 >= 150', 'range-form'],
    ['8867-4..150', 'range-form'],
    ['150..160', 'range-form'],
    ['>=100', 'range-form'],
    ['temperature < -5', 'range-form'],
    ['=37.5', 'range-form'],
    ['1234-5>=3', 'range-code'],
  ])('says of %s that it is a %s', (query, fault) => {
    expect(rangeFaultOf(query)).toBe(fault);
  });

  it.each([
    '8867-4=150..160',
    '8867-4=150..150',
    'heart loinc:8867-4>=100',
    '*',
    '',
    'a=b',
    'type:Patient',
    'http://x.test|a=b',
    '<unknown>',
    '<x-s>37</x-s><img src=/x onerror=y()>',
    '->',
  ])('says nothing of %s', (query) => {
    expect(rangeFaultOf(query)).toBeUndefined();
  });
});

describe('rows of samples', () => {
  it('are found by a range that holds one of a day of samples, and not by one that holds none', () => {
    const ran = day('8867-4', [...restAndRun(130), 155]);
    const rested = day('8867-4', restAndRun(130));
    expect(finds('8867-4=150..160', ran)).toBe(true);
    expect(finds('8867-4=150..160', rested)).toBe(false);
    expect(finds('heart 8867-4=150..160', ran)).toBe(true);
    expect(finds('8867-4>=150', ran)).toBe(true);
    expect(finds('8867-4>=150', rested)).toBe(false);
    expect(finds('8867-4<40', ran)).toBe(false);
    expect([ran, rested].map((one) => isInRange('8867-4=150..160', one))).toEqual([true, false]);
    // Two bounds as two terms are about the day, not about one sample: this is why there is `..`.
    expect(finds('8867-4>=140 8867-4<=148', ran)).toBe(true);
    expect(finds('8867-4=136..143', ran)).toBe(false);
    // 130 lies in the same bucket as 132: found, and not in the range once it is opened.
    expect(finds('8867-4=132..143', ran)).toBe(true);
    expect(isInRange('8867-4=132..143', ran)).toBe(false);
  });

  it('reach each part of a pressure under its own code, within the keywords of one record', () => {
    const pressures = day('85354-9', [118, 121, 135, 171]);
    expect(finds('8480-6=170..180', pressures)).toBe(true);
    expect(finds('8462-4=170..180', pressures)).toBe(false);
    expect(finds('8462-4=120..130', pressures)).toBe(true);
    expect(keywords(pressures).length).toBeLessThanOrEqual(64);
    expect(keywords(pressures)).toContain('pressure');
  });

  const signs = { '8867-4': 1, '8310-5': 0.1, '2708-6': 1, '55423-8': 100 };
  const rows = fc.record({
    code: fc.constantFrom(...Object.keys(signs)),
    steps: fc.array(fc.integer({ min: 0, max: 1200 }), { minLength: 1, maxLength: 300 }),
    low: fc.integer({ min: 0, max: 1200 }),
    width: fc.integer({ min: 0, max: 300 }),
    near: fc.option(fc.nat(), { nil: undefined }),
  });

  it('are never missed, and found wrongly only when a sample lies within a bucket of the range', () => {
    fc.assert(
      fc.property(rows, ({ code, steps, low, width, near }) => {
        const step = signs[code as keyof typeof signs];
        const from = near === undefined ? low : (steps[near % steps.length] ?? 0);
        const [bound, upper] = [from * step, (from + width) * step].map((value) => Number(value.toFixed(4)));
        const row = day(
          code,
          steps.map((value) => Number((value * step).toFixed(4))),
        );
        const query = `${code}=${bound}..${upper}`;
        const isFound = finds(query, row);
        if (isInRange(query, row)) expect(isFound).toBe(true);
        const level = Number(/^span:[^/]+\/(\d)/.exec(numeric(row)[0] ?? '')?.[1]);
        const capped = (value: number): number => Math.min(value, 1023);
        const isNear = steps.some(
          (value) =>
            capped(value) > capped(from) - 2 ** level && capped(value) < capped(from + width) + 2 ** level,
        );
        if (!isNear) expect(isFound).toBe(false);
        expect(numeric(row).length).toBeLessThanOrEqual(SAMPLE_KEYWORDS_MAX);
        expect(keywords(row).length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 300 },
    );
  });

  it('take the finest level that fits: exact for a few values, eight beats for a day of them', () => {
    const level = (values: number[]): string[] => [
      ...new Set(numeric(day('8867-4', values)).flatMap((one) => /^span:[^/]+\/(\d)/.exec(one)?.[1] ?? [])),
    ];
    expect(level([71])).toEqual(['0']);
    expect(numeric(day('8867-4', [71]))).toHaveLength(10);
    expect(level([70, 71, 72, 74])).toEqual(['0']);
    expect(level(restAndRun(170))).toEqual(['3']);
    expect(level(Array.from({ length: 1024 }, (_, i) => i))).toEqual(['6']);
  });

  it('never make a single value be found outside its range', () => {
    for (let bound = 0; bound <= 200; bound += 7) {
      const found = [60, 61, 62, 100, 155].filter((value) =>
        finds(`8867-4=${bound}..${bound + 5}`, heartRate(value)),
      );
      expect(found).toEqual([60, 61, 62, 100, 155].filter((value) => value >= bound && value <= bound + 5));
    }
  });

  it('say nothing of samples without a sign, of another unit or shape, and of a range turned round', () => {
    const row = day('8867-4', [150, 151]) as unknown as Record<string, Record<string, unknown>>;
    const changed = (change: object) => ({
      ...row,
      valueSampledData: { ...row['valueSampledData'], ...change },
    });
    for (const one of [
      changed({ origin: { value: 0, system: 'http://unitsofmeasure.org', code: 'kg' } }),
      changed({ origin: undefined }),
      changed({ dimensions: 2 }),
      changed({ period: 0 }),
      changed({ data: 'E U L' }),
      { ...row, code: { coding: [{ system: 'http://loinc.org', code: '1234-5' }] } },
    ]) {
      expect(numeric(one)).toEqual([]);
      expect(isInRange('8867-4=150..160', one)).toBe(false);
    }
    expect(rangeKeywordsOf('8867-4=160..150')).toBeUndefined();
    expect(rangeKeywordsOf('8867-4>=150..160')).toBeUndefined();
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
