import { describe, expect, it } from 'vitest';
import { encodeSamples, measure, measureBloodPressure, seriesOf, vitalSignOf } from '#node/records';
import type { SeriesRecord } from '#node/records';

const HEART_RATE = vitalSignOf('8867-4')!;
const START = '2026-11-22T08:00:00Z';
const START_MS = Date.parse(START);
const context = { subject: 'Patient/1', effective: START };
const [alice, mallory] = ['aa'.repeat(32), 'ee'.repeat(32)];

const record = (recordId: string, resource: unknown, init: Partial<SeriesRecord> = {}): SeriesRecord => ({
  recordId,
  writer: alice,
  isAmended: false,
  resource,
  ...init,
});
const row = (values: readonly number[], init: object = {}) => ({
  resourceType: 'Observation',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  effectivePeriod: { start: START },
  device: { display: 'watch' },
  valueSampledData: encodeSamples(
    HEART_RATE,
    values.map((_, i) => START_MS + i * 5000),
    values,
  ),
  ...init,
});
const covering = (...ids: string[]) => ({
  derivedFrom: ids.map((value) => ({ identifier: { system: 'urn:phr-mesh:record', value } })),
});

describe('series of readings', () => {
  it('puts single readings and rows of samples of one sign in order of time, in its unit', () => {
    const typed = measure(
      HEART_RATE,
      { value: 1.5, unit: 'Hz' },
      { ...context, effective: '2026-11-22T08:00:07Z' },
    );
    const [series, ...others] = seriesOf([record('01', typed), record('02', row([60, 61, 62]))]);
    expect(others).toEqual([]);
    expect(series!.sign).toBe(HEART_RATE);
    expect(series!.readings.map(({ timeMs, value, origin }) => [timeMs - START_MS, value, origin])).toEqual([
      [0, 60, 'sensed'],
      [5000, 61, 'sensed'],
      [7000, 90, 'entered'],
      [10_000, 62, 'sensed'],
    ]);
  });

  it('has both parts of a blood pressure', () => {
    const pressure = measureBloodPressure({ value: 120 }, { value: 80 }, context);
    const series = seriesOf([record('01', pressure)]);
    expect(series.map(({ sign, readings }) => [sign.code, readings[0]!.value])).toEqual([
      ['8480-6', 120],
      ['8462-4', 80],
    ]);
  });

  it('shows a day in the stead of the segments that it covers, and a new version in the stead of the old', () => {
    const records = [
      record('01', row([60])),
      record('02', row([60, 61], covering('01')), { isAmended: true }),
      record('03', row([60, 61, 62], covering('01'))),
    ];
    expect(seriesOf(records)[0]!.readings.map(({ value }) => value)).toEqual([60, 61, 62]);
    // The control: without the cover the segment is there twice.
    expect(seriesOf([records[0]!, record('03', row([60, 61, 62]))])[0]!.readings).toHaveLength(4);
  });

  it('lets nobody hide what another has written', () => {
    const records = [record('01', row([60])), record('02', row([61], covering('01')), { writer: mallory })];
    expect(
      seriesOf(records)[0]!
        .readings.map(({ value }) => value)
        .toSorted(),
    ).toEqual([60, 61]);
  });

  it('keeps the flags of the gateway and knows gaps, factors and limits of foreign rows', () => {
    const foreign = row([], {
      meta: {
        tag: [
          { system: 'urn:phr-mesh:reading', code: 'day' },
          { system: 'urn:phr-mesh:reading', code: 'clock' },
        ],
      },
      valueSampledData: {
        origin: { value: 50, code: '/min' },
        period: 1000,
        factor: 0.5,
        dimensions: 1,
        data: '2 E U L 4',
      },
    });
    const [series] = seriesOf([record('01', foreign)]);
    expect(series!.readings.map(({ timeMs, value, flags }) => [timeMs - START_MS, value, flags])).toEqual([
      [0, 51, ['clock']],
      [4000, 52, ['clock']],
    ]);
  });

  it.each([
    ['no date', { ...row([60]), effectivePeriod: {} }],
    ['another quantity’s unit', measureLike('kg')],
    ['two dimensions', { ...row([60]), valueSampledData: { ...row([60]).valueSampledData, dimensions: 2 } }],
    ['no period', { ...row([60]), valueSampledData: { ...row([60]).valueSampledData, period: 0 } }],
    ['a text', 'Observation'],
    ['a code of no sign', { ...row([60]), code: { coding: [{ system: 'http://loinc.org', code: '1-1' }] } }],
  ])('leaves out what has %s', (_, resource) => {
    expect(seriesOf([record('01', resource)])).toEqual([]);
  });
});

function measureLike(unit: string) {
  return {
    resourceType: 'Observation',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    effectiveDateTime: START,
    valueQuantity: { value: 70, code: unit, system: 'http://unitsofmeasure.org' },
  };
}
