import * as z from 'zod/mini';

/**
 * Data types of FHIR R4 as we write them: strict objects, so that a misspelt member is refused where it is made.
 * Import never comes through here. Sections named are of http://hl7.org/fhir/R4/datatypes.html.
 */
export const TEXT_LENGTH_MAX = 4_000;
const LIST_MAX = 1_000;

export const idSchema = z.string().check(z.regex(/^[A-Za-z0-9.-]{1,64}$/));
export const uriSchema = z.string().check(z.maxLength(2_048), z.regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/));
/** 2.24.0.1 code: no white space at the ends, single spaces inside. */
export const codeSchema = z.string().check(z.maxLength(128), z.regex(/^[^\s]+(?: [^\s]+)*$/));
export const textSchema = z.string().check(z.minLength(1), z.maxLength(TEXT_LENGTH_MAX));
export const instantSchema = z.iso.datetime({ offset: true });
export const dateSchema = z.string().check(z.regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/));
export const dateTimeSchema = z.union([dateSchema, instantSchema]);
export const base64Schema = z.base64();
export const decimalSchema = z.number();

export const listOf = <T extends z.ZodMiniType>(schema: T) =>
  z.array(schema).check(z.minLength(1), z.maxLength(LIST_MAX));

export const codingSchema = z.strictObject({
  system: z.optional(uriSchema),
  version: z.optional(textSchema),
  code: z.optional(codeSchema),
  display: z.optional(textSchema),
  userSelected: z.optional(z.boolean()),
});

/** A concept says something: a coding or a text. */
export const conceptSchema = z
  .strictObject({ coding: z.optional(listOf(codingSchema)), text: z.optional(textSchema) })
  .check(z.refine((concept) => concept.coding !== undefined || concept.text !== undefined));

export const periodSchema = z
  .strictObject({ start: z.optional(dateTimeSchema), end: z.optional(dateTimeSchema) })
  .check(
    z.refine(
      ({ start, end }) => start === undefined || end === undefined || Date.parse(start) <= Date.parse(end),
    ),
  );

export const identifierSchema = z.strictObject({
  use: z.optional(z.enum(['usual', 'official', 'temp', 'secondary', 'old'])),
  type: z.optional(conceptSchema),
  system: z.optional(uriSchema),
  value: textSchema,
  period: z.optional(periodSchema),
});

export const referenceSchema = z
  .strictObject({
    reference: z.optional(
      z
        .string()
        .check(
          z.maxLength(2_048),
          z.regex(
            /^(#[A-Za-z0-9.-]{1,64}|urn:[a-z0-9:.-]+|[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}|https?:\/\/\S+)$/,
          ),
        ),
    ),
    type: z.optional(codeSchema),
    identifier: z.optional(identifierSchema),
    display: z.optional(textSchema),
  })
  .check(
    z.refine(
      (one) => one.reference !== undefined || one.identifier !== undefined || one.display !== undefined,
    ),
  );

export const quantitySchema = z.strictObject({
  value: decimalSchema,
  comparator: z.optional(z.enum(['<', '<=', '>=', '>'])),
  unit: z.optional(textSchema),
  system: z.optional(uriSchema),
  code: z.optional(codeSchema),
});

export const rangeSchema = z.strictObject({
  low: z.optional(quantitySchema),
  high: z.optional(quantitySchema),
});

/** Samples between spaces: numbers, E (error), U (above the limit), L (below it). */
export const SAMPLES_LENGTH_MAX = 8 * 1024 * 1024;
export const sampledDataSchema = z.strictObject({
  origin: quantitySchema,
  /** Milliseconds between samples. */
  period: z.number().check(z.positive()),
  factor: z.optional(z.number().check(z.positive())),
  lowerLimit: z.optional(decimalSchema),
  upperLimit: z.optional(decimalSchema),
  dimensions: z.int().check(z.minimum(1), z.maximum(64)),
  data: z
    .string()
    .check(z.minLength(1), z.maxLength(SAMPLES_LENGTH_MAX))
    .check(z.refine((data) => !/[^0-9EUL .+-]/.test(data))),
});

export const humanNameSchema = z.strictObject({
  use: z.optional(z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden'])),
  text: z.optional(textSchema),
  family: z.optional(textSchema),
  given: z.optional(listOf(textSchema)),
  prefix: z.optional(listOf(textSchema)),
  suffix: z.optional(listOf(textSchema)),
});

export const contactPointSchema = z.strictObject({
  system: z.enum(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other']),
  value: textSchema,
  use: z.optional(z.enum(['home', 'work', 'temp', 'old', 'mobile'])),
});

export const addressSchema = z.strictObject({
  use: z.optional(z.enum(['home', 'work', 'temp', 'old', 'billing'])),
  text: z.optional(textSchema),
  line: z.optional(listOf(textSchema)),
  city: z.optional(textSchema),
  state: z.optional(textSchema),
  postalCode: z.optional(textSchema),
  country: z.optional(textSchema),
});

export const attachmentSchema = z.strictObject({
  contentType: codeSchema,
  language: z.optional(codeSchema),
  data: z.optional(base64Schema),
  url: z.optional(z.string().check(z.maxLength(2_048))),
  size: z.optional(z.int().check(z.minimum(0), z.maximum(2_147_483_647))),
  /** SHA-1, as FHIR R4 wants it; never used to prove anything here. */
  hash: z.optional(base64Schema),
  title: z.optional(textSchema),
  creation: z.optional(dateTimeSchema),
});

export const annotationSchema = z.strictObject({
  authorReference: z.optional(referenceSchema),
  time: z.optional(dateTimeSchema),
  text: textSchema,
});

/** What we write as narrative is made of escaped text alone; see `narrativeOf`. */
export const narrativeSchema = z.strictObject({
  status: z.enum(['generated', 'extensions', 'additional', 'empty']),
  div: z
    .string()
    .check(
      z.maxLength(1_000_000),
      z.regex(/^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml">[\s\S]+<\/div>$/),
    ),
});

export const metaSchema = z.strictObject({
  profile: z.optional(listOf(uriSchema)),
  security: z.optional(listOf(codingSchema)),
  tag: z.optional(listOf(codingSchema)),
  lastUpdated: z.optional(instantSchema),
});

/** Members that every resource may have. */
export const resourceMembers = {
  id: z.optional(idSchema),
  meta: z.optional(metaSchema),
  language: z.optional(codeSchema),
  text: z.optional(narrativeSchema),
};
