import {
  attach,
  auditEventOf,
  BODY_MASS_INDEX,
  consentOf,
  encodeSummary,
  GLUCOSE,
  HEART_RATE,
  HEIGHT,
  measure,
  measureBloodPressure,
  measureSamples,
  OXYGEN_SATURATION,
  recordBloodGroup,
  recordEcg,
  RESPIRATION,
  simulateWearable,
  STEPS,
  TEMPERATURE,
  WEIGHT,
} from '#node/records';
import type { encodeResource, Authored, GrantFacts, Resource, VitalSignsObservation } from '#node/records';

const subject = 'Patient/maria';
const context = { id: 'reading-1', subject, effective: '2026-11-22T08:30:00+01:00', performer: subject };
export const START_MS = Date.UTC(2026, 10, 22, 8);

export const GRANT: GrantFacts = {
  grant: 'ab'.repeat(32),
  patient: '11'.repeat(32),
  delegate: '22'.repeat(32),
  categories: ['vital-signs', 'laboratory'],
  months: ['2026-02', '2025-12', '2026-01'],
  purpose: 'TREAT',
  createdMs: START_MS,
  expiresAtMs: START_MS + 30 * 86_400_000,
  isRevoked: false,
};

export const LINE = {
  kind: 'access.request',
  height: 42,
  timeMs: START_MS,
  transaction: new Uint8Array(32).fill(7),
  actor: new Uint8Array(32).fill(2),
  subject: null,
  grant: new Uint8Array(32).fill(9),
  records: [new Uint8Array(32).fill(3)],
  action: null,
};
export const AUDIT_CONTEXT = { patient: '11'.repeat(32), chainId: '33'.repeat(32) };

const patient: Authored<'Patient'> = {
  resourceType: 'Patient',
  id: 'maria',
  identifier: [{ system: 'urn:phr-mesh:person', value: '11'.repeat(32) }],
  name: [{ family: 'Beispiel', given: ['Maria'] }],
  gender: 'female',
  birthDate: '1980-04-01',
};
const allergy: Authored<'AllergyIntolerance'> = {
  resourceType: 'AllergyIntolerance',
  id: 'allergy-1',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: {
    coding: [{ system: 'http://snomed.info/sct', code: '91936005', display: 'Allergy to <penicillin> & co' }],
  },
  patient: { reference: subject },
  reaction: [{ manifestation: [{ text: 'Rash' }], severity: 'mild' }],
};
const condition: Authored<'Condition'> = {
  resourceType: 'Condition',
  id: 'condition-1',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
  },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003', display: 'Hypertension' }] },
  subject: { reference: subject },
  onsetDateTime: '2020-03',
};
const medication: Authored<'MedicationStatement'> = {
  resourceType: 'MedicationStatement',
  id: 'medication-1',
  status: 'active',
  medicationCodeableConcept: { text: 'Ramipril 5 mg' },
  subject: { reference: subject },
  effectiveDateTime: '2026-01-02',
};

const vitals = [
  measure(HEART_RATE, { value: 71 }, context),
  measure(TEMPERATURE, { value: 98.6, unit: 'degF' }, context),
  measure(OXYGEN_SATURATION, { value: 97 }, context),
  measure(RESPIRATION, { value: 14 }, context),
  measure(WEIGHT, { value: 150, unit: 'lb' }, context),
  measure(HEIGHT, { value: 1.71, unit: 'm' }, context),
  measure(BODY_MASS_INDEX, { value: 23.3 }, context),
  measure(GLUCOSE, { value: 99, unit: 'mg/dL' }, context),
  measure(STEPS, { value: 8231 }, context),
  measureBloodPressure({ value: 121 }, { value: 79 }, context),
  recordBloodGroup('AB-', context),
  recordEcg({ hertz: 300, leads: [{ lead: 'I', microvolts: [1, -20, 30.4] }] }, context),
  measureSamples(
    HEART_RATE,
    { startMs: START_MS, periodMs: 5_000, values: [60, null, 61, 900, 62] },
    { subject },
  ),
];

const { reference, binary } = attach({
  id: 'letter',
  subject,
  contentType: 'application/pdf',
  title: 'Discharge letter',
  bytes: new TextEncoder().encode('%PDF-1.7 not really'),
  date: '2026-11-22T09:00:00Z',
});

const others: Parameters<typeof encodeResource>[0][] = [
  patient,
  allergy,
  condition,
  medication,
  {
    resourceType: 'Practitioner',
    id: 'alice',
    identifier: [{ system: 'urn:phr-mesh:person', value: '22'.repeat(32) }],
    name: [{ family: 'Arzt', given: ['Alice'] }],
  },
  { resourceType: 'Organization', id: 'north', name: 'North clinic' },
  {
    resourceType: 'Device',
    id: 'watch',
    status: 'active',
    deviceName: [{ name: 'Watch', type: 'user-friendly-name' }],
    patient: { reference: subject },
  },
  {
    resourceType: 'DiagnosticReport',
    id: 'report',
    status: 'final',
    code: { text: 'Blood group' },
    subject: { reference: subject },
    effectiveDateTime: '2026-11-22',
    result: [{ reference: 'Observation/reading-1' }],
  },
  {
    resourceType: 'Provenance',
    id: 'import-1',
    target: [{ reference: 'Observation/reading-1' }],
    recorded: '2026-11-22T09:00:00Z',
    agent: [{ who: { reference: subject } }],
  },
  reference,
  binary,
  consentOf(GRANT, START_MS),
  consentOf({ ...GRANT, purpose: 'HRESCH', isRevoked: true, months: ['all'] }, START_MS),
  auditEventOf(LINE, AUDIT_CONTEXT),
  auditEventOf({ ...LINE, kind: 'access.report', action: 'search' }, AUDIT_CONTEXT),
  auditEventOf({ ...LINE, kind: 'record.anchor', grant: null }, AUDIT_CONTEXT),
  auditEventOf(LINE, { ...AUDIT_CONTEXT, purpose: 'BTG' }),
];

export const SUMMARY_INIT = {
  documentId: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
  compositionId: 'urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
  patient: { fullUrl: 'urn:uuid:2c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', resource: patient as Resource },
  author: 'urn:uuid:2c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
  timeMs: START_MS,
  entries: [allergy, condition, ...vitals].map((resource, i) => ({
    fullUrl: `urn:uuid:3c3151bd-1cbf-4d64-b04d-${String(i).padStart(12, '0')}`,
    resource: resource as Resource,
  })),
};

export const summary = (): unknown => JSON.parse(new TextDecoder().decode(encodeSummary(SUMMARY_INIT)));

const wearable: VitalSignsObservation[] = [
  ...simulateWearable({
    seed: 3,
    subject,
    startMs: START_MS,
    endMs: START_MS + 8 * 60_000,
    intervalMs: 60_000,
  }),
];

/** One or more of everything that we write. */
export const AUTHORED = [...vitals, ...others];
export const AUTHORED_READINGS = wearable;
