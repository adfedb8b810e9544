import { z } from 'zod';
import {
  base64Schema,
  codeSchema,
  codingSchema,
  conceptSchema,
  dateTimeSchema,
  identifierSchema,
  instantSchema,
  listOf,
  periodSchema,
  referenceSchema,
  resourceMembers,
  textSchema,
  uriSchema,
} from './elements.ts';

const provision = z.strictObject({
  type: z.enum(['deny', 'permit']),
  period: periodSchema.optional(),
  actor: listOf(z.strictObject({ role: conceptSchema, reference: referenceSchema })).optional(),
  action: listOf(conceptSchema).optional(),
  securityLabel: listOf(codingSchema).optional(),
  purpose: listOf(codingSchema).optional(),
  class: listOf(codingSchema).optional(),
  code: listOf(conceptSchema).optional(),
  dataPeriod: periodSchema.optional(),
});

/** http://hl7.org/fhir/R4/consent.html; ppc-1: a policy or a policy rule. */
export const consentSchema = z
  .strictObject({
    resourceType: z.literal('Consent'),
    ...resourceMembers,
    identifier: listOf(identifierSchema).optional(),
    status: z.enum(['draft', 'proposed', 'active', 'rejected', 'inactive']),
    scope: conceptSchema,
    category: listOf(conceptSchema),
    patient: referenceSchema,
    dateTime: dateTimeSchema,
    performer: listOf(referenceSchema).optional(),
    organization: listOf(referenceSchema).optional(),
    policy: listOf(z.strictObject({ authority: uriSchema.optional(), uri: uriSchema })).optional(),
    policyRule: conceptSchema.optional(),
    provision,
  })
  .refine(({ policy, policyRule }) => policy !== undefined || policyRule !== undefined);

const agent = z.strictObject({
  type: conceptSchema,
  role: listOf(conceptSchema).optional(),
  who: referenceSchema,
  altId: textSchema.optional(),
  name: textSchema.optional(),
  requestor: z.boolean(),
  policy: listOf(uriSchema).optional(),
  purposeOfUse: listOf(conceptSchema).optional(),
});

const entity = z.strictObject({
  what: referenceSchema,
  type: codingSchema,
  role: codingSchema.optional(),
  securityLabel: listOf(codingSchema).optional(),
  name: textSchema.optional(),
  detail: listOf(z.strictObject({ type: textSchema, valueString: textSchema })).optional(),
});

/** http://hl7.org/fhir/R4/auditevent.html */
export const auditEventSchema = z.strictObject({
  resourceType: z.literal('AuditEvent'),
  ...resourceMembers,
  type: codingSchema,
  subtype: listOf(codingSchema).optional(),
  action: z.enum(['C', 'R', 'U', 'D', 'E']).optional(),
  period: periodSchema.optional(),
  recorded: instantSchema,
  outcome: z.enum(['0', '4', '8', '12']),
  outcomeDesc: textSchema.optional(),
  purposeOfEvent: listOf(conceptSchema).optional(),
  agent: listOf(agent),
  source: z.strictObject({
    site: textSchema.optional(),
    observer: referenceSchema,
    type: listOf(codingSchema).optional(),
  }),
  entity: listOf(entity).optional(),
});

/** http://hl7.org/fhir/R4/provenance.html */
export const provenanceSchema = z.strictObject({
  resourceType: z.literal('Provenance'),
  ...resourceMembers,
  target: listOf(referenceSchema),
  occurredDateTime: dateTimeSchema.optional(),
  recorded: instantSchema,
  policy: listOf(uriSchema).optional(),
  activity: conceptSchema.optional(),
  reason: listOf(conceptSchema).optional(),
  agent: listOf(
    z.strictObject({
      type: conceptSchema.optional(),
      who: referenceSchema,
      onBehalfOf: referenceSchema.optional(),
    }),
  ),
  entity: listOf(
    z.strictObject({
      role: z.enum(['derivation', 'revision', 'quotation', 'source', 'removal']),
      what: referenceSchema,
    }),
  ).optional(),
  signature: listOf(
    z.strictObject({
      type: listOf(codingSchema),
      when: instantSchema,
      who: referenceSchema,
      targetFormat: codeSchema.optional(),
      sigFormat: codeSchema.optional(),
      data: base64Schema.optional(),
    }),
  ).optional(),
});
