import { concatBytes, linkOf, toHex } from '#crypto';
import { parseResource } from './bundle.ts';
import { bundleSchema } from './fhir/documents.ts';
import { attach, toBase64 } from './fhir/attach.ts';
import { encodeResource } from './fhir/author.ts';
import { composeSummary } from './fhir/ips.ts';
import type { SummaryInit } from './fhir/ips.ts';
import { compactJson } from './json-compact.ts';
import { RecordsError } from './records-error.ts';
import { textOf } from './resource.ts';

/** A resource as it was kept. */
export interface ExportEntry {
  readonly bytes: Uint8Array;
  /** `urn:uuid:...` or an absolute URL; made from the resource's id when it is a UUID, from its bytes when it is none. */
  readonly fullUrl?: string;
}

/** A record as it was kept: FHIR, or a document of another kind. */
export interface KeptRecord {
  /** Hex. */
  readonly id: string;
  readonly patient: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly timeMs: number;
}

/** FHIR as it was kept; a document of another kind as DocumentReference and Binary, so that FHIR tools open it. */
export function exportEntriesOf({ id, patient, mediaType, bytes, timeMs }: KeptRecord): ExportEntry[] {
  if (mediaType === FHIR_JSON) return [{ bytes }];
  const date = new Date(timeMs).toISOString();
  const { reference, binary } = attach({
    id: id.slice(0, 32),
    subject: `Patient/${patient}`,
    contentType: mediaType,
    title: `Document of ${date.slice(0, 10)}`,
    bytes,
    date,
  });
  return [reference, binary].map((one) => ({ bytes: encodeResource(one) }));
}

/** A file that goes into a bundle as Binary, in pieces. */
export interface ExportFile {
  /** By which a resource of the bundle names it. */
  readonly fullUrl: string;
  readonly contentType: string;
  pieces(): AsyncIterable<Uint8Array>;
}

const FHIR_JSON = 'application/fhir+json';
/** Of files within one JSON text: with the third that base64 adds this is what common tools still read in one go. */
export const INLINE_BYTES_MAX = 64 * 1024 * 1024;
/** A multiple of three bytes, so that the base64 of pieces is that of the whole. */
const BASE64_BYTES = 3 * 64 * 1024;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function urlOf({ bytes, fullUrl }: ExportEntry): string | undefined {
  if (fullUrl !== undefined) return fullUrl;
  const id = textOf(parseResource(bytes)['id']);
  return id !== undefined && UUID.test(id) ? `urn:uuid:${id}` : undefined;
}

/** A UUID of version 8 (RFC 9562) out of the content and its place: the same export has the same bytes. */
function placeUrl(entry: ExportEntry | ExportFile, place: number): string {
  const content = 'pieces' in entry ? utf8(entry.fullUrl) : entry.bytes;
  const digits = toHex(linkOf('raw', concatBytes(utf8(`${place} `), content)).multihash.digest);
  const [a, b, c, d] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(13, 16), digits.slice(17, 20)];
  return `urn:uuid:${a}-${b}-8${c}-8${d}-${digits.slice(20, 32)}`;
}

/**
 * A Bundle in pieces that are written one after the other, so that a whole record never lies in memory twice.
 *
 * Every resource stands in it byte for byte as it was kept, white space and number forms included: `parseBundle`
 * gives the same bytes back. Every entry has a full URL, as a collection demands; one that occurs twice gets
 * another the second time (bdl-7).
 * @throws RecordsError `not-json`, `not-a-bundle` for an entry that is no resource.
 */
export async function* bundleOf(
  entries: AsyncIterable<ExportEntry | ExportFile> | Iterable<ExportEntry | ExportFile>,
  init: { timeMs: number; id?: string },
): AsyncGenerator<Uint8Array> {
  const head = {
    resourceType: 'Bundle',
    ...(init.id === undefined ? {} : { id: init.id }),
    type: 'collection',
    timestamp: new Date(init.timeMs).toISOString(),
  };
  const seen = new Set<string>();
  let count = 0;
  yield utf8(JSON.stringify(head).slice(0, -1));
  for await (const entry of entries) {
    const url = 'pieces' in entry ? entry.fullUrl : urlOf(entry);
    const fullUrl = url === undefined || seen.has(url) ? placeUrl(entry, count) : url;
    seen.add(fullUrl);
    yield utf8(`${count === 0 ? ',"entry":[' : ','}\n{"fullUrl":${JSON.stringify(fullUrl)},"resource":`);
    if ('pieces' in entry) yield* binaryOf(entry);
    else yield entry.bytes;
    yield utf8('}');
    count += 1;
  }
  // An empty list is no FHIR; the member is left out then.
  yield utf8(count === 0 ? '}\n' : '\n]}\n');
}

/** http://hl7.org/fhir/R4/binary.html, with a few hundred kilobytes of it in memory. */
async function* binaryOf({ contentType, pieces }: ExportFile): AsyncGenerator<Uint8Array> {
  yield utf8(`{"resourceType":"Binary","contentType":${JSON.stringify(contentType)},"data":"`);
  const waiting = new Uint8Array(BASE64_BYTES);
  let length = 0;
  for await (const piece of pieces()) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + BASE64_BYTES - length);
      waiting.set(taken, length);
      length += taken.length;
      at += taken.length;
      if (length < BASE64_BYTES) continue;
      yield utf8(toBase64(waiting));
      length = 0;
    }
  }
  yield utf8(`${toBase64(waiting.subarray(0, length))}"}`);
}

/** One resource a line (FHIR Bulk Data): white space between tokens goes, everything else stays as it was kept. */
export async function* ndjsonOf(
  entries: AsyncIterable<ExportEntry> | Iterable<ExportEntry>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of entries) {
    parseResource(bytes);
    yield compactJson(bytes);
    yield utf8('\n');
  }
}

/** An International Patient Summary as one FHIR document. @throws RecordsError `profile-violated` */
export function encodeSummary(init: SummaryInit): Uint8Array {
  const { composition, entries } = composeSummary(init);
  // The Composition passes its schema before it is wrapped.
  encodeResource(composition);
  const document = {
    resourceType: 'Bundle' as const,
    meta: { profile: ['http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips'] },
    identifier: { system: 'urn:ietf:rfc:3986', value: init.documentId },
    type: 'document' as const,
    timestamp: new Date(init.timeMs).toISOString(),
    entry: [
      { fullUrl: init.compositionId, resource: composition },
      { fullUrl: init.patient.fullUrl, resource: init.patient.resource },
      ...entries.filter(({ fullUrl }) => fullUrl !== init.patient.fullUrl),
    ].map(({ fullUrl, resource }) => ({ fullUrl, resource })),
  };
  const checked = bundleSchema.safeParse(document);
  if (!checked.success) throw new RecordsError('profile-violated', { faults: checked.error.issues.length });
  return new TextEncoder().encode(JSON.stringify(document));
}
