import { at, resourceTypeOf, textOf } from './resource.ts';

/** The period of what has no month: it is in no date range, so no grant for dates reaches it by accident. */
export const PERIOD_ALL = 'all';

type Path = readonly string[];

const EFFECTIVE: readonly Path[] = [
  ['effectiveDateTime'],
  ['effectivePeriod', 'start'],
  ['effectiveInstant'],
  ['effectivePeriod', 'end'],
  ['issued'],
];
const PERFORMED: readonly Path[] = [
  ['performedDateTime'],
  ['performedPeriod', 'start'],
  ['performedPeriod', 'end'],
];
const BILLABLE: readonly Path[] = [['billablePeriod', 'start'], ['created']];
const NONE: readonly Path[] = [];

/**
 * Where each type says when the thing happened, best first. What happened counts, not when it was typed in
 * (SCHEME 11: the period is the clinical month of the data), so recording dates come last and
 * `meta.lastUpdated` never counts.
 */
const DATES: Readonly<Record<string, readonly Path[]>> = {
  Observation: EFFECTIVE,
  DiagnosticReport: EFFECTIVE,
  Encounter: [
    ['period', 'start'],
    ['period', 'end'],
  ],
  EpisodeOfCare: [['period', 'start']],
  Appointment: [['start']],
  Procedure: PERFORMED,
  Condition: [['onsetDateTime'], ['onsetPeriod', 'start'], ['recordedDate']],
  AllergyIntolerance: [['onsetDateTime'], ['onsetPeriod', 'start'], ['recordedDate']],
  Immunization: [['occurrenceDateTime'], ['recorded']],
  MedicationRequest: [['authoredOn']],
  MedicationStatement: [['effectiveDateTime'], ['effectivePeriod', 'start'], ['dateAsserted']],
  MedicationAdministration: [['effectiveDateTime'], ['effectivePeriod', 'start']],
  MedicationDispense: [['whenHandedOver'], ['whenPrepared']],
  ServiceRequest: [['occurrenceDateTime'], ['occurrencePeriod', 'start'], ['authoredOn']],
  ImagingStudy: [['started']],
  DocumentReference: [['context', 'period', 'start'], ['date']],
  Composition: [['date']],
  Media: [['createdDateTime'], ['createdPeriod', 'start'], ['issued']],
  QuestionnaireResponse: [['authored']],
  CarePlan: [['period', 'start'], ['created']],
  CareTeam: [['period', 'start']],
  Goal: [['startDate'], ['statusDate']],
  Specimen: [['collection', 'collectedDateTime'], ['receivedTime']],
  Claim: BILLABLE,
  ExplanationOfBenefit: BILLABLE,
  Patient: NONE,
  Person: NONE,
  RelatedPerson: NONE,
  Practitioner: NONE,
  PractitionerRole: NONE,
  Organization: NONE,
  Location: NONE,
  Medication: NONE,
  Device: NONE,
};

const OTHERWISE: readonly Path[] = [
  ...EFFECTIVE,
  ['occurrenceDateTime'],
  ['occurrencePeriod', 'start'],
  ...PERFORMED,
  ['period', 'start'],
  ['authoredOn'],
  ['recordedDate'],
  ['date'],
  ['created'],
];

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])(?:$|-)/;

/**
 * `YYYY-MM`, or `all` when the resource names no month (persons, places; a date with the year alone).
 *
 * The month is the one written, in the zone of the place of care: a reading at 23:30 on 31 March stays in March
 * wherever it is read, so that two clients never sort one record into two compartments.
 */
export function clinicalMonthOf(resource: unknown): string {
  const type = resourceTypeOf(resource);
  const paths = (Object.hasOwn(DATES, type) ? DATES[type] : undefined) ?? OTHERWISE;
  for (const path of paths) {
    const text = textOf(at(resource, ...path));
    if (text === undefined) continue;
    const match = MONTH.exec(text);
    // A date with the year alone ends the search: a later field is about something else.
    return match ? `${match[1]}-${match[2]}` : PERIOD_ALL;
  }
  return PERIOD_ALL;
}

/** Every month from `first` to `last`, both included. @throws RangeError on a bad or backward range, or above 1,200. */
export function monthsBetween(first: string, last: string): string[] {
  const index = (month: string): number => {
    const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
    if (!match) throw new RangeError('month must be YYYY-MM');
    return Number(match[1]) * 12 + Number(match[2]) - 1;
  };
  const from = index(first);
  const count = index(last) - from + 1;
  if (count < 1 || count > 1200) throw new RangeError('months must run forward and be at most 1,200');
  return Array.from({ length: count }, (_, i) => {
    const month = from + i;
    return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
  });
}
