import type { Checkpoint, ImportFormat, ImportItem } from '#node/records';
import { ClientError } from '#node/client';
import type { UploadedRecord, UploadRecord } from '#node/client';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf, subjectOf } from './self.ts';
import { prepared, uploadOnce } from './writing.ts';

/** How far a file has come. Plain data: the page keeps it and gives it back to go on. */
export interface ImportReport {
  format: ImportFormat;
  isDone: boolean;
  /** Stored by this import. */
  taken: number;
  /** In the record before, byte for byte: also what a paused batch brought in whose answer nobody waited for. */
  known: number;
  /** Twice in the file. */
  duplicates: number;
  rejects: { line: number; code: string }[];
  /** More were rejected than are listed. */
  rejected: number;
  bytesRead: number;
  bytesTotal: number;
  /** Fewest institutions that signed for any of the records. */
  holders: number;
  institutions: number;
  height: number;
  checkpoint: Checkpoint | null;
}

export interface ImportInput {
  file: File;
  format: ImportFormat;
  /** Of the same file, stopped before. */
  resume?: ImportReport;
}

const BATCH_RECORDS = 32;
const REJECTS_LISTED_MAX = 200;

/**
 * Reads a file bit by bit, seals what is in it and stores it. What was stored when the page stops it stays, and the
 * report says where to go on: nothing is stored twice, and nothing is counted twice.
 */
export async function importFile(context: WorkerContext, input: ImportInput): Promise<ImportReport> {
  const self = selfOf(context);
  const importer = await importerOf(input, subjectOf(self), context.signal);
  let report: ImportReport = input.resume ?? emptyReport(institutionsOf(self.client).length, input);
  let batch: UploadRecord[] = [];
  /** What the file has beside records since the last batch: it counts when that batch is stored. */
  let others: ImportItem[] = [];
  let pending: ImportItem | undefined;
  const flush = async (): Promise<void> => {
    const stored = batch.length === 0 ? undefined : await uploadOnce(self, batch);
    report = counted(report, { others, pending, ...stored });
    [batch, others] = [[], []];
    context.progress({ what: 'imported', done: report.bytesRead, total: report.bytesTotal });
  };
  try {
    for await (const item of importer) {
      if (item.kind === 'record') batch.push(prepared(self, item));
      else others.push(item);
      pending = item;
      if (batch.length >= BATCH_RECORDS || batch.length === 0) await flush();
      // Between two batches everything is either stored or not begun.
      if (context.signal.aborted && batch.length === 0) return report;
    }
    await flush();
    return { ...report, isDone: true, bytesRead: report.bytesTotal };
  } catch (error) {
    // Stopped by the person: what is stored is stored, the rest comes with the next start.
    if (context.signal.aborted) return report;
    throw error;
  }
}

interface Batch {
  others: readonly ImportItem[];
  /** The last item that is settled with it. */
  pending: ImportItem | undefined;
  uploaded?: readonly UploadedRecord[];
  anchored?: number;
}

function counted(report: ImportReport, batch: Batch): ImportReport {
  const { others, pending, uploaded = [], anchored = 0 } = batch;
  const rejects = others.flatMap((item) =>
    item.kind === 'reject' ? [{ line: item.line, code: item.code }] : [],
  );
  return {
    ...report,
    taken: report.taken + uploaded.length,
    known: report.known + anchored,
    duplicates: report.duplicates + others.length - rejects.length,
    rejected: report.rejected + rejects.length,
    rejects: [...report.rejects, ...rejects].slice(0, REJECTS_LISTED_MAX),
    holders: Math.min(report.holders, ...uploaded.map(({ holders }) => holders)),
    height: Math.max(report.height, ...uploaded.map(({ height }) => height)),
    ...(pending === undefined ? {} : { checkpoint: pending.checkpoint, bytesRead: pending.bytesRead }),
  };
}

function emptyReport(institutions: number, { file, format }: ImportInput): ImportReport {
  return {
    format,
    isDone: false,
    taken: 0,
    known: 0,
    duplicates: 0,
    rejects: [],
    rejected: 0,
    bytesRead: 0,
    bytesTotal: file.size,
    holders: institutions,
    institutions,
    height: 0,
    checkpoint: null,
  };
}

/** The readers of foreign formats are loaded when the first file is there. */
async function importerOf(
  { file, format, resume }: ImportInput,
  subject: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<ImportItem>> {
  const readers = await import('./importers.ts');
  const checkpoint = resume?.checkpoint ?? null;
  const options = { signal, ...(checkpoint === null ? {} : { checkpoint }) };
  const source = piecesOf(file);
  switch (format) {
    case 'bundle':
      return readers.importBundle(source, options);
    case 'ndjson':
      return readers.importNdjson(source, options);
    case 'apple-health':
      return readers.importAppleHealth(source, { ...options, subject });
    case 'csv':
      return readers.importCsv(source, { ...options, subject });
    default:
      throw new ClientError('input-invalid', { what: 'format' });
  }
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
