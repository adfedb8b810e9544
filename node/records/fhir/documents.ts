import { z } from 'zod';
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
  masterIdentifier: identifierSchema.optional(),
  identifier: listOf(identifierSchema).optional(),
  status: z.enum(['current', 'superseded']),
  docStatus: z.enum(['preliminary', 'final', 'amended']).optional(),
  type: conceptSchema.optional(),
  category: listOf(conceptSchema).optional(),
  subject: referenceSchema.optional(),
  date: instantSchema.optional(),
  author: listOf(referenceSchema).optional(),
  custodian: referenceSchema.optional(),
  description: textSchema.optional(),
  content: listOf(z.strictObject({ attachment: attachmentSchema, format: codingSchema.optional() })),
  context: z.strictObject({ period: periodSchema.optional() }).optional(),
});

/** http://hl7.org/fhir/R4/binary.html */
export const binarySchema = z.strictObject({
  resourceType: z.literal('Binary'),
  id: resourceMembers.id,
  meta: resourceMembers.meta,
  contentType: codeSchema,
  securityContext: referenceSchema.optional(),
  data: base64Schema,
});

const section = z
  .strictObject({
    title: textSchema,
    code: conceptSchema,
    text: narrativeSchema,
    entry: listOf(referenceSchema).optional(),
    emptyReason: conceptSchema.optional(),
  })
  .refine(({ entry, emptyReason }) => (entry === undefined) !== (emptyReason === undefined));

/** http://hl7.org/fhir/R4/composition.html, as the IPS uses it. */
export const compositionSchema = z.strictObject({
  resourceType: z.literal('Composition'),
  ...resourceMembers,
  identifier: identifierSchema.optional(),
  status: z.enum(['preliminary', 'final', 'amended']),
  type: conceptSchema,
  subject: referenceSchema,
  date: dateTimeSchema,
  author: listOf(referenceSchema),
  title: textSchema,
  confidentiality: z.enum(['U', 'L', 'M', 'N', 'R', 'V']).optional(),
  custodian: referenceSchema.optional(),
  section: listOf(section),
});

const imported = z.looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/) });

/** http://hl7.org/fhir/R4/bundle.html; entries may be of others, so only their type is looked at. */
export const bundleSchema = z
  .strictObject({
    resourceType: z.literal('Bundle'),
    ...resourceMembers,
    identifier: identifierSchema.optional(),
    type: z.enum(['document', 'collection']),
    timestamp: instantSchema.optional(),
    entry: z
      .array(z.strictObject({ fullUrl: uriSchema.optional(), resource: imported }))
      .max(100_000)
      .optional(),
  })
  // bdl-9, bdl-10, bdl-11: a document has identifier and date, and begins with its Composition.
  .refine(
    (b) =>
      b.type !== 'document' ||
      (b.identifier?.system !== undefined &&
        b.timestamp !== undefined &&
        b.entry?.[0]?.resource.resourceType === 'Composition'),
  )
  // bdl-7: no full URL twice.
  .refine(({ entry = [] }) => {
    const urls = entry.flatMap(({ fullUrl }) => fullUrl ?? []);
    return new Set(urls).size === urls.length;
  });
