import * as z from 'zod/mini';
import {
  annotationSchema,
  attachmentSchema,
  conceptSchema,
  dateTimeSchema,
  identifierSchema,
  instantSchema,
  listOf,
  periodSchema,
  quantitySchema,
  rangeSchema,
  referenceSchema,
  resourceMembers,
  sampledDataSchema,
  textSchema,
} from './elements.ts';

const values = {
  valueQuantity: z.optional(quantitySchema),
  valueCodeableConcept: z.optional(conceptSchema),
  valueString: z.optional(textSchema),
  valueBoolean: z.optional(z.boolean()),
  valueInteger: z.optional(z.int()),
  valueRange: z.optional(rangeSchema),
  valueSampledData: z.optional(sampledDataSchema),
  valueDateTime: z.optional(dateTimeSchema),
  valuePeriod: z.optional(periodSchema),
};
/** A choice element has one type at most (datatypes, value[x]). */
const hasOneOf = (prefix: string) => (resource: object) =>
  Object.keys(resource).filter((name) => name.startsWith(prefix)).length <= 1;

const referenceRange = z
  .strictObject({
    low: z.optional(quantitySchema),
    high: z.optional(quantitySchema),
    type: z.optional(conceptSchema),
    appliesTo: z.optional(listOf(conceptSchema)),
    age: z.optional(rangeSchema),
    text: z.optional(textSchema),
  })
  .check(z.refine(({ low, high, text }) => low !== undefined || high !== undefined || text !== undefined));

const component = z
  .strictObject({
    code: conceptSchema,
    ...values,
    dataAbsentReason: z.optional(conceptSchema),
    interpretation: z.optional(listOf(conceptSchema)),
    referenceRange: z.optional(listOf(referenceRange)),
  })
  .check(z.refine(hasOneOf('value')));

/** http://hl7.org/fhir/R4/observation.html; obs-6: no reason for absence beside a value. */
export const observationSchema = z
  .strictObject({
    resourceType: z.literal('Observation'),
    ...resourceMembers,
    identifier: z.optional(listOf(identifierSchema)),
    partOf: z.optional(listOf(referenceSchema)),
    status: z.enum(['registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled']),
    category: z.optional(listOf(conceptSchema)),
    code: conceptSchema,
    subject: referenceSchema,
    encounter: z.optional(referenceSchema),
    effectiveDateTime: z.optional(dateTimeSchema),
    effectivePeriod: z.optional(periodSchema),
    issued: z.optional(instantSchema),
    performer: z.optional(listOf(referenceSchema)),
    ...values,
    dataAbsentReason: z.optional(conceptSchema),
    interpretation: z.optional(listOf(conceptSchema)),
    note: z.optional(listOf(annotationSchema)),
    bodySite: z.optional(conceptSchema),
    method: z.optional(conceptSchema),
    device: z.optional(referenceSchema),
    referenceRange: z.optional(listOf(referenceRange)),
    hasMember: z.optional(listOf(referenceSchema)),
    derivedFrom: z.optional(listOf(referenceSchema)),
    component: z.optional(listOf(component)),
  })
  .check(z.refine(hasOneOf('value')))
  .check(z.refine(hasOneOf('effective')))
  .check(
    z.refine((o) => o.dataAbsentReason === undefined || !Object.keys(o).some((n) => n.startsWith('value'))),
  );

/** http://hl7.org/fhir/R4/diagnosticreport.html */
export const diagnosticReportSchema = z
  .strictObject({
    resourceType: z.literal('DiagnosticReport'),
    ...resourceMembers,
    identifier: z.optional(listOf(identifierSchema)),
    status: z.enum(['registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'cancelled']),
    category: z.optional(listOf(conceptSchema)),
    code: conceptSchema,
    subject: referenceSchema,
    effectiveDateTime: z.optional(dateTimeSchema),
    effectivePeriod: z.optional(periodSchema),
    issued: z.optional(instantSchema),
    performer: z.optional(listOf(referenceSchema)),
    result: z.optional(listOf(referenceSchema)),
    conclusion: z.optional(textSchema),
    conclusionCode: z.optional(listOf(conceptSchema)),
    presentedForm: z.optional(listOf(attachmentSchema)),
  })
  .check(z.refine(hasOneOf('effective')));

/** http://hl7.org/fhir/R4/allergyintolerance.html */
export const allergyIntoleranceSchema = z.strictObject({
  resourceType: z.literal('AllergyIntolerance'),
  ...resourceMembers,
  identifier: z.optional(listOf(identifierSchema)),
  /** ait-1: present unless entered in error, and we write no errors. */
  clinicalStatus: conceptSchema,
  verificationStatus: z.optional(conceptSchema),
  type: z.optional(z.enum(['allergy', 'intolerance'])),
  category: z.optional(listOf(z.enum(['food', 'medication', 'environment', 'biologic']))),
  criticality: z.optional(z.enum(['low', 'high', 'unable-to-assess'])),
  code: conceptSchema,
  patient: referenceSchema,
  onsetDateTime: z.optional(dateTimeSchema),
  recordedDate: z.optional(dateTimeSchema),
  recorder: z.optional(referenceSchema),
  asserter: z.optional(referenceSchema),
  lastOccurrence: z.optional(dateTimeSchema),
  note: z.optional(listOf(annotationSchema)),
  reaction: z.optional(
    listOf(
      z.strictObject({
        substance: z.optional(conceptSchema),
        manifestation: listOf(conceptSchema),
        description: z.optional(textSchema),
        onset: z.optional(dateTimeSchema),
        severity: z.optional(z.enum(['mild', 'moderate', 'severe'])),
      }),
    ),
  ),
});

/** http://hl7.org/fhir/R4/condition.html; con-3 asks for a clinical status. */
export const conditionSchema = z.strictObject({
  resourceType: z.literal('Condition'),
  ...resourceMembers,
  identifier: z.optional(listOf(identifierSchema)),
  clinicalStatus: conceptSchema,
  verificationStatus: z.optional(conceptSchema),
  category: z.optional(listOf(conceptSchema)),
  severity: z.optional(conceptSchema),
  code: conceptSchema,
  bodySite: z.optional(listOf(conceptSchema)),
  subject: referenceSchema,
  onsetDateTime: z.optional(dateTimeSchema),
  abatementDateTime: z.optional(dateTimeSchema),
  recordedDate: z.optional(dateTimeSchema),
  recorder: z.optional(referenceSchema),
  asserter: z.optional(referenceSchema),
  note: z.optional(listOf(annotationSchema)),
});

/** http://hl7.org/fhir/R4/medicationstatement.html */
export const medicationStatementSchema = z
  .strictObject({
    resourceType: z.literal('MedicationStatement'),
    ...resourceMembers,
    identifier: z.optional(listOf(identifierSchema)),
    status: z.enum(['active', 'completed', 'intended', 'stopped', 'on-hold', 'unknown', 'not-taken']),
    medicationCodeableConcept: z.optional(conceptSchema),
    medicationReference: z.optional(referenceSchema),
    subject: referenceSchema,
    effectiveDateTime: z.optional(dateTimeSchema),
    effectivePeriod: z.optional(periodSchema),
    dateAsserted: z.optional(dateTimeSchema),
    informationSource: z.optional(referenceSchema),
    reasonCode: z.optional(listOf(conceptSchema)),
    note: z.optional(listOf(annotationSchema)),
    dosage: z.optional(
      listOf(
        z.strictObject({
          text: z.optional(textSchema),
          patientInstruction: z.optional(textSchema),
          route: z.optional(conceptSchema),
          doseAndRate: z.optional(listOf(z.strictObject({ doseQuantity: quantitySchema }))),
        }),
      ),
    ),
  })
  .check(z.refine(hasOneOf('effective')))
  .check(
    z.refine((m) => (m.medicationCodeableConcept === undefined) !== (m.medicationReference === undefined)),
  );
