import { openAttached } from '#node/client';
import type { AttachedFiles, OpenedRecord } from '#node/client';
import { bundleOf, INLINE_BYTES_MAX } from '#node/records';
import type { ExportEntry, ExportFile } from '#node/records';
import { UsageError } from './command.ts';
import type { ExportRun } from './export-run.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-archive.ts';

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

const countsOf = ({ found, bytes, missing }: AttachedFiles): FileCounts => ({
  files: found.length,
  fileBytes: bytes,
  filesMissing: missing,
});

/**
 * One FHIR bundle with the contents of files as Binary, whose full URL is the URL by which a record names its file.
 * @throws UsageError when the files are too large for one JSON text
 */
export async function writeBundleWithFiles(
  run: ExportRun,
  records: readonly OpenedRecord[],
  entries: readonly ExportEntry[],
): Promise<FileCounts> {
  const { client, patient, options } = run;
  const attached = await openAttached(client.files, { patient, records }, options);
  const counts = countsOf(attached);
  if (counts.fileBytes > INLINE_BYTES_MAX) {
    const megabytes = Math.ceil(counts.fileBytes / 1e6);
    throw new UsageError(
      `the attached files have ${megabytes} MB, too much for one JSON file: take --format archive`,
    );
  }
  const files = attached.found.map(({ url, stored }): ExportFile => ({
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
  const { client, patient, options, timeMs } = run;
  const attached = await openAttached(client.files, { patient, records }, options);
  const bundle: Uint8Array[] = [];
  for await (const part of bundleOf(entries, { timeMs })) bundle.push(part);
  const size = bundle.reduce((sum, { length }) => sum + length, 0);
  run.write(tarHeader({ path: 'bundle.json', size, timeMs }));
  for (const part of bundle) run.write(part);
  run.write(tarPadding(size));
  for (const { file, stored } of attached.found) {
    const path = `files/${file}${EXTENSIONS[stored.mediaType] ?? ''}`;
    run.write(tarHeader({ path, size: stored.size, timeMs }));
    for await (const piece of stored.pieces()) run.write(piece);
    run.write(tarPadding(stored.size));
  }
  run.write(TAR_END);
  return countsOf(attached);
}
