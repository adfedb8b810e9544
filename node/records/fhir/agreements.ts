import * as z from 'zod/mini';
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
  period: z.optional(periodSchema),
  actor: z.optional(listOf(z.strictObject({ role: conceptSchema, reference: referenceSchema }))),
  action: z.optional(listOf(conceptSchema)),
  securityLabel: z.optional(listOf(codingSchema)),
  purpose: z.optional(listOf(codingSchema)),
  class: z.optional(listOf(codingSchema)),
  code: z.optional(listOf(conceptSchema)),
  dataPeriod: z.optional(periodSchema),
});

/** http://hl7.org/fhir/R4/consent.html; ppc-1: a policy or a policy rule. */
export const consentSchema = z
  .strictObject({
    resourceType: z.literal('Consent'),
    ...resourceMembers,
    identifier: z.optional(listOf(identifierSchema)),
    status: z.enum(['draft', 'proposed', 'active', 'rejected', 'inactive']),
    scope: conceptSchema,
    category: listOf(conceptSchema),
    patient: referenceSchema,
    dateTime: dateTimeSchema,
    performer: z.optional(listOf(referenceSchema)),
    organization: z.optional(listOf(referenceSchema)),
    policy: z.optional(listOf(z.strictObject({ authority: z.optional(uriSchema), uri: uriSchema }))),
    policyRule: z.optional(conceptSchema),
    provision,
  })
  .check(z.refine(({ policy, policyRule }) => policy !== undefined || policyRule !== undefined));

const agent = z.strictObject({
  type: conceptSchema,
  role: z.optional(listOf(conceptSchema)),
  who: referenceSchema,
  altId: z.optional(textSchema),
  name: z.optional(textSchema),
  requestor: z.boolean(),
  policy: z.optional(listOf(uriSchema)),
  purposeOfUse: z.optional(listOf(conceptSchema)),
});

const entity = z.strictObject({
  what: referenceSchema,
  type: codingSchema,
  role: z.optional(codingSchema),
  securityLabel: z.optional(listOf(codingSchema)),
  name: z.optional(textSchema),
  detail: z.optional(listOf(z.strictObject({ type: textSchema, valueString: textSchema }))),
});

/** http://hl7.org/fhir/R4/auditevent.html */
export const auditEventSchema = z.strictObject({
  resourceType: z.literal('AuditEvent'),
  ...resourceMembers,
  type: codingSchema,
  subtype: z.optional(listOf(codingSchema)),
  action: z.optional(z.enum(['C', 'R', 'U', 'D', 'E'])),
  period: z.optional(periodSchema),
  recorded: instantSchema,
  outcome: z.enum(['0', '4', '8', '12']),
  outcomeDesc: z.optional(textSchema),
  purposeOfEvent: z.optional(listOf(conceptSchema)),
  agent: listOf(agent),
  source: z.strictObject({
    site: z.optional(textSchema),
    observer: referenceSchema,
    type: z.optional(listOf(codingSchema)),
  }),
  entity: z.optional(listOf(entity)),
});

/** http://hl7.org/fhir/R4/provenance.html */
export const provenanceSchema = z.strictObject({
  resourceType: z.literal('Provenance'),
  ...resourceMembers,
  target: listOf(referenceSchema),
  occurredDateTime: z.optional(dateTimeSchema),
  recorded: instantSchema,
  policy: z.optional(listOf(uriSchema)),
  activity: z.optional(conceptSchema),
  reason: z.optional(listOf(conceptSchema)),
  agent: listOf(
    z.strictObject({
      type: z.optional(conceptSchema),
      who: referenceSchema,
      onBehalfOf: z.optional(referenceSchema),
    }),
  ),
  entity: z.optional(
    listOf(
      z.strictObject({
        role: z.enum(['derivation', 'revision', 'quotation', 'source', 'removal']),
        what: referenceSchema,
      }),
    ),
  ),
  signature: z.optional(
    listOf(
      z.strictObject({
        type: listOf(codingSchema),
        when: instantSchema,
        who: referenceSchema,
        targetFormat: z.optional(codeSchema),
        sigFormat: z.optional(codeSchema),
        data: z.optional(base64Schema),
      }),
    ),
  ),
});
