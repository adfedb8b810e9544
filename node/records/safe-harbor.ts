import { at, isObject, objectsOf, resourceTypeOf, textOf } from './resource.ts';
import type { JsonObject, Resource } from './resource.ts';

/**
 * Members that may leave for research, by type: a list of what may pass, never of what may not, so that a member
 * nobody thought of stays behind. Names, addresses, contacts, identifiers, notes, narratives, photos, attachments,
 * devices and extensions are in no list (45 CFR 164.514(b)(2)(i), A to R).
 */
const PASSING: Readonly<Record<string, readonly string[]>> = {
  Patient: ['gender', 'birthDate'],
  Observation: [
    'status',
    'category',
    'code',
    'subject',
    'effectiveDateTime',
    'effectivePeriod',
    'valueQuantity',
    'valueCodeableConcept',
    'valueBoolean',
    'valueInteger',
    'valueRange',
    'valueSampledData',
    'interpretation',
    'referenceRange',
    'component',
    'dataAbsentReason',
  ],
  Condition: [
    'clinicalStatus',
    'verificationStatus',
    'category',
    'severity',
    'code',
    'subject',
    'onsetDateTime',
  ],
  AllergyIntolerance: [
    'clinicalStatus',
    'verificationStatus',
    'type',
    'category',
    'criticality',
    'code',
    'patient',
  ],
  MedicationStatement: [
    'status',
    'medicationCodeableConcept',
    'subject',
    'effectiveDateTime',
    'effectivePeriod',
  ],
  MedicationRequest: ['status', 'intent', 'medicationCodeableConcept', 'subject', 'authoredOn'],
  Immunization: ['status', 'vaccineCode', 'patient', 'occurrenceDateTime'],
  Procedure: ['status', 'category', 'code', 'subject', 'performedDateTime', 'performedPeriod'],
};

/** Inside of what passes: only these, so that texts and extensions do not travel along. */
const INNER: ReadonlySet<string> = new Set([
  'coding',
  'system',
  'code',
  'value',
  'unit',
  'comparator',
  'low',
  'high',
  'start',
  'end',
  'category',
  'valueQuantity',
  'valueCodeableConcept',
  'valueBoolean',
  'valueInteger',
  'valueRange',
  'valueSampledData',
  // Samples in their order and distance; the day they begin on is cut to the year like every date.
  'origin',
  'period',
  'factor',
  'lowerLimit',
  'upperLimit',
  'dimensions',
  'data',
  'interpretation',
  'dataAbsentReason',
  'age',
]);

const DATES = new Set([
  'birthDate',
  'effectiveDateTime',
  'onsetDateTime',
  'performedDateTime',
  'occurrenceDateTime',
  'authoredOn',
  'start',
  'end',
]);
const REFERENCES = new Set(['subject', 'patient']);
/** SampledData.data: decimals of at most five digits before the point, and E, U, L for what is none. */
const SAMPLES = /^(?:(?:-?\d{1,5}(?:\.\d{1,6})?|[EUL])(?: |$))+$/;
/** Code systems that are published: a local code may be a name or a number of somebody. */
const PUBLISHED =
  /^(https?:\/\/(loinc\.org|snomed\.info\/sct|unitsofmeasure\.org|hl7\.org\/fhir\/|terminology\.hl7\.org\/|www\.nlm\.nih\.gov\/research\/umls\/rxnorm|www\.whocc\.no\/atc|dicom\.nema\.org\/))/;
/** Dates are cut to the year, and years that tell of an age over 89 are cut off (164.514(b)(2)(i)(C)). */
const AGE_YEARS_MAX = 89;
const DEPTH_MAX = 12;

export interface Deidentification {
  /** The same pseudonym for the same reference; drawn, never derived from the person (164.514(c)). */
  pseudonymOf(reference: string): string;
  /** Year in which the export is made. */
  readonly year: number;
}

function yearOf(date: string, member: string, year: number): string | undefined {
  const match = /^(\d{4})/.exec(date);
  if (!match) return undefined;
  const found = Number(match[1]);
  return member === 'birthDate' && year - found > AGE_YEARS_MAX
    ? String(year - AGE_YEARS_MAX - 1)
    : String(found);
}

function passed(value: unknown, member: string, depth: number, how: Deidentification): unknown {
  if (depth > DEPTH_MAX) return undefined;
  if (Array.isArray(value)) {
    const list = value.flatMap((one: unknown) => passed(one, member, depth + 1, how) ?? []);
    return list.length === 0 ? undefined : list;
  }
  if (DATES.has(member)) return typeof value === 'string' ? yearOf(value, member, how.year) : undefined;
  if (REFERENCES.has(member)) {
    const reference = textOf(at(value, 'reference'));
    return reference === undefined ? undefined : { reference: `Patient/${how.pseudonymOf(reference)}` };
  }
  // Numbers alone: a text that hides among samples stays behind.
  if (member === 'data') return typeof value === 'string' && SAMPLES.test(value) ? value : undefined;
  if (!isObject(value)) return value;
  if (member === 'coding' && !PUBLISHED.test(textOf(value['system']) ?? '')) return undefined;
  const object: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const kept = INNER.has(name) ? passed(child, name, depth + 1, how) : undefined;
    if (kept !== undefined) object[name] = kept;
  }
  return Object.keys(object).length === 0 ? undefined : object;
}

/** The resource with nothing in it that Safe Harbor names; undefined when its type has no list. */
export function deidentify(resource: Resource, how: Deidentification): Resource | undefined {
  const type = resourceTypeOf(resource);
  const members = Object.hasOwn(PASSING, type) ? PASSING[type] : undefined;
  if (!members) return undefined;
  const kept: Record<string, unknown> = {};
  const id = textOf(resource['id']);
  if (type === 'Patient' && id !== undefined) kept['id'] = how.pseudonymOf(`Patient/${id}`);
  for (const member of members) {
    const value = Object.hasOwn(resource, member) ? passed(resource[member], member, 0, how) : undefined;
    if (value !== undefined) kept[member] = value;
  }
  return { resourceType: type, ...kept };
}

export interface Finding {
  /** Member names from the root, e.g. `component.code.text`. */
  readonly path: string;
  readonly what: 'identifying member' | 'date below the year' | 'contact or number';
}

const IDENTIFYING = new Set([
  'name',
  'telecom',
  'address',
  'identifier',
  'photo',
  'contact',
  'text',
  'div',
  'note',
  'contained',
  'extension',
  'modifierExtension',
  'serialNumber',
  'udiCarrier',
  'url',
  'attachment',
  'data',
  'performer',
  'recorder',
  'asserter',
  'encounter',
  'display',
  'valueString',
  'lotNumber',
  'location',
]);
const FULL_DATE = /\b\d{4}-\d{2}|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/;
/** An e-mail address, a telephone or social security number, an IP address. */
const CONTACT = /\S+@\S+\.\S+|\b\d{3}-\d{2}-\d{4}\b|(?:\+|\b00)\d[\d ()/-]{6,}\d|\b\d{1,3}(?:\.\d{1,3}){3}\b/;

/** `data` is an attachment everywhere but here, and only when there is nothing but numbers in it. */
const isSamples = (name: string, child: unknown, path: readonly string[]): boolean =>
  name === 'data' && path.at(-1) === 'valueSampledData' && typeof child === 'string' && SAMPLES.test(child);

/**
 * The second look at what is to leave, written apart from the first: everything in it that Safe Harbor names. An
 * export refuses a resource with a finding. It sees fields and patterns, not meaning.
 */
export function safeHarborFindings(value: unknown, path: readonly string[] = []): Finding[] {
  if (path.length > DEPTH_MAX * 2) return [{ path: path.join('.'), what: 'identifying member' }];
  if (Array.isArray(value)) return value.flatMap((one: unknown) => safeHarborFindings(one, path));
  const here = path.join('.');
  if (typeof value === 'string') {
    // Codes have hyphens and dots of their own, and stand under a published system.
    if (path.at(-1) === 'system' || path.at(-1) === 'code') return [];
    if (FULL_DATE.test(value)) return [{ path: here, what: 'date below the year' }];
    return CONTACT.test(value) ? [{ path: here, what: 'contact or number' }] : [];
  }
  return objectsOf(value).flatMap((object: JsonObject) =>
    Object.entries(object).flatMap(([name, child]): Finding[] =>
      isSamples(name, child, path)
        ? []
        : IDENTIFYING.has(name)
          ? [{ path: [...path, name].join('.'), what: 'identifying member' }]
          : safeHarborFindings(child, [...path, name]),
    ),
  );
}
