import * as z from 'zod/mini';
import {
  addressSchema,
  attachmentSchema,
  codeSchema,
  conceptSchema,
  contactPointSchema,
  dateSchema,
  dateTimeSchema,
  humanNameSchema,
  identifierSchema,
  listOf,
  periodSchema,
  referenceSchema,
  resourceMembers,
  textSchema,
} from './elements.ts';

const genderSchema = z.enum(['male', 'female', 'other', 'unknown']);

const communication = z.strictObject({ language: conceptSchema, preferred: z.optional(z.boolean()) });

/** http://hl7.org/fhir/R4/patient.html */
export const patientSchema = z.strictObject({
  resourceType: z.literal('Patient'),
  ...resourceMembers,
  identifier: z.optional(listOf(identifierSchema)),
  active: z.optional(z.boolean()),
  name: z.optional(listOf(humanNameSchema)),
  telecom: z.optional(listOf(contactPointSchema)),
  gender: z.optional(genderSchema),
  birthDate: z.optional(dateSchema),
  deceasedBoolean: z.optional(z.boolean()),
  deceasedDateTime: z.optional(dateTimeSchema),
  address: z.optional(listOf(addressSchema)),
  maritalStatus: z.optional(conceptSchema),
  photo: z.optional(listOf(attachmentSchema)),
  communication: z.optional(listOf(communication)),
  generalPractitioner: z.optional(listOf(referenceSchema)),
  managingOrganization: z.optional(referenceSchema),
});

/** http://hl7.org/fhir/R4/practitioner.html */
export const practitionerSchema = z.strictObject({
  resourceType: z.literal('Practitioner'),
  ...resourceMembers,
  identifier: z.optional(listOf(identifierSchema)),
  active: z.optional(z.boolean()),
  name: z.optional(listOf(humanNameSchema)),
  telecom: z.optional(listOf(contactPointSchema)),
  address: z.optional(listOf(addressSchema)),
  gender: z.optional(genderSchema),
  birthDate: z.optional(dateSchema),
  qualification: z.optional(
    listOf(
      z.strictObject({
        identifier: z.optional(listOf(identifierSchema)),
        code: conceptSchema,
        period: z.optional(periodSchema),
        issuer: z.optional(referenceSchema),
      }),
    ),
  ),
  communication: z.optional(listOf(conceptSchema)),
});

/** http://hl7.org/fhir/R4/organization.html; org-1 wants an identifier or a name. */
export const organizationSchema = z
  .strictObject({
    resourceType: z.literal('Organization'),
    ...resourceMembers,
    identifier: z.optional(listOf(identifierSchema)),
    active: z.optional(z.boolean()),
    type: z.optional(listOf(conceptSchema)),
    name: z.optional(textSchema),
    alias: z.optional(listOf(textSchema)),
    telecom: z.optional(listOf(contactPointSchema)),
    address: z.optional(listOf(addressSchema)),
    partOf: z.optional(referenceSchema),
  })
  .check(z.refine(({ identifier, name }) => identifier !== undefined || name !== undefined));

/** http://hl7.org/fhir/R4/device.html */
export const deviceSchema = z.strictObject({
  resourceType: z.literal('Device'),
  ...resourceMembers,
  identifier: z.optional(listOf(identifierSchema)),
  status: z.optional(z.enum(['active', 'inactive', 'entered-in-error', 'unknown'])),
  manufacturer: z.optional(textSchema),
  manufactureDate: z.optional(dateTimeSchema),
  expirationDate: z.optional(dateTimeSchema),
  lotNumber: z.optional(textSchema),
  serialNumber: z.optional(textSchema),
  deviceName: z.optional(
    listOf(
      z.strictObject({
        name: textSchema,
        type: z.enum([
          'udi-label-name',
          'user-friendly-name',
          'patient-reported-name',
          'manufacturer-name',
          'model-name',
          'other',
        ]),
      }),
    ),
  ),
  modelNumber: z.optional(textSchema),
  partNumber: z.optional(textSchema),
  type: z.optional(conceptSchema),
  version: z.optional(listOf(z.strictObject({ type: z.optional(conceptSchema), value: codeSchema }))),
  patient: z.optional(referenceSchema),
  owner: z.optional(referenceSchema),
  note: z.optional(listOf(z.strictObject({ text: textSchema }))),
});
