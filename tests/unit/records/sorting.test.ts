import { describe, expect, it } from 'vitest';
import { categoryOf, clinicalMonthOf, monthsBetween } from '#node/records';
import { BUNDLES, entriesOf } from './synthea.ts';

const tally = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

describe('categoryOf', () => {
  it('sorts Luna as her types and observation categories say', () => {
    expect(tally(entriesOf(BUNDLES[0].url).map(({ resource }) => categoryOf(resource)))).toEqual({
      demographics: 1,
      administrative: 52,
      encounter: 23,
      'vital-signs': 70,
      laboratory: 12,
      survey: 15,
      other: 1,
      immunization: 27,
      condition: 8,
      medication: 6,
      'care-plan': 2,
      procedure: 6,
    });
  });

  it('leaves only the one Observation of unknown code and no category as other', () => {
    const others = BUNDLES.flatMap(({ url }) => entriesOf(url)).filter(
      ({ resource }) => categoryOf(resource) === 'other',
    );
    expect(others.map(({ resource }) => resource['category'])).toEqual([undefined]);
  });

  it('knows a vital sign without a category by its LOINC code', () => {
    const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
    expect(categoryOf({ resourceType: 'Observation', code })).toBe('vital-signs');
    const foreign = { coding: [{ system: 'http://example.org', code: '8867-4' }] };
    expect(categoryOf({ resourceType: 'Observation', code: foreign })).toBe('other');
  });

  it.each([
    undefined,
    null,
    7,
    'Patient',
    [],
    {},
    { resourceType: 'constructor' },
    { resourceType: '__proto__' },
  ])('makes nothing of %j', (value) => {
    expect(categoryOf(value)).toBe('other');
  });

  it('sorts an imaging report apart from a laboratory report', () => {
    const report = (code: string) => ({
      resourceType: 'DiagnosticReport',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code }] }],
    });
    expect(categoryOf(report('LAB'))).toBe('laboratory');
    expect(categoryOf(report('RAD'))).toBe('imaging');
    expect(categoryOf(report('OTH'))).toBe('document');
  });
});

describe('clinicalMonthOf', () => {
  it.each(BUNDLES)('gives every dated entry of $name the month that its own text shows', ({ url }) => {
    const paths: Record<string, (r: Record<string, never>) => string | undefined> = {
      Observation: (r) => r['effectiveDateTime'],
      Encounter: (r) => r['period']?.['start'],
      Immunization: (r) => r['occurrenceDateTime'],
      Condition: (r) => r['onsetDateTime'],
      MedicationRequest: (r) => r['authoredOn'],
      Procedure: (r) => r['performedPeriod']?.['start'],
      DiagnosticReport: (r) => r['effectiveDateTime'],
      ImagingStudy: (r) => r['started'],
      CarePlan: (r) => r['period']?.['start'],
      Claim: (r) => r['billablePeriod']?.['start'],
      ExplanationOfBenefit: (r) => r['billablePeriod']?.['start'],
    };
    for (const { resource } of entriesOf(url)) {
      const date = paths[resource.resourceType]?.(resource as unknown as Record<string, never>);
      expect(clinicalMonthOf(resource)).toBe(date === undefined ? 'all' : date.slice(0, 7));
    }
  });

  it('keeps the month of the place of care, whatever the zone', () => {
    const effectiveDateTime = '2026-03-31T23:30:00-05:00';
    expect(clinicalMonthOf({ resourceType: 'Observation', effectiveDateTime })).toBe('2026-03');
  });

  it('puts what happened before what was written down', () => {
    const condition = { resourceType: 'Condition', onsetDateTime: '2019-02-03', recordedDate: '2026-01-01' };
    expect(clinicalMonthOf(condition)).toBe('2019-02');
  });

  it('does not invent a month from a year alone, nor from the time of storage', () => {
    expect(
      clinicalMonthOf({ resourceType: 'Condition', onsetDateTime: '1998', recordedDate: '2026-01-01' }),
    ).toBe('all');
    expect(
      clinicalMonthOf({ resourceType: 'Observation', meta: { lastUpdated: '2026-01-01T00:00:00Z' } }),
    ).toBe('all');
    expect(clinicalMonthOf({ resourceType: 'Patient', birthDate: '1960-05-05' })).toBe('all');
  });

  it.each(['2026-13', '2026-00-01', '26-01', '2026/01/01', '', 7, null])(
    'takes no month from %j',
    (effectiveDateTime) => {
      expect(clinicalMonthOf({ resourceType: 'Observation', effectiveDateTime })).toBe('all');
    },
  );
});

describe('monthsBetween', () => {
  it('runs over the turn of the year', () => {
    expect(monthsBetween('2025-11', '2026-02')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
  });
  it('refuses a backward, malformed or endless range', () => {
    expect(() => monthsBetween('2026-02', '2026-01')).toThrow(RangeError);
    expect(() => monthsBetween('2026-2', '2026-03')).toThrow(RangeError);
    expect(() => monthsBetween('0001-01', '2026-03')).toThrow(RangeError);
  });
});
