import { toHex } from '#crypto';
import type { CallOptions, OpenedRecord, PhrClient } from '#node/client';
import { ClientError } from '#node/client';
import { CATEGORIES, flagsOf, isInRangesOf, monthsBetween, PERIOD_ALL } from '#node/records';
import { namesOf } from '../directory.ts';
import { describe, loincOf, samplesIn } from './describe.ts';
import { parseJson } from './json.ts';
import { proofAt } from './proof.ts';
import type { ProofView } from './proof.ts';

/** One record as a list shows it. Ids are hex, times Unix milliseconds. */
export interface RecordLine {
  id: string;
  header: string;
  writer: string;
  /** Empty when the reader may not know it. */
  writerName: string;
  isOwn: boolean;
  height: number;
  anchoredMs: number;
  /** When it happened; when it was anchored, if the record does not say. */
  timeMs: number;
  /** False when the record names no time: it is then shown among what has none. */
  isDated: boolean;
  category: string;
  /** `2026-11` or `all`. */
  period: string;
  mediaType: string;
  type: string;
  /** LOINC code of what was measured; empty when it is no measurement. */
  code: string;
  title: string;
  value: string;
  flags: string[];
  /** Readings in it, when it is a row of them. */
  samples: number;
  isAmended: boolean;
}

export interface Chart {
  /** Newest first. */
  lines: RecordLine[];
  proof: ProofView;
  /** Every lane ended in a proven miss: nothing was left out of what was asked for. */
  isComplete: boolean;
}

export interface ChartInit {
  patient: Uint8Array;
  categories?: readonly string[];
  months: readonly string[];
  keywords?: readonly string[];
}

/** Opened once in the life of a sign-in: a record never changes, and the keys go with the worker. */
const opened = new WeakMap<PhrClient, Map<string, OpenedRecord>>();

export function openedOf(client: PhrClient): Map<string, OpenedRecord> {
  const mine = opened.get(client) ?? new Map<string, OpenedRecord>();
  opened.set(client, mine);
  return mine;
}

/** The last `count` months, this one included, and what has no month. */
export function recentMonths(count: number, nowMs: number): string[] {
  const month = (date: Date): string => date.toISOString().slice(0, 7);
  const now = new Date(nowMs);
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count + 1, 1));
  // A month ahead: it is already there east of Greenwich.
  const last = new Date(Math.max(nowMs, nowMs + 14 * 3_600_000));
  return [...monthsBetween(month(first), month(last)), PERIOD_ALL];
}

/** Finds with proofs, opens what is new, and describes it. */
export async function chartOf(client: PhrClient, init: ChartInit, options: CallOptions): Promise<Chart> {
  const { records, proof, isComplete } = await recordsOf(client, init, options);
  const names = await namesOf(
    client,
    records.map(({ hit }) => toHex(hit.writer)),
    options,
  );
  const lines = records.map((record) => lineOf(client, record, names));
  return { lines: lines.toSorted((a, b) => b.timeMs - a.timeMs), proof, isComplete };
}

/** The same as opened records, for who works on their contents. */
export async function recordsOf(
  client: PhrClient,
  init: ChartInit,
  options: CallOptions,
): Promise<{ records: OpenedRecord[]; proof: ProofView; isComplete: boolean }> {
  const cache = openedOf(client);
  const { patient, months, categories = CATEGORIES, keywords = ['*'] } = init;
  const found = await search(client, { patient, months, categories, keywords }, options);
  const fresh = found.hits.filter(({ recordId }) => !cache.has(toHex(recordId)));
  for (const record of await client.records.openAll(fresh, options))
    cache.set(toHex(record.hit.recordId), record);
  const records = found.hits.flatMap((hit) => {
    const record = cache.get(toHex(hit.recordId));
    // The hit is of now: a newer version may have come since the record was opened.
    return record === undefined || !isMeant(keywords, record) ? [] : [{ ...record, hit }];
  });
  return { records, proof: await proofAt(client, found.height, options), isComplete: found.complete };
}

/** A search for a range also finds what lies just beside it. */
function isMeant(keywords: readonly string[], { mediaType, resource }: OpenedRecord): boolean {
  return isInRangesOf(keywords, mediaType.includes('json') ? parseJson(resource) : undefined);
}

async function search(
  client: PhrClient,
  init: {
    patient: Uint8Array;
    months: readonly string[];
    categories: readonly string[];
    keywords: readonly string[];
  },
  options: CallOptions,
) {
  try {
    return await client.records.search(init, options);
  } catch (error) {
    // Nothing was ever written in these categories: there are no keys for them yet.
    if (!(error instanceof ClientError) || error.code !== 'no-access') throw error;
    const { height } = await client.head(options);
    return { hits: [], height, complete: true };
  }
}

function lineOf(client: PhrClient, record: OpenedRecord, names: Map<string, string>): RecordLine {
  const { hit, mediaType, resource } = record;
  const json = mediaType.includes('json') ? parseJson(resource) : undefined;
  const said = json === undefined ? undefined : describe(json);
  const writer = toHex(hit.writer);
  return {
    id: toHex(hit.recordId),
    header: hit.header.toString(),
    writer,
    writerName: names.get(writer) ?? '',
    isOwn: writer === toHex(client.keys.id),
    height: hit.height,
    anchoredMs: hit.timeMs,
    timeMs: said?.timeMs ?? hit.timeMs,
    isDated: said?.timeMs != null,
    category: hit.compartment.category,
    period: hit.compartment.period,
    mediaType,
    type: said?.type ?? '',
    code: json === undefined ? '' : loincOf(json),
    title: said?.title ?? '',
    value: said?.value ?? '',
    flags: json === undefined ? [] : [...flagsOf(json)],
    samples: json === undefined ? 0 : samplesIn(json),
    isAmended: hit.amendedBy !== null,
  };
}
