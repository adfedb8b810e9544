import { describe, expect, it } from 'vitest';
import {
  categoryOf,
  clinicalMonthOf,
  encodeObservation,
  RecordsError,
  simulateWearable,
  vitalSignsSchema,
} from '#node/records';
import type { VitalSignsObservation } from '#node/records';

const init = {
  seed: 7,
  subject: 'urn:uuid:356a0ab8-5592-4ec5-8c3a-9a4d0857b793',
  startMs: Date.UTC(2026, 10, 22),
  endMs: Date.UTC(2026, 10, 23),
  intervalMs: 60_000,
};

describe('simulateWearable', () => {
  it('gives a day of readings that all fit the vital signs profile', () => {
    const readings = [...simulateWearable(init)];
    expect(readings).toHaveLength(1440);
    for (const reading of readings) {
      expect(vitalSignsSchema.safeParse(reading).success).toBe(true);
      expect(categoryOf(reading)).toBe('vital-signs');
      expect(clinicalMonthOf(reading)).toBe('2026-11');
    }
    expect(new Set(readings.map(({ id }) => id)).size).toBe(1440);
  });

  it('says the same for the same seed and something else for another', () => {
    expect([...simulateWearable(init)]).toEqual([...simulateWearable(init)]);
    expect([...simulateWearable({ ...init, seed: 8 })]).not.toEqual([...simulateWearable(init)]);
  });

  it('measures all four signs, within bounds and not always the same', () => {
    const codes = new Map<string, Set<number>>();
    for (const reading of simulateWearable(init)) {
      const parts = 'component' in reading ? reading.component : [reading];
      for (const { code, valueQuantity } of parts) {
        const [{ code: loinc }] = code.coding;
        codes.set(loinc, (codes.get(loinc) ?? new Set()).add(valueQuantity.value));
      }
    }
    expect([...codes.keys()].toSorted()).toEqual(['2708-6', '8310-5', '8462-4', '8480-6', '8867-4']);
    for (const values of codes.values()) expect(values.size).toBeGreaterThan(3);
  });

  it('refuses a backward time and an interval that never ends', () => {
    expect(() => [...simulateWearable({ ...init, intervalMs: 0 })]).toThrow(RangeError);
    expect(() => [...simulateWearable({ ...init, endMs: init.startMs - 120_000 })]).toThrow(RangeError);
    expect(() => [...simulateWearable({ ...init, intervalMs: 1 })]).toThrow(RangeError);
  });
});

describe('encodeObservation', () => {
  const [heartRate, bloodPressure] = [...simulateWearable({ ...init, endMs: init.startMs + 120_000 })];
  const broken = (change: object, from = heartRate): VitalSignsObservation =>
    ({ ...from, ...change }) as never;

  it('writes what the simulator gives', () => {
    expect(JSON.parse(new TextDecoder().decode(encodeObservation(broken({}))))).toEqual(heartRate);
  });

  it.each([
    ['an unknown member', { extra: 1 }],
    ['no subject', { subject: undefined }],
    ['a time without a zone', { effectiveDateTime: '2026-11-22T10:00:00' }],
    ['a date that does not exist', { effectiveDateTime: '2026-02-30T10:00:00Z' }],
    ['a status that is no result', { status: 'entered-in-error' }],
    [
      'a value as text',
      { valueQuantity: { value: '70', unit: 'x', system: 'http://unitsofmeasure.org', code: '/min' } },
    ],
    [
      'an implausible value',
      { valueQuantity: { value: 900, unit: 'x', system: 'http://unitsofmeasure.org', code: '/min' } },
    ],
    [
      'another unit',
      { valueQuantity: { value: 70, unit: 'x', system: 'http://unitsofmeasure.org', code: 'Hz' } },
    ],
    ['another code', { code: { coding: [{ system: 'http://loinc.org', code: '8310-5' }] } }],
    ['a category that is not vital signs', { category: [{ coding: [{ system: 'x', code: 'laboratory' }] }] }],
  ])('refuses %s', (_, change) => {
    expect(() => encodeObservation(broken(change))).toThrow(RecordsError);
  });

  it('refuses a blood pressure whose upper value is below its lower one, or that lacks one', () => {
    const { component } = bloodPressure as Extract<VitalSignsObservation, { component: unknown }>;
    const [systolic, diastolic] = component;
    const swapped = [
      { ...systolic, valueQuantity: { ...systolic.valueQuantity, value: diastolic.valueQuantity.value } },
      { ...diastolic, valueQuantity: { ...diastolic.valueQuantity, value: systolic.valueQuantity.value } },
    ];
    expect(() => encodeObservation(broken({ component: swapped }, bloodPressure))).toThrow(RecordsError);
    expect(() => encodeObservation(broken({ component: [systolic] }, bloodPressure))).toThrow(RecordsError);
  });

  it('quotes no value in its error', () => {
    try {
      encodeObservation(broken({ note: 'CANARY-9' }));
      expect.unreachable();
    } catch (error) {
      expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('CANARY');
    }
  });
});
