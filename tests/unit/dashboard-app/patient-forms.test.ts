import { beforeAll, describe, expect, it } from 'vitest';
import { formatOfName } from '../../../dashboard/app/pages/patient/import-format.ts';
import {
  checkReading,
  localNow,
  typedNumber,
  withZone,
} from '../../../dashboard/app/pages/patient/reading-check.ts';
import { compartmentsIn, defaultShare, monthsIn } from '../../../dashboard/app/pages/patient/share-range.ts';
import { extremesOf, withGaps } from '../../../dashboard/app/design/plot-series.ts';
import { loadWords } from '../../../dashboard/app/words/translate.ts';

beforeAll(() => loadWords(['patient', 'clinical']));

const nowMs = Date.UTC(2026, 10, 22, 12);

describe('a reading that is typed in', () => {
  const form = { code: '8310-5', value: '36,6', second: '', when: '2026-11-22T10:00' } as const;
  const fields = (part: object): string[] =>
    checkReading({ ...form, ...part }, nowMs).map(({ field }) => field);

  it('is a number in the ways that people write one, and nothing else', () => {
    expect(['36,6', ' 36.6 ', '٣٦٫٦', '0.5'].map(typedNumber)).toEqual([36.6, 36.6, 36.6, 0.5]);
    for (const text of ['', '1e3', '-5', '1,2,3', '0x10', '12345678', 'NaN', '1.23456'])
      expect(typedNumber(text), text).toBeNaN();
  });

  it('must lie within what a body has, and not in the future', () => {
    expect(fields({})).toEqual([]);
    expect(fields({ value: '366' })).toEqual(['value']);
    expect(fields({ when: '2027-01-01T10:00' })).toEqual(['when']);
    expect(fields({ when: '' })).toEqual(['when']);
    expect(fields({ code: '85354-9', value: '120', second: '' })).toEqual(['second']);
  });

  it('keeps the zone of the place where it was taken', () => {
    expect(withZone('2026-11-22T10:30')).toMatch(/^2026-11-22T10:30:00[+-]\d{2}:\d{2}$/);
    expect(new Date(withZone('2026-11-22T10:30')).getTime()).toBe(new Date('2026-11-22T10:30').getTime());
    expect(new Date(localNow(nowMs)).getTime()).toBe(nowMs);
  });
});

describe('the share wizard', () => {
  it('begins with the narrowest answers: nobody, nothing, two months, thirty days', () => {
    expect(defaultShare(nowMs)).toEqual({
      delegate: '',
      categories: [],
      from: '2026-10',
      to: '2026-11',
      withUndated: false,
      purpose: 'TREAT',
      until: '2026-12-22',
    });
  });

  it('counts what a grant needs, over the turn of a year and with what has no month', () => {
    const values = {
      ...defaultShare(nowMs),
      categories: ['laboratory', 'allergy'],
      from: '2025-12',
      to: '2026-02',
    };
    expect(monthsIn(values)).toEqual(['2025-12', '2026-01', '2026-02']);
    expect(monthsIn({ ...values, withUndated: true }).at(-1)).toBe('all');
    expect(compartmentsIn({ ...values, withUndated: true })).toBe(8);
    expect(monthsIn({ ...values, to: '2025-11' })).toEqual([]);
  });
});

describe('the kind of a file', () => {
  it.each([
    ['export.xml', 'apple-health'],
    ['bulk.NDJSON', 'ndjson'],
    ['pulse.csv', 'csv'],
    ['record.json', 'bundle'],
    ['unknown', 'bundle'],
  ])('of %s is %s until the person says another', (name, format) => {
    expect(formatOfName(name)).toBe(format);
  });
});

describe('a plot', () => {
  it('draws no line over a gap, and none to a value that is not there', () => {
    const minute = 60_000;
    const { times, values } = withGaps({
      timesMs: [0, minute, 2 * minute, 30 * minute, 31 * minute],
      values: [1, 2, 3, Number.NaN, 5],
      unit: '',
      label: '',
    });
    expect(values).toEqual([1, 2, 3, null, null, 5]);
    expect(times[3]).toBeGreaterThan(120);
    expect(times[3]).toBeLessThan(1800);
  });

  it('knows its extremes without believing a missing value', () => {
    expect(extremesOf([3, Number.NaN, -1])).toEqual({ low: -1, high: 3 });
    expect(extremesOf([Number.NaN])).toBeUndefined();
  });
});
