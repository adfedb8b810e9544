import type * as z from 'zod/mini';
import { encodeObservation } from '../observation.ts';
import { RecordsError } from '../records-error.ts';
import { codingsOf } from '../resource.ts';
import { LOINC, VITAL_SIGN_CODES } from '../vital-sign-codes.ts';
import { auditEventSchema, consentSchema, provenanceSchema } from './agreements.ts';
import {
  allergyIntoleranceSchema,
  conditionSchema,
  diagnosticReportSchema,
  medicationStatementSchema,
  observationSchema,
} from './clinical.ts';
import { binarySchema, bundleSchema, compositionSchema, documentReferenceSchema } from './documents.ts';
import { deviceSchema, organizationSchema, patientSchema, practitionerSchema } from './people.ts';

/** The types that we write: strict, since what is wrong must be refused where it is made. */
export const RESOURCE_SCHEMAS = {
  Patient: patientSchema,
  Practitioner: practitionerSchema,
  Organization: organizationSchema,
  Observation: observationSchema,
  DocumentReference: documentReferenceSchema,
  Binary: binarySchema,
  DiagnosticReport: diagnosticReportSchema,
  Device: deviceSchema,
  Consent: consentSchema,
  AuditEvent: auditEventSchema,
  Provenance: provenanceSchema,
  Bundle: bundleSchema,
  AllergyIntolerance: allergyIntoleranceSchema,
  Condition: conditionSchema,
  MedicationStatement: medicationStatementSchema,
  Composition: compositionSchema,
} as const;
export type AuthoredType = keyof typeof RESOURCE_SCHEMAS;
export type Authored<T extends AuthoredType> = z.infer<(typeof RESOURCE_SCHEMAS)[T]>;
type AnyAuthored = { [T in AuthoredType]: Authored<T> }[AuthoredType];

/**
 * Bytes of a resource that we author, as compact JSON. A vital sign that names its profile's code must also fit the
 * profile (unit, plausible value, category), unless it is a stretch of samples.
 * @throws RecordsError `profile-violated`; the facts count the faults, for zod's text would quote values.
 */
export function encodeResource(resource: AnyAuthored): Uint8Array {
  // The profile's schema is the narrower one: what fits it fits the type's as well.
  if (resource.resourceType === 'Observation' && isVitalSign(resource)) return encodeObservation(resource);
  const checked = RESOURCE_SCHEMAS[resource.resourceType].safeParse(resource);
  if (!checked.success) throw new RecordsError('profile-violated', { faults: checked.error.issues.length });
  return new TextEncoder().encode(JSON.stringify(checked.data));
}

const isVitalSign = (observation: Authored<'Observation'>): boolean =>
  observation.valueSampledData === undefined &&
  codingsOf(observation.code).some(({ system, code }) => system === LOINC && VITAL_SIGN_CODES.has(code));
