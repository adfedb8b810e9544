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
export { attach, documentReference } from './fhir/attach.ts';
export type { AttachInit } from './fhir/attach.ts';
export { auditEventOf } from './fhir/audit-export.ts';
export type { AuditFacts } from './fhir/audit-export.ts';
export { encodeResource, RESOURCE_SCHEMAS } from './fhir/author.ts';
export type { Authored, AuthoredType } from './fhir/author.ts';
export { CONSENT_CATEGORY, consentOf, consentRecord } from './fhir/consent-export.ts';
export type { GrantFacts } from './fhir/consent-export.ts';
export type { SummaryEntry, SummaryInit } from './fhir/ips.ts';
export {
  measure,
  measureBloodPressure,
  measureSamples,
  recordBloodGroup,
  recordEcg,
} from './fhir/measure.ts';
export type { BloodGroup, EcgLead, MeasureContext, Samples } from './fhir/measure.ts';
export { bundleOf, encodeSummary, exportEntriesOf, INLINE_BYTES_MAX, ndjsonOf } from './export-bundle.ts';
export type { ExportEntry, ExportFile } from './export-bundle.ts';
export { importAppleHealth } from './import/apple-health.ts';
export { importCsv } from './import/csv-vitals.ts';
export { importBundle, importNdjson } from './import/fhir-import.ts';
export { REJECT_CODES } from './import/import-item.ts';
export type {
  ByteSource,
  Checkpoint,
  ImportFormat,
  ImportItem,
  ImportOptions,
  RejectCode,
} from './import/import-item.ts';
export { keywordsOf, KEYWORDS_MAX } from './keywords.ts';
export type { KeywordContext } from './keywords.ts';
export { isInRange, rangeKeywordsOf } from './numeric-buckets.ts';
export { isInRangesOf, rangeFaultOf } from './range-query.ts';
export type { RangeFault } from './range-query.ts';
export { encodeObservation, vitalSignsSchema } from './observation.ts';
export type { VitalSignsObservation } from './observation.ts';
export { isProtocol, purposeOf, PURPOSES, STUDY_TITLE_LENGTH_MAX, studyPurpose } from './purpose.ts';
export type { Purpose, PurposeCode, Study } from './purpose.ts';
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
export { decodeSamples, encodeSamples } from './sampled-data.ts';
export { READING_TAG, RECORD_SYSTEM, seriesOf } from './series.ts';
export type { Series, SeriesReading, SeriesRecord } from './series.ts';
export { exportForResearch } from './research-export.ts';
export type { ResearchReport } from './research-export.ts';
export { safeHarborFindings } from './safe-harbor.ts';
export type { Finding } from './safe-harbor.ts';
export { convertUnit, measuredSignOf, ucumOf } from './units.ts';
export * from './vital-sign-codes.ts';
export { simulateWearable } from './wearable.ts';
export type { WearableInit } from './wearable.ts';
export { searchKeywordsOf, searchTermsOf, wordsOf } from './words.ts';
