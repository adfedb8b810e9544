/** Every way in which clinical data from outside, or authored here, can be wrong. */
export const RECORDS_ERROR_CODES = [
  /** Not UTF-8, not JSON, or nested deeper than `JSON_DEPTH_MAX`. */
  'not-json',
  /** Larger than the bound that the message's facts name. */
  'too-large',
  /** JSON, but not a FHIR Bundle with resources. */
  'not-a-bundle',
  /** A member name occurs twice where one meaning is needed: two readers could see two contents. */
  'ambiguous',
  /** A resource that we author does not fit its profile. */
  'profile-violated',
  /** A unit that the table cannot convert to the one of the sign. */
  'unit-unknown',
  /** A value that no working sensor reports of a living person, or no value at all. */
  'implausible',
  /** A file to import is not of the format that it was said to be, or breaks off. */
  'format-unknown',
  /** A checkpoint belongs to another file, or the file was changed before it. */
  'checkpoint-mismatch',
] as const;
export type RecordsErrorCode = (typeof RECORDS_ERROR_CODES)[number];

/** Facts are positions, counts and bounds: never content, for content is a patient's data. */
export class RecordsError extends Error {
  override readonly name = 'RecordsError';
  readonly code: RecordsErrorCode;
  readonly facts: Readonly<Record<string, string | number>>;
  constructor(code: RecordsErrorCode, facts: Record<string, string | number> = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.facts = facts;
  }
}
