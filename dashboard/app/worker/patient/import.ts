import type { Checkpoint, ImportFormat, ImportItem } from '#node/records';
import { ClientError } from '#node/client';
import type { UploadRecord } from '#node/client';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf, subjectOf } from './self.ts';
import { prepared, upload } from './writing.ts';

/** How far a file has come. Plain data: the page keeps it and gives it back to go on. */
export interface ImportReport {
  format: ImportFormat;
  isDone: boolean;
  taken: number;
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
 * report says where to go on: nothing is stored twice.
 */
export async function importFile(context: WorkerContext, input: ImportInput): Promise<ImportReport> {
  const self = selfOf(context);
  const importer = await importerOf(input, subjectOf(self), context.signal);
  const report: ImportReport = input.resume ?? emptyReport(institutionsOf(self.client).length, input);
  let batch: UploadRecord[] = [];
  let pending: ImportItem | undefined;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      const stored = await upload(
        { ...self, options: { ...self.options, onProgress: () => undefined } },
        batch,
      );
      report.taken += stored.length;
      report.holders = Math.min(report.holders, ...stored.map(({ holders }) => holders));
      report.height = Math.max(report.height, ...stored.map(({ height }) => height));
      batch = [];
    }
    if (pending !== undefined) {
      report.checkpoint = pending.checkpoint;
      report.bytesRead = pending.bytesRead;
    }
    context.progress({ what: 'imported', done: report.bytesRead, total: report.bytesTotal });
  };
  try {
    for await (const item of importer) {
      count(report, item);
      if (item.kind === 'record') batch.push(prepared(self, item));
      pending = item;
      if (batch.length >= BATCH_RECORDS || (batch.length === 0 && item.kind !== 'record')) await flush();
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

function count(report: ImportReport, item: ImportItem): void {
  if (item.kind === 'duplicate') report.duplicates += 1;
  if (item.kind !== 'reject') return;
  report.rejected += 1;
  if (report.rejects.length < REJECTS_LISTED_MAX) report.rejects.push({ line: item.line, code: item.code });
}

function emptyReport(institutions: number, { file, format }: ImportInput): ImportReport {
  return {
    format,
    isDone: false,
    taken: 0,
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
