import { z } from 'zod';
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
  valueQuantity: quantitySchema.optional(),
  valueCodeableConcept: conceptSchema.optional(),
  valueString: textSchema.optional(),
  valueBoolean: z.boolean().optional(),
  valueInteger: z.number().int().optional(),
  valueRange: rangeSchema.optional(),
  valueSampledData: sampledDataSchema.optional(),
  valueDateTime: dateTimeSchema.optional(),
  valuePeriod: periodSchema.optional(),
};
/** A choice element has one type at most (datatypes, value[x]). */
const hasOneOf = (prefix: string) => (resource: object) =>
  Object.keys(resource).filter((name) => name.startsWith(prefix)).length <= 1;

const referenceRange = z
  .strictObject({
    low: quantitySchema.optional(),
    high: quantitySchema.optional(),
    type: conceptSchema.optional(),
    appliesTo: listOf(conceptSchema).optional(),
    age: rangeSchema.optional(),
    text: textSchema.optional(),
  })
  .refine(({ low, high, text }) => low !== undefined || high !== undefined || text !== undefined);

const component = z
  .strictObject({
    code: conceptSchema,
    ...values,
    dataAbsentReason: conceptSchema.optional(),
    interpretation: listOf(conceptSchema).optional(),
    referenceRange: listOf(referenceRange).optional(),
  })
  .refine(hasOneOf('value'));

/** http://hl7.org/fhir/R4/observation.html; obs-6: no reason for absence beside a value. */
export const observationSchema = z
  .strictObject({
    resourceType: z.literal('Observation'),
    ...resourceMembers,
    identifier: listOf(identifierSchema).optional(),
    partOf: listOf(referenceSchema).optional(),
    status: z.enum(['registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled']),
    category: listOf(conceptSchema).optional(),
    code: conceptSchema,
    subject: referenceSchema,
    encounter: referenceSchema.optional(),
    effectiveDateTime: dateTimeSchema.optional(),
    effectivePeriod: periodSchema.optional(),
    issued: instantSchema.optional(),
    performer: listOf(referenceSchema).optional(),
    ...values,
    dataAbsentReason: conceptSchema.optional(),
    interpretation: listOf(conceptSchema).optional(),
    note: listOf(annotationSchema).optional(),
    bodySite: conceptSchema.optional(),
    method: conceptSchema.optional(),
    device: referenceSchema.optional(),
    referenceRange: listOf(referenceRange).optional(),
    hasMember: listOf(referenceSchema).optional(),
    derivedFrom: listOf(referenceSchema).optional(),
    component: listOf(component).optional(),
  })
  .refine(hasOneOf('value'))
  .refine(hasOneOf('effective'))
  .refine((o) => o.dataAbsentReason === undefined || !Object.keys(o).some((n) => n.startsWith('value')));

/** http://hl7.org/fhir/R4/diagnosticreport.html */
export const diagnosticReportSchema = z
  .strictObject({
    resourceType: z.literal('DiagnosticReport'),
    ...resourceMembers,
    identifier: listOf(identifierSchema).optional(),
    status: z.enum(['registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'cancelled']),
    category: listOf(conceptSchema).optional(),
    code: conceptSchema,
    subject: referenceSchema,
    effectiveDateTime: dateTimeSchema.optional(),
    effectivePeriod: periodSchema.optional(),
    issued: instantSchema.optional(),
    performer: listOf(referenceSchema).optional(),
    result: listOf(referenceSchema).optional(),
    conclusion: textSchema.optional(),
    conclusionCode: listOf(conceptSchema).optional(),
    presentedForm: listOf(attachmentSchema).optional(),
  })
  .refine(hasOneOf('effective'));

/** http://hl7.org/fhir/R4/allergyintolerance.html */
export const allergyIntoleranceSchema = z.strictObject({
  resourceType: z.literal('AllergyIntolerance'),
  ...resourceMembers,
  identifier: listOf(identifierSchema).optional(),
  /** ait-1: present unless entered in error, and we write no errors. */
  clinicalStatus: conceptSchema,
  verificationStatus: conceptSchema.optional(),
  type: z.enum(['allergy', 'intolerance']).optional(),
  category: listOf(z.enum(['food', 'medication', 'environment', 'biologic'])).optional(),
  criticality: z.enum(['low', 'high', 'unable-to-assess']).optional(),
  code: conceptSchema,
  patient: referenceSchema,
  onsetDateTime: dateTimeSchema.optional(),
  recordedDate: dateTimeSchema.optional(),
  recorder: referenceSchema.optional(),
  asserter: referenceSchema.optional(),
  lastOccurrence: dateTimeSchema.optional(),
  note: listOf(annotationSchema).optional(),
  reaction: listOf(
    z.strictObject({
      substance: conceptSchema.optional(),
      manifestation: listOf(conceptSchema),
      description: textSchema.optional(),
      onset: dateTimeSchema.optional(),
      severity: z.enum(['mild', 'moderate', 'severe']).optional(),
    }),
  ).optional(),
});

/** http://hl7.org/fhir/R4/condition.html; con-3 asks for a clinical status. */
export const conditionSchema = z.strictObject({
  resourceType: z.literal('Condition'),
  ...resourceMembers,
  identifier: listOf(identifierSchema).optional(),
  clinicalStatus: conceptSchema,
  verificationStatus: conceptSchema.optional(),
  category: listOf(conceptSchema).optional(),
  severity: conceptSchema.optional(),
  code: conceptSchema,
  bodySite: listOf(conceptSchema).optional(),
  subject: referenceSchema,
  onsetDateTime: dateTimeSchema.optional(),
  abatementDateTime: dateTimeSchema.optional(),
  recordedDate: dateTimeSchema.optional(),
  recorder: referenceSchema.optional(),
  asserter: referenceSchema.optional(),
  note: listOf(annotationSchema).optional(),
});

/** http://hl7.org/fhir/R4/medicationstatement.html */
export const medicationStatementSchema = z
  .strictObject({
    resourceType: z.literal('MedicationStatement'),
    ...resourceMembers,
    identifier: listOf(identifierSchema).optional(),
    status: z.enum(['active', 'completed', 'intended', 'stopped', 'on-hold', 'unknown', 'not-taken']),
    medicationCodeableConcept: conceptSchema.optional(),
    medicationReference: referenceSchema.optional(),
    subject: referenceSchema,
    effectiveDateTime: dateTimeSchema.optional(),
    effectivePeriod: periodSchema.optional(),
    dateAsserted: dateTimeSchema.optional(),
    informationSource: referenceSchema.optional(),
    reasonCode: listOf(conceptSchema).optional(),
    note: listOf(annotationSchema).optional(),
    dosage: listOf(
      z.strictObject({
        text: textSchema.optional(),
        patientInstruction: textSchema.optional(),
        route: conceptSchema.optional(),
        doseAndRate: listOf(z.strictObject({ doseQuantity: quantitySchema })).optional(),
      }),
    ).optional(),
  })
  .refine(hasOneOf('effective'))
  .refine((m) => (m.medicationCodeableConcept === undefined) !== (m.medicationReference === undefined));
