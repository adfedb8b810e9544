export { flagsOf } from './abnormal.ts';
export type { Flag } from './abnormal.ts';
export {
  BUNDLE_BYTES_MAX,
  BUNDLE_ENTRIES_MAX,
  parseBundle,
  parseResource,
  RESOURCE_BYTES_MAX,
} from './bundle.ts';
export type { BundleEntry } from './bundle.ts';
export { CATEGORIES, categoryOf } from './category.ts';
export type { Category } from './category.ts';
export { clinicalMonthOf, monthsBetween, PERIOD_ALL } from './clinical-month.ts';
export { keywordsOf, KEYWORDS_MAX } from './keywords.ts';
export type { KeywordContext } from './keywords.ts';
export { encodeObservation, vitalSignsSchema } from './observation.ts';
export type { VitalSignsObservation } from './observation.ts';
export { RECORDS_ERROR_CODES, RecordsError } from './records-error.ts';
export type { RecordsErrorCode } from './records-error.ts';
export type { Resource } from './resource.ts';
export {
  BLOOD_PRESSURE_PANEL,
  DIASTOLIC,
  LOINC,
  OBSERVATION_CATEGORY,
  PULSE_OXIMETRY,
  SYSTOLIC,
  UCUM,
  vitalSignOf,
} from './vital-sign-codes.ts';
export type { VitalSign } from './vital-sign-codes.ts';
export { simulateWearable } from './wearable.ts';
export type { WearableInit } from './wearable.ts';
export { searchKeywordsOf, wordsOf } from './words.ts';
