import type { ImportReport } from '../../worker/patient/import.ts';

export type ImportFormatName = ImportReport['format'];

/** The usual kind of a file, by how its name ends; the person may say another. */
export function formatOfName(name: string): ImportFormatName {
  if (/\.ndjson$/i.test(name)) return 'ndjson';
  if (/\.xml$/i.test(name)) return 'apple-health';
  return /\.(csv|tsv|txt)$/i.test(name) ? 'csv' : 'bundle';
}
