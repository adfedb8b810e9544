import { bundleOf } from '#node/records';
import type { ExportEntry, ExportFile } from '#node/records';
import { ClientError } from '#node/client';
import type { OpenedRecord, StoredFile } from '#node/client';
import { filesIn } from './attached-files.ts';
import type { AttachedFile } from './attached-files.ts';
import { UsageError } from './command.ts';
import type { ExportRun } from './export-run.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-archive.ts';

/** Of files within one JSON text: with the third that base64 adds this is what common tools still read in one go. */
export const INLINE_BYTES_MAX = 64 * 1024 * 1024;

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/dicom': '.dcm',
  'application/pdf': '.pdf',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/tiff': '.tiff',
  'text/plain': '.txt',
  'video/mp4': '.mp4',
};

export interface FileCounts {
  readonly files: number;
  readonly fileBytes: number;
  /** Files that a record names and that are not there any more: erased, or never finished. */
  readonly filesMissing: number;
}

type Found = AttachedFile & { readonly stored: StoredFile };

/** Every file that the records name, once; nothing of their contents is in memory yet. */
async function openFiles(
  { client, patient, options }: ExportRun,
  records: readonly OpenedRecord[],
): Promise<{ found: Found[]; counts: FileCounts }> {
  const named = [...new Map(filesIn(records).map((one) => [one.file, one])).values()];
  const found: Found[] = [];
  for (const one of named) {
    try {
      found.push({ ...one, stored: await client.files.open({ ...one, patient }, options) });
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'not-found') throw error;
    }
  }
  const fileBytes = found.reduce((sum, { stored }) => sum + stored.size, 0);
  return { found, counts: { files: found.length, fileBytes, filesMissing: named.length - found.length } };
}

/**
 * One FHIR bundle with the contents of files as Binary, whose full URL is the URL by which a record names its file.
 * @throws UsageError when the files are too large for one JSON text
 */
export async function writeBundleWithFiles(
  run: ExportRun,
  records: readonly OpenedRecord[],
  entries: readonly ExportEntry[],
): Promise<FileCounts> {
  const { found, counts } = await openFiles(run, records);
  if (counts.fileBytes > INLINE_BYTES_MAX) {
    const megabytes = Math.ceil(counts.fileBytes / 1e6);
    throw new UsageError(
      `the attached files have ${megabytes} MB, too much for one JSON file: take --format archive`,
    );
  }
  const files = found.map(({ url, stored }): ExportFile => ({
    fullUrl: url,
    contentType: stored.mediaType,
    pieces: () => stored.pieces(),
  }));
  for await (const part of bundleOf([...entries, ...files], { timeMs: run.timeMs })) run.write(part);
  return counts;
}

/** A tar archive with the bundle, and each file as it is; a few parts of a file in memory at most. */
export async function writeArchive(
  run: ExportRun,
  records: readonly OpenedRecord[],
  entries: readonly ExportEntry[],
): Promise<FileCounts> {
  const { timeMs } = run;
  const { found, counts } = await openFiles(run, records);
  const bundle: Uint8Array[] = [];
  for await (const part of bundleOf(entries, { timeMs })) bundle.push(part);
  const size = bundle.reduce((sum, { length }) => sum + length, 0);
  run.write(tarHeader({ path: 'bundle.json', size, timeMs }));
  for (const part of bundle) run.write(part);
  run.write(tarPadding(size));
  for (const { file, stored } of found) {
    const path = `files/${file}${EXTENSIONS[stored.mediaType] ?? ''}`;
    run.write(tarHeader({ path, size: stored.size, timeMs }));
    for await (const piece of stored.pieces()) run.write(piece);
    run.write(tarPadding(stored.size));
  }
  run.write(TAR_END);
  return counts;
}
