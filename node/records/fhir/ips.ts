import { categoryOf } from '../category.ts';
import { at, codingsOf, isObject, objectsOf, resourceTypeOf, textOf } from '../resource.ts';
import type { Resource } from '../resource.ts';
import type { Authored } from './author.ts';

/** A resource with the full URL under which others refer to it. */
export interface SummaryEntry {
  readonly fullUrl: string;
  readonly resource: Resource;
}

interface SectionKind {
  readonly title: string;
  /** LOINC code of the section (International Patient Summary, 2.0). */
  readonly code: string;
  /** The IPS wants this section even when it is empty. */
  readonly isRequired: boolean;
  takes(resource: Resource): boolean;
}

const ofTypes =
  (...types: readonly string[]) =>
  (resource: Resource): boolean =>
    types.includes(resourceTypeOf(resource));
const ofCategory = (category: string) => (resource: Resource) =>
  resourceTypeOf(resource) === 'Observation' && categoryOf(resource) === category;

const SECTIONS: readonly SectionKind[] = [
  {
    title: 'Medication summary',
    code: '10160-0',
    isRequired: true,
    takes: ofTypes('MedicationStatement', 'MedicationRequest'),
  },
  {
    title: 'Allergies and intolerances',
    code: '48765-2',
    isRequired: true,
    takes: ofTypes('AllergyIntolerance'),
  },
  { title: 'Problem list', code: '11450-4', isRequired: true, takes: ofTypes('Condition') },
  { title: 'Immunizations', code: '11369-6', isRequired: false, takes: ofTypes('Immunization') },
  { title: 'History of procedures', code: '47519-4', isRequired: false, takes: ofTypes('Procedure') },
  {
    title: 'Diagnostic results',
    code: '30954-2',
    isRequired: false,
    takes: (r) => ofTypes('DiagnosticReport')(r) || ofCategory('laboratory')(r),
  },
  { title: 'Vital signs', code: '8716-3', isRequired: false, takes: ofCategory('vital-signs') },
];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// oxlint-disable-next-line no-control-regex -- control characters are no XML, escaped or not
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;
const escapeText = (text: string): string =>
  text.replace(CONTROL, '').replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '');

/** A list of lines as narrative: escaped text only, so that nothing from a record becomes markup. */
export function narrativeOf(lines: readonly string[]) {
  const items = lines.map((line) => `<li>${escapeText(line)}</li>`).join('');
  return {
    status: 'generated' as const,
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><ul>${items}</ul></div>`,
  };
}

const DATES = ['effectiveDateTime', 'onsetDateTime', 'performedDateTime', 'occurrenceDateTime', 'authoredOn'];

/** What a list shows of a resource: its name, value and date. */
function lineOf(resource: Resource): string {
  const concept = ['code', 'medicationCodeableConcept', 'vaccineCode']
    .map((name) => resource[name])
    .find(isObject);
  const name =
    textOf(at(concept, 'text')) ??
    textOf(at(concept, 'coding', 'display')) ??
    codingsOf(concept)[0]?.code ??
    resource.resourceType;
  const value = at(resource, 'valueQuantity', 'value');
  const unit = textOf(at(resource, 'valueQuantity', 'unit')) ?? '';
  const date = DATES.map((member) => textOf(resource[member])).find((found) => found !== undefined);
  const shown = typeof value === 'number' ? `: ${value} ${unit}`.trimEnd() : '';
  return `${name}${shown}${date === undefined ? '' : ` (${date.slice(0, 10)})`}`;
}

const LINES_MAX = 200;

function sectionOf(kind: SectionKind, entries: readonly SummaryEntry[]) {
  const code = { coding: [{ system: 'http://loinc.org', code: kind.code }] };
  if (entries.length === 0) {
    const emptyReason = {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason',
          code: 'unavailable',
          display: 'Unavailable',
        },
      ],
    };
    // Not "none known": that nothing is in these records does not say that there is nothing.
    return { title: kind.title, code, text: narrativeOf(['No information in these records']), emptyReason };
  }
  const lines = entries.slice(0, LINES_MAX).map(({ resource }) => lineOf(resource));
  if (entries.length > LINES_MAX) lines.push(`and ${entries.length - LINES_MAX} more in the coded entries`);
  return {
    title: kind.title,
    code,
    text: narrativeOf(lines),
    entry: entries.map(({ fullUrl }) => ({ reference: fullUrl })),
  };
}

/** Entries a section keeps, newest first; a summary is not the record. */
const SECTION_ENTRIES_MAX = 500;
const isStruck = (resource: Resource): boolean =>
  textOf(resource['status']) === 'entered-in-error' ||
  objectsOf(at(resource, 'verificationStatus', 'coding')).some(({ code }) => code === 'entered-in-error');

export interface SummaryInit {
  /** `urn:uuid:` of the document itself, and of its Composition. */
  readonly documentId: string;
  readonly compositionId: string;
  readonly patient: SummaryEntry;
  /** FHIR reference of who made the summary: the patient herself, or a device. */
  readonly author: string;
  readonly timeMs: number;
  readonly entries: readonly SummaryEntry[];
}

/**
 * The Composition of an International Patient Summary, and the entries that it names, in order. What was entered in
 * error is left out. Required sections that are empty say that nothing is recorded here.
 */
export function composeSummary(init: SummaryInit): {
  composition: Authored<'Composition'>;
  entries: SummaryEntry[];
} {
  const dateOf = ({ resource }: SummaryEntry): string =>
    DATES.map((member) => textOf(resource[member])).find((found) => found !== undefined) ?? '';
  const usable = init.entries
    .filter(({ resource }) => !isStruck(resource))
    .toSorted((a, b) => dateOf(b).localeCompare(dateOf(a), 'en'));
  const sorted = SECTIONS.map((kind) => ({
    kind,
    entries: usable.filter(({ resource }) => kind.takes(resource)).slice(0, SECTION_ENTRIES_MAX),
  })).filter(({ kind, entries }) => kind.isRequired || entries.length > 0);
  const date = new Date(init.timeMs).toISOString();
  const composition: Authored<'Composition'> = {
    resourceType: 'Composition',
    meta: { profile: ['http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips'] },
    status: 'final',
    type: {
      coding: [{ system: 'http://loinc.org', code: '60591-5', display: 'Patient summary Document' }],
    },
    subject: { reference: init.patient.fullUrl },
    date,
    author: [{ reference: init.author }],
    title: `Patient summary as of ${date.slice(0, 10)}`,
    confidentiality: 'N',
    section: sorted.map(({ kind, entries }) => sectionOf(kind, entries)),
  };
  return { composition, entries: sorted.flatMap(({ entries }) => entries) };
}
