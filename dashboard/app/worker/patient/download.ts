import { bundleOf } from '#node/records';
import { recentMonths, recordsOf } from '../record/chart.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf } from './self.ts';

const YEARS = 30;

export interface Downloaded {
  name: string;
  mediaType: string;
  file: Blob;
  records: number;
  /** Records whose content is no FHIR resource and is not in the file. */
  others: number;
  isComplete: boolean;
}

/** Everything that is in the record, as one FHIR bundle, each resource byte for byte as it was kept. */
export async function downloadAll(context: WorkerContext): Promise<Downloaded> {
  const { client, patient, options } = selfOf(context);
  const entries: { bytes: Uint8Array }[] = [];
  let others = 0;
  let isWhole = true;
  for (let year = 0; year < YEARS; year += 1) {
    const months = yearBack(year);
    const { records, isComplete } = await recordsOf(client, { patient, months }, options);
    isWhole &&= isComplete;
    for (const { mediaType, resource } of records) {
      if (mediaType.includes('json')) entries.push({ bytes: resource });
      else others += 1;
    }
    context.progress({ what: 'years', done: year + 1, total: YEARS });
  }
  const parts: BlobPart[] = [];
  for await (const piece of bundleOf(entries, { timeMs: Date.now() })) parts.push(piece as BlobPart);
  const mediaType = 'application/fhir+json';
  const day = new Date().toISOString().slice(0, 10);
  return {
    name: `health-record-${day}.json`,
    mediaType,
    file: new Blob(parts, { type: mediaType }),
    records: entries.length,
    others,
    isComplete: isWhole,
  };
}

/** The months of the year that ended so many years ago; what has no month comes with the first. */
function yearBack(years: number): string[] {
  const nowMs = Date.now();
  const all = recentMonths((years + 1) * 12, nowMs);
  if (years === 0) return all;
  const later = new Set(recentMonths(years * 12, nowMs));
  return all.filter((month) => !later.has(month));
}
