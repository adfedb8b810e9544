import { renameSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { categoryOf, clinicalMonthOf, KEYWORDS_MAX, keywordsOf } from '#node/records';
import type { Checkpoint, ImportItem, Resource } from '#node/records';
import type { PhrClient, Progress, UploadRecord } from '#node/client';
import { UsageError } from './command.ts';

/** Records that are sealed and anchored before the next checkpoint is written. */
const BATCH_RECORDS = 256;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Rejects and duplicates that are listed one by one; all are counted. */
const LISTED_MAX = 200;
const CHECKPOINT_BYTES_MAX = 4096;

const checkpointSchema = z.strictObject({
  version: z.literal(1),
  patient: z.string().regex(/^[0-9a-f]{64}$/),
  checkpoint: z.strictObject({
    format: z.enum(['bundle', 'ndjson', 'apple-health', 'csv']),
    items: z.number().int().min(0),
    fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  }),
});

export interface ImportReport {
  uploaded: number;
  /** The same reading or resource twice in this file. */
  duplicates: number;
  /** On the network already, byte for byte, by proof of the ledger. */
  anchoredBefore: number;
  /** By code. */
  rejected: Record<string, number>;
  /** The first of them, with lines. */
  listed: { line: number; what: string }[];
  bytes: number;
  /** Newest block that holds one of the records; null when nothing was uploaded. */
  height: number | null;
}

export const emptyReport = (): ImportReport => ({
  uploaded: 0,
  duplicates: 0,
  anchoredBefore: 0,
  rejected: {},
  listed: [],
  bytes: 0,
  height: null,
});

/** Where an earlier run stopped; undefined when there was none. @throws UsageError */
export function readCheckpoint(file: string, patient: string): Checkpoint | undefined {
  let text: string;
  try {
    if (statSync(file).size > CHECKPOINT_BYTES_MAX) throw new UsageError('the checkpoint is too long');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return undefined;
  }
  let parsed: ReturnType<typeof checkpointSchema.safeParse>;
  try {
    parsed = checkpointSchema.safeParse(JSON.parse(text));
  } catch {
    throw new UsageError('the checkpoint is no checkpoint; remove it to begin anew');
  }
  if (!parsed.success) throw new UsageError('the checkpoint is no checkpoint; remove it to begin anew');
  if (parsed.data.patient !== patient)
    throw new UsageError('the checkpoint is of an import for another patient');
  return parsed.data.checkpoint;
}

function writeCheckpoint(file: string, patient: string, checkpoint: Checkpoint): void {
  writeFileSync(`${file}.new`, JSON.stringify({ version: 1, patient, checkpoint }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function uploadOf(
  resource: Resource,
  bytes: Uint8Array,
  author: string,
  labels: readonly string[],
): UploadRecord {
  const category = categoryOf(resource);
  const month = clinicalMonthOf(resource);
  // Every lane has the same keywords, and a record's lanes share the tags that it may have.
  const keywordsMax = Math.floor(KEYWORDS_MAX / (1 + new Set(labels).size));
  const keywords = keywordsOf(resource, { category, month, author, keywordsMax });
  return { resource: bytes, category, month, keywords, labels };
}

export interface ImportRun {
  readonly client: PhrClient;
  readonly patient: Uint8Array;
  /** Hex of the same. */
  readonly patientId: string;
  /** Studies for which every record is sealed too. */
  readonly labels?: readonly string[];
  readonly items: AsyncIterable<ImportItem>;
  /** Rewritten after every batch, removed at the end. */
  readonly checkpointFile: string;
  readonly signal: AbortSignal;
  /** How long to wait for a node that is away or busy. */
  readonly patienceMs?: number;
  onProgress?(report: ImportReport, progress: ImportProgress): void;
}

export interface ImportProgress {
  /** Of the file: everything before is on the network, known or left out. */
  readonly safeBytes: number;
  /** What is done with the records that are on their way; null while the file is read. */
  readonly step: Progress | null;
}

/**
 * Uploads what an importer hands over, in batches, and keeps count in `report`, which stays true when this throws.
 *
 * A batch is on the ledger before its checkpoint is on the disk: after a crash between the two the next run finds
 * that batch anchored and goes on behind it.
 * @throws ClientError, RecordsError
 */
export async function runImport(run: ImportRun, report: ImportReport): Promise<void> {
  let batch: UploadRecord[] = [];
  let batchBytes = 0;
  let newest: Checkpoint | undefined;
  const author = run.client.keys.id;
  const authorId = Buffer.from(author).toString('hex');
  let safeBytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      const { client, patient, signal, patienceMs } = run;
      let sent = 0;
      const options = {
        signal,
        ...(patienceMs === undefined ? {} : { patienceMs }),
        onProgress: (step: Progress) => {
          if (step.what === 'anchored') sent = step.done;
          run.onProgress?.(report, { safeBytes, step });
        },
      };
      const once = client.records.uploadOnce({ patient, records: batch }, options);
      const { uploaded, anchored } = await once.catch((error: unknown) => {
        // What of this batch is on the ledger; the next run finds it there.
        report.uploaded += sent;
        throw error;
      });
      report.anchoredBefore += anchored;
      report.uploaded += uploaded.length;
      for (const { height } of uploaded) report.height = Math.max(report.height ?? 0, height);
    }
    batch = [];
    batchBytes = 0;
    if (newest) writeCheckpoint(run.checkpointFile, run.patientId, newest);
    safeBytes = report.bytes;
    run.onProgress?.(report, { safeBytes, step: null });
  };
  for await (const item of run.items) {
    run.signal.throwIfAborted();
    report.bytes = item.bytesRead;
    newest = item.checkpoint;
    if (item.kind === 'record') {
      batch.push(uploadOf(item.resource, item.bytes, authorId, run.labels ?? []));
      batchBytes += item.bytes.length;
    } else {
      if (item.kind === 'duplicate') report.duplicates += 1;
      else report.rejected[item.code] = (report.rejected[item.code] ?? 0) + 1;
      const what = item.kind === 'duplicate' ? 'duplicate' : item.code;
      if (report.listed.length < LISTED_MAX) report.listed.push({ line: item.line, what });
    }
    if (batch.length >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) await flush();
    else run.onProgress?.(report, { safeBytes, step: null });
  }
  await flush();
  rmSync(run.checkpointFile, { force: true });
}
