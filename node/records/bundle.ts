import { elementsOf, memberOf, spanOfValue } from './json-span.ts';
import { isObject } from './resource.ts';
import { RecordsError } from './records-error.ts';
import type { Resource } from './resource.ts';

export const BUNDLE_BYTES_MAX = 64 * 1024 * 1024;
export const BUNDLE_ENTRIES_MAX = 100_000;
export const RESOURCE_BYTES_MAX = 16 * 1024 * 1024;

export interface BundleEntry {
  /** The resource exactly as it stood in the bundle: a copy of those bytes, white space and number forms kept. */
  readonly bytes: Uint8Array;
  /** The same bytes, parsed. */
  readonly resource: Resource;
}

const decodeText = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RecordsError('not-json', {}, { cause });
  }
};

const parseText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the text, which is a patient's data: it must not travel as a cause.
    throw new RecordsError('not-json');
  }
};

/**
 * One FHIR resource from its own bytes.
 * @throws RecordsError `too-large`, `not-json`, or `not-a-bundle` when it has no `resourceType`.
 */
export function parseResource(bytes: Uint8Array): Resource {
  if (bytes.length > RESOURCE_BYTES_MAX)
    throw new RecordsError('too-large', { bytesMax: RESOURCE_BYTES_MAX });
  const resource = parseText(decodeText(bytes));
  if (!isObject(resource) || typeof resource['resourceType'] !== 'string')
    throw new RecordsError('not-a-bundle');
  return resource as Resource;
}

/**
 * The resources of a FHIR R4 Bundle, each with its original bytes (FHIR R4, Bundle.entry.resource).
 *
 * A signature or checksum made by the sender over a resource stays checkable, and nothing that our own
 * schemas do not know is lost. Entries without a resource (deletes, searches) are left out.
 * @throws RecordsError `too-large`, `not-json`, `not-a-bundle`, `ambiguous`.
 */
export function parseBundle(source: Uint8Array): { entries: BundleEntry[] } {
  if (source.length > BUNDLE_BYTES_MAX) throw new RecordsError('too-large', { bytesMax: BUNDLE_BYTES_MAX });
  const marked = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
  const bytes = marked ? source.subarray(3) : source;
  const bundle = parseText(decodeText(bytes));
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') throw new RecordsError('not-a-bundle');
  const root = spanOfValue(bytes, 0);
  const list = memberOf(bytes, root, 'entry');
  if (!list) return { entries: [] };
  if (!Array.isArray(bundle['entry'])) throw new RecordsError('not-a-bundle');
  if (bundle['entry'].length > BUNDLE_ENTRIES_MAX) {
    throw new RecordsError('too-large', { entriesMax: BUNDLE_ENTRIES_MAX });
  }
  const entries: BundleEntry[] = [];
  for (const element of elementsOf(bytes, list)) {
    if (bytes[element.start] !== 0x7b) throw new RecordsError('not-a-bundle', { at: element.start });
    const span = memberOf(bytes, element, 'resource');
    if (!span) continue;
    const slice = bytes.slice(span.start, span.end);
    entries.push({ bytes: slice, resource: parseResource(slice) });
  }
  return { entries };
}
