import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  categoryOf,
  clinicalMonthOf,
  encodeResource,
  HEART_RATE,
  HEIGHT,
  keywordsOf,
  LOINC,
  measure,
  measureBloodPressure,
  OBSERVATION_CATEGORY,
  parseBundle,
  recordBloodGroup,
  UCUM,
  WEIGHT,
} from '#node/records';
import type { Authored } from '#node/records';
import type { UploadRecord } from '#node/client';
import { numberOf } from './clinic-people.ts';
import type { ClinicPerson } from './clinic-people.ts';
import { LABORATORY, PROFILES } from './clinic-profiles.ts';
import type { ChartProfile, LaboratoryTest } from './clinic-profiles.ts';
import { drawFrom } from './draw.ts';
import type { Draw } from './draw.ts';

const DAY_MS = 24 * 3_600_000;
const SNOMED = 'http://snomed.info/sct';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const FIXTURES = new URL('../../../tests/fixtures/fhir/', import.meta.url);
const SYNTHEA: Readonly<Record<string, string>> = {
  'luna-mccullough': 'Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json',
  'johnnie-hermiston': 'Johnnie679_Hermiston71_2cd30bd6-3a87-4191-af90-6daa70f58f55.json',
};
/** Billing says nothing that a page shows, and is a fifth of a Synthea bundle. */
const LEFT_OUT = new Set(['Claim', 'ExplanationOfBenefit']);
/** Visits of this year, in days before its last reading. */
const VISITS = [301, 214, 122, 48, 6];

/** The record that a resource becomes: category, month and keywords as everywhere. */
export function recordOfResource(resource: unknown, bytes: Uint8Array): UploadRecord {
  const category = categoryOf(resource);
  const month = clinicalMonthOf(resource);
  return { resource: bytes, category, month, keywords: keywordsOf(resource, { category, month }) };
}

/** A patient's chart up to today: of Synthea where there is one, else drawn around the person's profile. */
export function chartOf(person: ClinicPerson, init: { seed: string; endMs: number }): UploadRecord[] {
  const file = SYNTHEA[person.account];
  if (file !== undefined) return syntheaChart(file);
  const profile = PROFILES[person.account];
  return [patientOf(person), ...(profile === undefined ? [] : [...authored(person, profile, init)])].map(
    (resource) => recordOfResource(resource, encodeResource(resource)),
  );
}

/** Bytes as they are, but for the name: Synthea marks the names of people who do not exist with digits. */
function syntheaChart(file: string): UploadRecord[] {
  const { entries } = parseBundle(new Uint8Array(readFileSync(fileURLToPath(new URL(file, FIXTURES)))));
  return entries
    .filter(({ resource }) => !LEFT_OUT.has(resource.resourceType))
    .map(({ bytes, resource }) => {
      if (resource.resourceType !== 'Patient') return recordOfResource(resource, bytes);
      const text = new TextDecoder()
        .decode(bytes)
        .replaceAll(/(?<="[A-Z][a-z]+(?:[A-Z][a-z]+)?)\d{1,3}(?=")/g, '');
      return recordOfResource(resource, new TextEncoder().encode(text));
    });
}

const subjectOf = ({ account }: ClinicPerson): string => `Patient/${account}`;

function patientOf(person: ClinicPerson): Authored<'Patient'> {
  const { account, given, family, birthDate, gender } = person;
  return {
    resourceType: 'Patient',
    id: account,
    identifier: [{ system: 'urn:phr-mesh:clinic', value: numberOf(person) }],
    name: [{ use: 'official', family, given: [given] }],
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
    address: [{ city: `${person.home[0]?.toUpperCase()}${person.home.slice(1)}`, country: 'XX' }],
  };
}

function* authored(
  person: ClinicPerson,
  profile: ChartProfile,
  init: { seed: string; endMs: number },
): Generator<
  | Authored<'Condition'>
  | Authored<'MedicationStatement'>
  | Authored<'AllergyIntolerance'>
  | Authored<'Observation'>
> {
  const subject = { reference: subjectOf(person) };
  for (const [code, display, year] of profile.conditions) {
    yield {
      resourceType: 'Condition',
      id: `condition-${code}`,
      clinicalStatus: status('condition-clinical', 'active'),
      verificationStatus: status('condition-ver-status', 'confirmed'),
      code: { coding: [{ system: SNOMED, code, display }], text: display },
      subject,
      onsetDateTime: `${year}-02-01`,
    };
  }
  for (const [code, display, text, year] of profile.medications) {
    yield {
      resourceType: 'MedicationStatement',
      id: `medication-${code}`,
      status: 'active',
      medicationCodeableConcept: { coding: [{ system: RXNORM, code, display }], text: display },
      subject,
      effectivePeriod: { start: `${year}-03-01` },
      dosage: [{ text }],
    };
  }
  for (const [code, display, criticality, manifestation] of profile.allergies) {
    yield {
      resourceType: 'AllergyIntolerance',
      id: `allergy-${code}`,
      clinicalStatus: status('allergyintolerance-clinical', 'active'),
      verificationStatus: status('allergyintolerance-verification', 'confirmed'),
      criticality,
      code: { coding: [{ system: SNOMED, code, display }], text: display },
      patient: subject,
      reaction: [{ manifestation: [{ text: manifestation }] }],
    };
  }
  yield* visitsOf(person, profile, init);
}

const status = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});

function* visitsOf(
  person: ClinicPerson,
  profile: ChartProfile,
  { seed, endMs }: { seed: string; endMs: number },
): Generator<Authored<'Observation'>> {
  const draw = drawFrom(`${seed}/chart/${person.account}`);
  const subject = subjectOf(person);
  for (const [visit, daysAgo] of VISITS.entries()) {
    // Between eight in the morning and four in the afternoon.
    const effective = new Date(endMs - daysAgo * DAY_MS + draw.between(480, 960) * 60_000).toISOString();
    const context = (name: string) => ({ subject, effective, id: `visit-${visit}-${name}` });
    if (visit === 0) {
      yield recordBloodGroup(profile.bloodGroup, context('blood-group'));
      yield measure(HEIGHT, { value: profile.heightCm }, context('height'));
    }
    const systolic = profile.systolic + draw.between(-9, 9);
    yield measureBloodPressure(
      { value: systolic },
      { value: Math.round(systolic * 0.6) + draw.between(-5, 5) },
      context('blood-pressure'),
    );
    yield measure(HEART_RATE, { value: draw.between(62, 88) }, context('heart-rate'));
    yield measure(WEIGHT, { value: profile.weightKg + draw.between(-2, 2, 1) }, context('weight'));
    for (const [test, value] of Object.entries(profile.laboratory)) {
      yield laboratoryOf(test as LaboratoryTest, value, draw, context(test));
    }
  }
}

function laboratoryOf(
  test: LaboratoryTest,
  around: number,
  draw: Draw,
  context: { subject: string; effective: string; id: string },
): Authored<'Observation'> {
  const [code, display, unit, digits, low, high] = LABORATORY[test];
  const quantity = (value: number) => ({ value, unit, system: UCUM, code: unit });
  return {
    resourceType: 'Observation',
    id: context.id,
    status: 'final',
    category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'laboratory', display: 'Laboratory' }] }],
    code: { coding: [{ system: LOINC, code, display }] },
    subject: { reference: context.subject },
    effectiveDateTime: context.effective,
    valueQuantity: quantity(draw.between(around * 0.93, around * 1.07, digits)),
    referenceRange: [{ low: quantity(low), high: quantity(high) }],
  };
}
