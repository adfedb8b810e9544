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
  /** An Observation that we author does not fit its profile. */
  'profile-violated',
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
