import { toHex } from '#crypto';
import { resourceTypeOf, textOf } from './resource.ts';
import type { Resource } from './resource.ts';
import { deidentify, safeHarborFindings } from './safe-harbor.ts';
import type { Finding } from './safe-harbor.ts';

const PSEUDONYM_BYTES = 12;

export interface ResearchReport {
  readonly written: number;
  /** Left out since their type is in no list of what may pass. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Refused since the second look found something. */
  readonly refused: readonly { readonly position: number; readonly findings: readonly Finding[] }[];
  /** Persons with a Patient resource in the export. */
  readonly persons: number;
  /** Size of the smallest group with the same sex and year of birth; 0 without persons. */
  readonly k: number;
  /** What k means, in words that claim no more than it does. */
  readonly statement: string;
}

const REFUSALS_MAX = 1_000;

/** The sentence that goes with every k. */
export function statementOf(k: number, persons: number): string {
  const limits =
    'Diagnoses, values, rare codes and outside knowledge are not counted, so a person may be recognised all the same. ' +
    'This is a check of fields, not an expert determination (45 CFR 164.514(b)(1)).';
  if (persons === 0) return `No Patient resources, so no k was computed. ${limits}`;
  if (k === 1)
    return `At least one of ${persons} persons is alone with her or his sex and year of birth in this export (k = 1). ${limits}`;
  return `Each of ${persons} persons shares sex and year of birth with at least ${k - 1} others in this export (k = ${k}). ${limits}`;
}

function smallestGroup(people: readonly Resource[]): number {
  const groups = new Map<string, number>();
  for (const person of people) {
    const group = `${textOf(person['gender']) ?? '?'}/${textOf(person['birthDate']) ?? '?'}`;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return people.length === 0 ? 0 : Math.min(...groups.values());
}

/**
 * Resources for a study as NDJSON: members that Safe Harbor does not name, dates as years, pseudonyms drawn anew for
 * every export so that two exports cannot be joined. Nothing is written that the second look objects to.
 *
 * @param write takes one line, newline included
 */
export async function exportForResearch(
  resources: AsyncIterable<Resource> | Iterable<Resource>,
  init: {
    random: (length: number) => Uint8Array;
    timeMs: number;
    write: (line: Uint8Array) => void | Promise<void>;
  },
): Promise<ResearchReport> {
  const pseudonyms = new Map<string, string>();
  const pseudonymOf = (reference: string): string => {
    // `urn:uuid:x`, `Patient/x` and a base URL before it are one person.
    const name = reference.split(/[/:]/).at(-1) ?? reference;
    const known = pseudonyms.get(name) ?? toHex(init.random(PSEUDONYM_BYTES));
    pseudonyms.set(name, known);
    return known;
  };
  const how = { pseudonymOf, year: new Date(init.timeMs).getUTCFullYear() };
  const leftOut: Record<string, number> = Object.create(null) as Record<string, number>;
  const refused: { position: number; findings: Finding[] }[] = [];
  const people = new Map<string, Resource>();
  let written = 0;
  let position = 0;
  for await (const resource of resources) {
    position += 1;
    const kept = deidentify(resource, how);
    if (!kept) {
      const type = resourceTypeOf(resource);
      leftOut[type] = (leftOut[type] ?? 0) + 1;
      continue;
    }
    const findings = safeHarborFindings(kept);
    if (findings.length > 0) {
      if (refused.length < REFUSALS_MAX) refused.push({ position, findings });
      continue;
    }
    if (kept.resourceType === 'Patient') people.set(textOf(kept['id']) ?? String(position), kept);
    await init.write(new TextEncoder().encode(`${JSON.stringify(kept)}\n`));
    written += 1;
  }
  const k = smallestGroup([...people.values()]);
  return {
    written,
    leftOut: { ...leftOut },
    refused,
    persons: people.size,
    k,
    statement: statementOf(k, people.size),
  };
}
