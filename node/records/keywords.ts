import { normaliseKeyword } from '#crypto';
import { flagsOf } from './abnormal.ts';
import { bucketsOf } from './numeric-buckets.ts';
import { isObject, objectsOf, resourceTypeOf, textOf } from './resource.ts';
import { wordsOf } from './words.ts';
import type { JsonObject } from './resource.ts';

/** Keywords of one record: one search tag each, and an anchor takes 64 tags a record (consensus/ledger). */
export const KEYWORDS_MAX = 64;
const DEPTH_MAX = 16;
const WORDS_BESIDE_SAMPLES = 8;

/** Code systems whose codes are clinical facts; codes of billing, status and form are not searched for. */
const CLINICAL: Readonly<Record<string, string>> = {
  'http://loinc.org': 'loinc',
  'http://snomed.info/sct': 'snomed',
  'http://www.nlm.nih.gov/research/umls/rxnorm': 'rxnorm',
  'http://hl7.org/fhir/sid/cvx': 'cvx',
  'http://hl7.org/fhir/sid/icd-10': 'icd-10',
  'http://hl7.org/fhir/sid/icd-10-cm': 'icd-10-cm',
  'http://hl7.org/fhir/sid/icd-10-gm': 'icd-10-gm',
  'http://fhir.de/CodeSystem/bfarm/icd-10-gm': 'icd-10-gm',
  'http://fhir.de/CodeSystem/bfarm/atc': 'atc',
  'http://www.whocc.no/atc': 'atc',
  'http://dicom.nema.org/resources/ontology/DCM': 'dcm',
};

/** Members that hold CodeableConcepts which may come with text alone. */
const CONCEPTS = new Set([
  'code',
  'vaccineCode',
  'medicationCodeableConcept',
  'valueCodeableConcept',
  'reasonCode',
  'type',
  'bodySite',
  'conclusionCode',
  'substance',
  'manifestation',
]);

/** Members that are about the file and its people, not about the finding. */
const SKIPPED = new Set([
  'contained',
  'extension',
  'modifierExtension',
  'identifier',
  'meta',
  'text',
  'subject',
  'patient',
  'performer',
  'participant',
  'insurance',
  'adjudication',
]);

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

export interface KeywordContext {
  /** Room for keywords when a record has more lanes than one, see `UploadRecord.labels`; default KEYWORDS_MAX. */
  readonly keywordsMax?: number;
  readonly category: string;
  /** `YYYY-MM` or `all`. */
  readonly month: string;
  /** Id of the writer as hex. */
  readonly author?: string;
}

interface Found {
  readonly codes: Set<string>;
  readonly texts: Set<string>;
}

/** Display text in other languages (FHIR's translation extension on `_display`). */
function translationsOf(primitive: unknown): string[] {
  return objectsOf(primitive)
    .flatMap((element) => objectsOf(element['extension']))
    .filter((extension) => extension['url'] === TRANSLATION)
    .flatMap((extension) => objectsOf(extension['extension']))
    .filter((part) => part['url'] === 'content')
    .flatMap((part) => textOf(part['valueString']) ?? []);
}

function collectCoding(coding: JsonObject, found: Found): void {
  const system = textOf(coding['system']);
  const code = textOf(coding['code']);
  const prefix = system !== undefined && Object.hasOwn(CLINICAL, system) ? CLINICAL[system] : undefined;
  if (prefix === undefined || code === undefined) return;
  found.codes.add(`${prefix}:${code}`);
  const display = textOf(coding['display']);
  if (display !== undefined) found.texts.add(display);
  for (const translated of translationsOf(coding['_display'])) found.texts.add(translated);
}

function collect(value: unknown, member: string, depth: number, found: Found): void {
  if (depth > DEPTH_MAX) return;
  for (const object of objectsOf(value)) {
    const codings = objectsOf(object['coding']);
    for (const coding of codings) collectCoding(coding, found);
    if (codings.length === 0) collectCoding(object, found);
    const isClinical = codings.some((c) => Object.hasOwn(CLINICAL, textOf(c['system']) ?? ''));
    if (CONCEPTS.has(member) && (isClinical || codings.length === 0)) {
      const text = textOf(object['text']);
      if (text !== undefined) found.texts.add(text);
      for (const translated of translationsOf(object['_text'])) found.texts.add(translated);
    }
    for (const [name, child] of Object.entries(object)) {
      if (name !== 'coding' && !SKIPPED.has(name)) collect(child, name, depth + 1, found);
    }
  }
}

const normalised = (keyword: string): string[] => {
  try {
    return [normaliseKeyword(keyword)];
  } catch {
    // Longer than a keyword may be: it cannot be typed into a search either.
    return [];
  }
};

/**
 * The keywords under which a FHIR resource is found (SCHEME 6): `*` for listing the compartment, `category:`,
 * `month:`, `type:`, `author:`, `flag:abnormal|high|low`, clinical codes (`loinc:8867-4`), the buckets
 * of measured values (numeric-buckets.ts), and the words of their
 * displays and texts in every language given. Normalised, each once, at most `KEYWORDS_MAX`, the words cut first.
 */
export function keywordsOf(resource: unknown, context: KeywordContext): string[] {
  const found: Found = { codes: new Set(), texts: new Set() };
  if (isObject(resource)) collect(resource, '', 0, found);
  const type = resourceTypeOf(resource);
  const texts = [...found.texts].flatMap(wordsOf);
  const named = [
    '*',
    `category:${context.category}`,
    `month:${context.month}`,
    ...(type === '' ? [] : [`type:${type}`]),
    ...(context.author === undefined ? [] : [`author:${context.author}`]),
    ...(type === 'Observation' ? flagsOf(resource).map((flag) => `flag:${flag}`) : []),
    ...found.codes,
  ];
  // Rows of samples take what is left beside names and a few words, and say it more coarsely when that is little.
  const max = Math.min(context.keywordsMax ?? KEYWORDS_MAX, KEYWORDS_MAX);
  const room = max - named.length - Math.min(texts.length, WORDS_BESIDE_SAMPLES);
  const buckets = type === 'Observation' ? bucketsOf(resource, room) : [];
  return [...new Set([...named, ...buckets, ...texts].flatMap(normalised))].slice(0, max);
}
