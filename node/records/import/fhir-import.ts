import { BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, parseResource, RESOURCE_BYTES_MAX } from '../bundle.ts';
import { elementsOf, memberOf, spanOfValue } from '../json-span.ts';
import { RecordsError } from '../records-error.ts';
import { isObject } from '../resource.ts';
import { linesOf } from './byte-lines.ts';
import type { ByteSource, Found, ImportItem, ImportOptions, RejectCode } from './import-item.ts';
import { sortOut } from './sort-out.ts';
import type { Reading } from './sort-out.ts';

const REASONS: Readonly<Record<string, RejectCode>> = {
  'not-json': 'not-json',
  'not-a-bundle': 'not-a-resource',
  'too-large': 'too-large',
  ambiguous: 'ambiguous',
};

function resourceAt(line: number, bytes: Uint8Array): Found {
  try {
    return { kind: 'record', line, bytes, resource: parseResource(bytes) };
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    return { kind: 'reject', line, code: REASONS[error.code] ?? 'not-json' };
  }
}

async function* foundInLines(source: ByteSource, reading: Reading): AsyncGenerator<Found> {
  for await (const { line, bytes } of linesOf(source, reading, RESOURCE_BYTES_MAX)) {
    if (bytes === null) yield { kind: 'reject', line, code: 'too-large' };
    else if (bytes.some((byte) => byte !== 0x20 && byte !== 0x09)) yield resourceAt(line, bytes);
  }
}

/** FHIR Bulk Data: a resource a line, of any type, each kept byte for byte. */
export function importNdjson(source: ByteSource, options: ImportOptions = {}): AsyncGenerator<ImportItem> {
  const reading: Reading = { bytesRead: 0 };
  return sortOut('ndjson', foundInLines(source, reading), reading, options);
}

async function collect(source: ByteSource, reading: Reading): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) {
    reading.bytesRead += part.length;
    if (reading.bytesRead > BUNDLE_BYTES_MAX)
      throw new RecordsError('too-large', { bytesMax: BUNDLE_BYTES_MAX });
    parts.push(part.slice());
  }
  const all = new Uint8Array(reading.bytesRead);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The bundle's list of entries. @throws RecordsError `not-json`, `not-a-bundle`, `ambiguous`, `too-large`. */
function entriesOf(bytes: Uint8Array) {
  let bundle: unknown;
  try {
    bundle = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // The engine's message quotes the text, which is a patient's data.
    throw new RecordsError('not-json');
  }
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') throw new RecordsError('not-a-bundle');
  const list = memberOf(bytes, spanOfValue(bytes, 0), 'entry');
  if (!list) return [];
  if (!Array.isArray(bundle['entry'])) throw new RecordsError('not-a-bundle');
  if (bundle['entry'].length > BUNDLE_ENTRIES_MAX)
    throw new RecordsError('too-large', { entriesMax: BUNDLE_ENTRIES_MAX });
  return [...elementsOf(bytes, list)];
}

async function* foundInBundle(source: ByteSource, reading: Reading): AsyncGenerator<Found> {
  const whole = await collect(source, reading);
  const marked = whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf;
  const bytes = marked ? whole.subarray(3) : whole;
  let line = 1;
  let counted = 0;
  const lineAt = (position: number): number => {
    for (; counted < position; counted += 1) if (bytes[counted] === 0x0a) line += 1;
    return line;
  };
  for (const element of entriesOf(bytes)) {
    const at = lineAt(element.start);
    if (bytes[element.start] !== 0x7b) {
      yield { kind: 'reject', line: at, code: 'not-a-resource' };
      continue;
    }
    let span;
    try {
      span = memberOf(bytes, element, 'resource');
    } catch {
      yield { kind: 'reject', line: at, code: 'ambiguous' };
      continue;
    }
    if (span) yield resourceAt(lineAt(span.start), bytes.slice(span.start, span.end));
  }
}

/**
 * The resources of a FHIR Bundle of any kind, each kept byte for byte. A bad entry is reported and left out; a file
 * that is no Bundle at all is an error. Bundles lie in memory whole, at most `BUNDLE_BYTES_MAX`.
 * @throws RecordsError `not-json`, `not-a-bundle`, `ambiguous`, `too-large`.
 */
export function importBundle(source: ByteSource, options: ImportOptions = {}): AsyncGenerator<ImportItem> {
  const reading: Reading = { bytesRead: 0 };
  return sortOut('bundle', foundInBundle(source, reading), reading, options);
}
