import { codingsOf, isObject, objectsOf, resourceTypeOf, textOf } from './resource.ts';
import { LOINC, VITAL_SIGN_CODES } from './vital-sign-codes.ts';

/** The words a patient shares by (SCHEME 3). Few on purpose: a category is a decision, not a classification. */
export const CATEGORIES = [
  'demographics',
  'vital-signs',
  'laboratory',
  'imaging',
  'medication',
  'immunization',
  'allergy',
  'condition',
  'procedure',
  'encounter',
  'care-plan',
  'survey',
  'social-history',
  'document',
  'device',
  'administrative',
  'emergency',
  'other',
] as const;
export type Category = (typeof CATEGORIES)[number];

const BY_TYPE: Readonly<Record<string, Category>> = {
  Patient: 'demographics',
  Person: 'demographics',
  RelatedPerson: 'demographics',
  ImagingStudy: 'imaging',
  Medication: 'medication',
  MedicationRequest: 'medication',
  MedicationStatement: 'medication',
  MedicationAdministration: 'medication',
  MedicationDispense: 'medication',
  Immunization: 'immunization',
  ImmunizationRecommendation: 'immunization',
  AllergyIntolerance: 'allergy',
  AdverseEvent: 'allergy',
  Condition: 'condition',
  ClinicalImpression: 'condition',
  FamilyMemberHistory: 'condition',
  Procedure: 'procedure',
  ServiceRequest: 'procedure',
  Encounter: 'encounter',
  EpisodeOfCare: 'encounter',
  Appointment: 'encounter',
  CarePlan: 'care-plan',
  CareTeam: 'care-plan',
  Goal: 'care-plan',
  QuestionnaireResponse: 'survey',
  Specimen: 'laboratory',
  DocumentReference: 'document',
  Composition: 'document',
  Binary: 'document',
  Media: 'document',
  Device: 'device',
  DeviceMetric: 'device',
  DeviceUseStatement: 'device',
  Organization: 'administrative',
  Practitioner: 'administrative',
  PractitionerRole: 'administrative',
  Location: 'administrative',
  Coverage: 'administrative',
  Claim: 'administrative',
  ClaimResponse: 'administrative',
  ExplanationOfBenefit: 'administrative',
};

/** Codes of observation-category and of diagnostic service sections (HL7 table 0074). */
const BY_CODE: Readonly<Record<string, Category>> = {
  'vital-signs': 'vital-signs',
  laboratory: 'laboratory',
  imaging: 'imaging',
  survey: 'survey',
  'social-history': 'social-history',
  procedure: 'procedure',
  LAB: 'laboratory',
  HM: 'laboratory',
  MB: 'laboratory',
  CH: 'laboratory',
  RAD: 'imaging',
  CT: 'imaging',
  NMR: 'imaging',
  CUS: 'imaging',
};

function categoryByCode(resource: unknown): Category | undefined {
  if (!isObject(resource)) return undefined;
  const codes = objectsOf(resource['category'])
    .flatMap((concept) => objectsOf(concept['coding']))
    .flatMap((coding) => textOf(coding['code']) ?? []);
  for (const code of codes) {
    const category = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
    if (category !== undefined) return category;
  }
  return undefined;
}

/**
 * The sharing category of a FHIR resource.
 *
 * Observations and reports are sorted by their own category codes, then an Observation by its LOINC code when
 * that is a vital sign; everything else by its type. What is not known is `other`, never a guess.
 */
export function categoryOf(resource: unknown): Category {
  const type = resourceTypeOf(resource);
  if (type === 'Observation') {
    const byCode = categoryByCode(resource);
    if (byCode) return byCode;
    const codings = isObject(resource) ? codingsOf(resource['code']) : [];
    return codings.some((c) => c.system === LOINC && VITAL_SIGN_CODES.has(c.code)) ? 'vital-signs' : 'other';
  }
  if (type === 'DiagnosticReport') return categoryByCode(resource) ?? 'document';
  return (Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined) ?? 'other';
}
