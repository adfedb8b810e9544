import { toHex } from '#crypto';
import { openAttached } from '#node/client';
import type { AttachedFiles, OpenedRecord } from '#node/client';
import { bundleOf, exportEntriesOf, INLINE_BYTES_MAX } from '#node/records';
import type { ExportEntry, ExportFile } from '#node/records';
import { recentMonths, recordsOf } from '../record/chart.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf } from './self.ts';

const YEARS = 30;

export interface Downloaded {
  name: string;
  mediaType: string;
  file: Blob;
  records: number;
  /** Attached files whose contents are in it. */
  files: number;
  /** Attached files that are too large for one text, or not there any more: in it by name alone. */
  filesLeft: number;
  isComplete: boolean;
}

/**
 * Everything that is in the record, as one FHIR bundle: each resource byte for byte as it was kept, documents and attached
 * files as Binary.
 */
export async function downloadAll(context: WorkerContext): Promise<Downloaded> {
  const { client, patient, options } = selfOf(context);
  const all: OpenedRecord[] = [];
  let isWhole = true;
  for (let year = 0; year < YEARS; year += 1) {
    const months = yearBack(year);
    const { records, isComplete } = await recordsOf(client, { patient, months }, options);
    isWhole &&= isComplete;
    all.push(...records);
    context.progress({ what: 'years', done: year + 1, total: YEARS });
  }
  const attached = await openAttached(client.files, { patient, records: all }, options);
  const files = inlineOf(attached.found);
  const parts: BlobPart[] = [];
  const entries = [...all.flatMap(entriesOf), ...files];
  for await (const piece of bundleOf(entries, { timeMs: Date.now() })) parts.push(piece as BlobPart);
  const mediaType = 'application/fhir+json';
  const day = new Date().toISOString().slice(0, 10);
  return {
    name: `health-record-${day}.json`,
    mediaType,
    file: new Blob(parts, { type: mediaType }),
    records: all.length,
    files: files.length,
    filesLeft: attached.found.length - files.length + attached.missing,
    isComplete: isWhole,
  };
}

const entriesOf = ({ hit, mediaType, resource }: OpenedRecord): ExportEntry[] =>
  exportEntriesOf({
    id: toHex(hit.recordId),
    patient: toHex(hit.patient),
    mediaType,
    bytes: resource,
    timeMs: hit.timeMs,
  });

/** As many as one text takes, the newest first. */
function inlineOf(found: AttachedFiles['found']): ExportFile[] {
  let bytes = 0;
  return found.flatMap(({ url, stored }) => {
    if (bytes + stored.size > INLINE_BYTES_MAX) return [];
    bytes += stored.size;
    return [{ fullUrl: url, contentType: stored.mediaType, pieces: () => stored.pieces() }];
  });
}

/** The months of the year that ended so many years ago; what has no month comes with the first. */
function yearBack(years: number): string[] {
  const nowMs = Date.now();
  const all = recentMonths((years + 1) * 12, nowMs);
  if (years === 0) return all;
  const later = new Set(recentMonths(years * 12, nowMs));
  return all.filter((month) => !later.has(month));
}
