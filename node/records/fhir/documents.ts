import * as z from 'zod/mini';
import {
  attachmentSchema,
  base64Schema,
  codeSchema,
  codingSchema,
  conceptSchema,
  dateTimeSchema,
  identifierSchema,
  instantSchema,
  listOf,
  narrativeSchema,
  periodSchema,
  referenceSchema,
  resourceMembers,
  textSchema,
  uriSchema,
} from './elements.ts';

/** http://hl7.org/fhir/R4/documentreference.html */
export const documentReferenceSchema = z.strictObject({
  resourceType: z.literal('DocumentReference'),
  ...resourceMembers,
  masterIdentifier: z.optional(identifierSchema),
  identifier: z.optional(listOf(identifierSchema)),
  status: z.enum(['current', 'superseded']),
  docStatus: z.optional(z.enum(['preliminary', 'final', 'amended'])),
  type: z.optional(conceptSchema),
  category: z.optional(listOf(conceptSchema)),
  subject: z.optional(referenceSchema),
  date: z.optional(instantSchema),
  author: z.optional(listOf(referenceSchema)),
  custodian: z.optional(referenceSchema),
  description: z.optional(textSchema),
  content: listOf(z.strictObject({ attachment: attachmentSchema, format: z.optional(codingSchema) })),
  context: z.optional(z.strictObject({ period: z.optional(periodSchema) })),
});

/** http://hl7.org/fhir/R4/binary.html */
export const binarySchema = z.strictObject({
  resourceType: z.literal('Binary'),
  id: resourceMembers.id,
  meta: resourceMembers.meta,
  contentType: codeSchema,
  securityContext: z.optional(referenceSchema),
  data: base64Schema,
});

const section = z
  .strictObject({
    title: textSchema,
    code: conceptSchema,
    text: narrativeSchema,
    entry: z.optional(listOf(referenceSchema)),
    emptyReason: z.optional(conceptSchema),
  })
  .check(z.refine(({ entry, emptyReason }) => (entry === undefined) !== (emptyReason === undefined)));

/** http://hl7.org/fhir/R4/composition.html, as the IPS uses it. */
export const compositionSchema = z.strictObject({
  resourceType: z.literal('Composition'),
  ...resourceMembers,
  identifier: z.optional(identifierSchema),
  status: z.enum(['preliminary', 'final', 'amended']),
  type: conceptSchema,
  subject: referenceSchema,
  date: dateTimeSchema,
  author: listOf(referenceSchema),
  title: textSchema,
  confidentiality: z.optional(z.enum(['U', 'L', 'M', 'N', 'R', 'V'])),
  custodian: z.optional(referenceSchema),
  section: listOf(section),
});

const imported = z.looseObject({ resourceType: z.string().check(z.regex(/^[A-Z][A-Za-z]{1,63}$/)) });

/** http://hl7.org/fhir/R4/bundle.html; entries may be of others, so only their type is looked at. */
export const bundleSchema = z
  .strictObject({
    resourceType: z.literal('Bundle'),
    ...resourceMembers,
    identifier: z.optional(identifierSchema),
    type: z.enum(['document', 'collection']),
    timestamp: z.optional(instantSchema),
    entry: z.optional(
      z
        .array(z.strictObject({ fullUrl: z.optional(uriSchema), resource: imported }))
        .check(z.maxLength(100_000)),
    ),
  })
  .check(
    z.refine(
      (b) =>
        b.type !== 'document' ||
        (b.identifier?.system !== undefined &&
          b.timestamp !== undefined &&
          b.entry?.[0]?.resource.resourceType === 'Composition'),
    ),
  )
  .check(
    z.refine(({ entry = [] }) => {
      const urls = entry.flatMap(({ fullUrl }) => fullUrl ?? []);
      return new Set(urls).size === urls.length;
    }),
  );
