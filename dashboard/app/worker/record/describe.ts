import { at, isObject, numberOf, objectsOf, textOf } from './json.ts';
import type { Json } from './json.ts';

/** What a list says of a FHIR resource, in the resource's own words. Never its narrative. */
export interface Description {
  type: string;
  /** Empty when the resource does not say what it is. */
  title: string;
  /** The finding in short: value with unit, status, dose. Empty when there is none. */
  value: string;
  /** When it happened; null when it does not say. */
  timeMs: number | null;
}

const TIMES: readonly (readonly string[])[] = [
  ['effectiveDateTime'],
  ['effectivePeriod', 'start'],
  ['effectiveInstant'],
  ['performedDateTime'],
  ['performedPeriod', 'start'],
  ['occurrenceDateTime'],
  ['onsetDateTime'],
  ['authoredOn'],
  ['period', 'start'],
  ['started'],
  ['context', 'period', 'start'],
  ['date'],
  ['dateTime'],
  ['recordedDate'],
  ['issued'],
  ['created'],
];
const NAMES = ['code', 'vaccineCode', 'medicationCodeableConcept', 'type', 'category'] as const;

export function describe(resource: Json): Description {
  const type = textOf(resource['resourceType']) ?? '';
  return { type, title: titleOf(resource, type), value: valueOf(resource), timeMs: clinicalTimeOf(resource) };
}

/** When it happened, Unix milliseconds; a date without a time is its midnight in UTC. */
export function clinicalTimeOf(resource: Json): number | null {
  for (const path of TIMES) {
    const timeMs = Date.parse(textOf(at(resource, ...path)) ?? '');
    if (!Number.isNaN(timeMs)) return timeMs;
  }
  return null;
}

function titleOf(resource: Json, type: string): string {
  if (type === 'Patient') return nameOf(resource);
  if (type === 'DocumentReference') {
    const attached = textOf(at(resource, 'content', 'attachment', 'title'));
    return textOf(resource['description']) ?? attached ?? conceptText(resource['type']);
  }
  for (const member of NAMES) {
    const text = conceptText(objectsOf(resource[member])[0]);
    if (text !== '') return text;
  }
  return textOf(at(resource, 'class', 'display')) ?? textOf(resource['title']) ?? '';
}

function nameOf(resource: Json): string {
  const name = objectsOf(resource['name'])[0];
  const given = Array.isArray(name?.['given'])
    ? name['given'].filter((part) => typeof part === 'string')
    : [];
  return [textOf(name?.['family'])?.toLocaleUpperCase('en'), given.join(' ')].filter(Boolean).join(', ');
}

/** Text of a CodeableConcept: as it was written, else the display of its first code, else the code. */
export function conceptText(concept: unknown): string {
  if (!isObject(concept)) return '';
  const coding = objectsOf(concept['coding']);
  const display = coding.map((each) => textOf(each['display'])).find((text) => text !== undefined);
  return textOf(concept['text']) ?? display ?? textOf(coding[0]?.['code']) ?? '';
}

function valueOf(resource: Json): string {
  const own = measuredOf(resource);
  if (own !== '') return own;
  const parts = objectsOf(resource['component']).map((part) => measuredOf(part));
  if (parts.length === 2 && parts.every((part) => / mm\[?Hg\]?$/i.test(part))) {
    const [high = '', low = ''] = parts.map((part) => part.replace(/ .*$/, ''));
    return `${high}/${low} mmHg`;
  }
  if (parts.some((part) => part !== '')) return parts.filter((part) => part !== '').join('; ');
  const dose = textOf(at(resource, 'dosageInstruction', 'text')) ?? textOf(at(resource, 'dosage', 'text'));
  const reaction = conceptText(objectsOf(at(resource, 'reaction', 'manifestation'))[0]);
  const status = conceptText(objectsOf(resource['clinicalStatus'])[0]);
  return (
    dose ??
    ([reaction, status].filter((text) => text !== '').join(', ') || (textOf(resource['conclusion']) ?? ''))
  );
}

function measuredOf(part: Json): string {
  const quantity = part['valueQuantity'];
  if (isObject(quantity)) {
    const value = numberOf(quantity['value']);
    const unit = textOf(quantity['unit']) ?? textOf(quantity['code']) ?? '';
    return value === undefined ? '' : `${value} ${unit}`.trim();
  }
  const concept = conceptText(part['valueCodeableConcept']);
  if (concept !== '') return concept;
  return (
    textOf(part['valueString']) ??
    (typeof part['valueInteger'] === 'number' ? String(part['valueInteger']) : '')
  );
}

/** How many samples the rows of measured values have; 0 when the resource has no such row. */
export function samplesIn(resource: Json): number {
  return Math.max(...[resource, ...objectsOf(resource['component'])].map(samplesOf));
}

function samplesOf(part: Json): number {
  const data = textOf(at(part, 'valueSampledData', 'data'));
  return data === undefined ? 0 : data.split(' ').filter((each) => each !== 'E' && each !== '').length;
}

/** LOINC code of an Observation; empty for anything else. */
export function loincOf(resource: Json): string {
  if (resource['resourceType'] !== 'Observation') return '';
  const codings = objectsOf(at(resource, 'code')).flatMap((concept) => objectsOf(concept['coding']));
  const found = codings.find((each) => each['system'] === 'http://loinc.org');
  return textOf(found?.['code']) ?? '';
}
