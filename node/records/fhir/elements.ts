import { z } from 'zod';

/**
 * Data types of FHIR R4 as we write them: strict objects, so that a misspelt member is refused where it is made.
 * Import never comes through here. Sections named are of http://hl7.org/fhir/R4/datatypes.html.
 */
export const TEXT_LENGTH_MAX = 4_000;
const LIST_MAX = 1_000;

export const idSchema = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);
export const uriSchema = z
  .string()
  .max(2_048)
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/);
/** 2.24.0.1 code: no white space at the ends, single spaces inside. */
export const codeSchema = z
  .string()
  .max(128)
  .regex(/^[^\s]+(?: [^\s]+)*$/);
export const textSchema = z.string().min(1).max(TEXT_LENGTH_MAX);
export const instantSchema = z.iso.datetime({ offset: true });
export const dateSchema = z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
export const dateTimeSchema = z.union([dateSchema, instantSchema]);
export const base64Schema = z.base64();
export const decimalSchema = z.number();

export const listOf = <T extends z.ZodType>(schema: T) => z.array(schema).min(1).max(LIST_MAX);

export const codingSchema = z.strictObject({
  system: uriSchema.optional(),
  version: textSchema.optional(),
  code: codeSchema.optional(),
  display: textSchema.optional(),
  userSelected: z.boolean().optional(),
});

/** A concept says something: a coding or a text. */
export const conceptSchema = z
  .strictObject({ coding: listOf(codingSchema).optional(), text: textSchema.optional() })
  .refine((concept) => concept.coding !== undefined || concept.text !== undefined);

export const periodSchema = z
  .strictObject({ start: dateTimeSchema.optional(), end: dateTimeSchema.optional() })
  .refine(
    ({ start, end }) => start === undefined || end === undefined || Date.parse(start) <= Date.parse(end),
  );

export const identifierSchema = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']).optional(),
  type: conceptSchema.optional(),
  system: uriSchema.optional(),
  value: textSchema,
  period: periodSchema.optional(),
});

export const referenceSchema = z
  .strictObject({
    reference: z
      .string()
      .max(2_048)
      .regex(/^(#[A-Za-z0-9.-]{1,64}|urn:[a-z0-9:.-]+|[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}|https?:\/\/\S+)$/)
      .optional(),
    type: codeSchema.optional(),
    identifier: identifierSchema.optional(),
    display: textSchema.optional(),
  })
  .refine((one) => one.reference !== undefined || one.identifier !== undefined || one.display !== undefined);

export const quantitySchema = z.strictObject({
  value: decimalSchema,
  comparator: z.enum(['<', '<=', '>=', '>']).optional(),
  unit: textSchema.optional(),
  system: uriSchema.optional(),
  code: codeSchema.optional(),
});

export const rangeSchema = z.strictObject({
  low: quantitySchema.optional(),
  high: quantitySchema.optional(),
});

/** Samples between spaces: numbers, E (error), U (above the limit), L (below it). */
export const SAMPLES_LENGTH_MAX = 8 * 1024 * 1024;
export const sampledDataSchema = z.strictObject({
  origin: quantitySchema,
  /** Milliseconds between samples. */
  period: z.number().positive(),
  factor: z.number().positive().optional(),
  lowerLimit: decimalSchema.optional(),
  upperLimit: decimalSchema.optional(),
  dimensions: z.number().int().min(1).max(64),
  data: z
    .string()
    .min(1)
    .max(SAMPLES_LENGTH_MAX)
    .refine((data) => !/[^0-9EUL .+-]/.test(data)),
});

export const humanNameSchema = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']).optional(),
  text: textSchema.optional(),
  family: textSchema.optional(),
  given: listOf(textSchema).optional(),
  prefix: listOf(textSchema).optional(),
  suffix: listOf(textSchema).optional(),
});

export const contactPointSchema = z.strictObject({
  system: z.enum(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other']),
  value: textSchema,
  use: z.enum(['home', 'work', 'temp', 'old', 'mobile']).optional(),
});

export const addressSchema = z.strictObject({
  use: z.enum(['home', 'work', 'temp', 'old', 'billing']).optional(),
  text: textSchema.optional(),
  line: listOf(textSchema).optional(),
  city: textSchema.optional(),
  state: textSchema.optional(),
  postalCode: textSchema.optional(),
  country: textSchema.optional(),
});

export const attachmentSchema = z.strictObject({
  contentType: codeSchema,
  language: codeSchema.optional(),
  data: base64Schema.optional(),
  url: z.string().max(2_048).optional(),
  size: z.number().int().min(0).max(2_147_483_647).optional(),
  /** SHA-1, as FHIR R4 wants it; never used to prove anything here. */
  hash: base64Schema.optional(),
  title: textSchema.optional(),
  creation: dateTimeSchema.optional(),
});

export const annotationSchema = z.strictObject({
  authorReference: referenceSchema.optional(),
  time: dateTimeSchema.optional(),
  text: textSchema,
});

/** What we write as narrative is made of escaped text alone; see `narrativeOf`. */
export const narrativeSchema = z.strictObject({
  status: z.enum(['generated', 'extensions', 'additional', 'empty']),
  div: z
    .string()
    .max(1_000_000)
    .regex(/^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml">[\s\S]+<\/div>$/),
});

export const metaSchema = z.strictObject({
  profile: listOf(uriSchema).optional(),
  security: listOf(codingSchema).optional(),
  tag: listOf(codingSchema).optional(),
  lastUpdated: instantSchema.optional(),
});

/** Members that every resource may have. */
export const resourceMembers = {
  id: idSchema.optional(),
  meta: metaSchema.optional(),
  language: codeSchema.optional(),
  text: narrativeSchema.optional(),
};
