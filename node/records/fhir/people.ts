import { z } from 'zod';
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

const communication = z.strictObject({ language: conceptSchema, preferred: z.boolean().optional() });

/** http://hl7.org/fhir/R4/patient.html */
export const patientSchema = z.strictObject({
  resourceType: z.literal('Patient'),
  ...resourceMembers,
  identifier: listOf(identifierSchema).optional(),
  active: z.boolean().optional(),
  name: listOf(humanNameSchema).optional(),
  telecom: listOf(contactPointSchema).optional(),
  gender: genderSchema.optional(),
  birthDate: dateSchema.optional(),
  deceasedBoolean: z.boolean().optional(),
  deceasedDateTime: dateTimeSchema.optional(),
  address: listOf(addressSchema).optional(),
  maritalStatus: conceptSchema.optional(),
  photo: listOf(attachmentSchema).optional(),
  communication: listOf(communication).optional(),
  generalPractitioner: listOf(referenceSchema).optional(),
  managingOrganization: referenceSchema.optional(),
});

/** http://hl7.org/fhir/R4/practitioner.html */
export const practitionerSchema = z.strictObject({
  resourceType: z.literal('Practitioner'),
  ...resourceMembers,
  identifier: listOf(identifierSchema).optional(),
  active: z.boolean().optional(),
  name: listOf(humanNameSchema).optional(),
  telecom: listOf(contactPointSchema).optional(),
  address: listOf(addressSchema).optional(),
  gender: genderSchema.optional(),
  birthDate: dateSchema.optional(),
  qualification: listOf(
    z.strictObject({
      identifier: listOf(identifierSchema).optional(),
      code: conceptSchema,
      period: periodSchema.optional(),
      issuer: referenceSchema.optional(),
    }),
  ).optional(),
  communication: listOf(conceptSchema).optional(),
});

/** http://hl7.org/fhir/R4/organization.html; org-1 wants an identifier or a name. */
export const organizationSchema = z
  .strictObject({
    resourceType: z.literal('Organization'),
    ...resourceMembers,
    identifier: listOf(identifierSchema).optional(),
    active: z.boolean().optional(),
    type: listOf(conceptSchema).optional(),
    name: textSchema.optional(),
    alias: listOf(textSchema).optional(),
    telecom: listOf(contactPointSchema).optional(),
    address: listOf(addressSchema).optional(),
    partOf: referenceSchema.optional(),
  })
  .refine(({ identifier, name }) => identifier !== undefined || name !== undefined);

/** http://hl7.org/fhir/R4/device.html */
export const deviceSchema = z.strictObject({
  resourceType: z.literal('Device'),
  ...resourceMembers,
  identifier: listOf(identifierSchema).optional(),
  status: z.enum(['active', 'inactive', 'entered-in-error', 'unknown']).optional(),
  manufacturer: textSchema.optional(),
  manufactureDate: dateTimeSchema.optional(),
  expirationDate: dateTimeSchema.optional(),
  lotNumber: textSchema.optional(),
  serialNumber: textSchema.optional(),
  deviceName: listOf(
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
  ).optional(),
  modelNumber: textSchema.optional(),
  partNumber: textSchema.optional(),
  type: conceptSchema.optional(),
  version: listOf(z.strictObject({ type: conceptSchema.optional(), value: codeSchema })).optional(),
  patient: referenceSchema.optional(),
  owner: referenceSchema.optional(),
  note: listOf(z.strictObject({ text: textSchema })).optional(),
});
