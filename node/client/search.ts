import { equalBytes, keywordKey, laneIndexKey, searchTag, toHex } from '#crypto';
import type { CID, CompartmentName, DelegateCompartment } from '#crypto';
import { readIndex, readRecord, readWriters, stateKeys } from '#consensus/ledger';
import type { RecordEntry } from '#consensus/ledger';
import { rangeFaultOf, searchTermsOf } from '#node/records';
import { STATE_KEYS_MAX } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';

/** One line in the patient's audit list stands for the searches of one person for so long. */
export const SEARCH_WINDOW_MS = 3_600_000;

const PAGE_FIRST = 4;
const PAGE_MAX = 64;
export const SEARCH_HITS_MAX = 10_000;

/** A record that was found, as anchored: everything here comes out of the proven state but the compartment's name. */
export interface Hit {
  readonly recordId: Uint8Array;
  readonly patient: Uint8Array;
  readonly header: CID;
  /** Signer of the anchor. */
  readonly writer: Uint8Array;
  readonly sequence: number;
  readonly previous: Uint8Array | null;
  /** The newer version, if there is one. */
  readonly amendedBy: Uint8Array | null;
  readonly height: number;
  readonly timeMs: number;
  readonly compartment: CompartmentName;
}

export interface SearchResult {
  readonly hits: readonly Hit[];
  /** Every record committed up to this height is in `hits`. */
  readonly height: number;
  /** True when every lane ended in a proven miss: then no node can have hidden a record. False only at `limit`. */
  readonly complete: boolean;
  /** (compartment, writer, keyword) rows that were walked to their end. */
  readonly lanes: number;
  /** Proven absences and presences that the answer rests on. */
  readonly proofs: number;
}

interface Lane {
  readonly compartment: DelegateCompartment;
  readonly writer: Uint8Array;
  /** Position of the term that the keyword belongs to; a range is one term of several keywords. */
  readonly keyword: number;
  readonly key: Uint8Array;
  next: number;
  ended: boolean;
  readonly found: Uint8Array[];
}

export interface SearchInit {
  readonly patient: Uint8Array;
  /** The compartments to search, of whatever origin: owners and delegates run the same code. */
  readonly compartments: readonly DelegateCompartment[];
  /** Keywords that must all match; a text is cut as `searchTermsOf` does. `*` lists, `8867-4>=100` is a range. */
  readonly keywords: string | readonly string[];
  /** Most hits, at most SEARCH_HITS_MAX. */
  readonly limit?: number;
}

/**
 * Searches over ciphertext (SCHEME 6): tags of all writers' lanes in pages that double, until the first proven miss
 * of every lane. The list of writers is itself proven, so no lane can be left out.
 * A range is found by buckets: `isInRangesOf` of what was opened makes it exact.
 * @throws ClientError `input-invalid` when nothing in the keywords can be searched, or for a range that is none
 * (`facts.what`: `range-form`, `range-code`, `range-number`, `range-reversed`); `proof-invalid`
 */
export async function search(
  connection: Connection,
  init: SearchInit,
  options: CallOptions = {},
): Promise<SearchResult> {
  const texts = [init.keywords].flat();
  // A range that is none would be searched for as words, find nothing and look like a proof that nothing is there.
  const fault = texts.map(rangeFaultOf).find((one) => one !== undefined);
  if (fault !== undefined) throw new ClientError('input-invalid', { what: fault });
  const listed = texts.flatMap(searchTermsOf);
  const keywords = [...new Map(listed.map((term) => [term.join(' '), term])).values()];
  if (keywords.length === 0) throw new ClientError('input-invalid', { what: 'no keyword' });
  const limit = Math.min(init.limit ?? SEARCH_HITS_MAX, SEARCH_HITS_MAX);
  const { state } = connection;
  const first = await state.read([stateKeys.writers(init.patient)], options);
  const lanes = lanesOf(init.compartments, readWriters(first.get, init.patient), keywords);
  let height = first.height;
  let proofs = 1;
  let page = PAGE_FIRST;
  let open = lanes;
  while (open.length > 0 && longest(lanes) <= limit) {
    checkAborted(options);
    const read = await readPage(connection, init.patient, open, page, options);
    height = Math.min(height, read.height);
    proofs += read.proofs;
    page = Math.min(PAGE_MAX, page * 2);
    open = open.filter(({ ended }) => !ended);
    options.onProgress?.({ what: 'searched', done: lanes.length - open.length, total: lanes.length });
  }
  const found = intersect(lanes, keywords.length);
  const hits = await hitsOf(connection, init.patient, found.slice(0, limit), options);
  return {
    hits,
    height,
    complete: open.length === 0 && found.length <= limit,
    lanes: lanes.length - open.length,
    proofs,
  };
}

const longest = (lanes: readonly Lane[]): number =>
  lanes.reduce((most, { found }) => Math.max(most, found.length), 0);

function lanesOf(
  compartments: readonly DelegateCompartment[],
  writers: readonly Uint8Array[],
  terms: readonly (readonly string[])[],
): Lane[] {
  return compartments.flatMap((compartment) =>
    writers.flatMap((writer) => {
      const ixLane = laneIndexKey(compartment.ix, writer);
      return terms.flatMap((alternatives, keyword) =>
        alternatives.map((text) => ({
          compartment,
          writer,
          keyword,
          key: keywordKey(ixLane, text),
          next: 0,
          ended: false,
          found: [],
        })),
      );
    }),
  );
}

/** One page of every open lane. The first miss ends a lane: a writer fills it without gaps. */
async function readPage(
  connection: Connection,
  patient: Uint8Array,
  lanes: readonly Lane[],
  page: number,
  options: CallOptions,
): Promise<{ height: number; proofs: number }> {
  const size = Math.max(1, Math.min(page, Math.floor(STATE_KEYS_MAX / lanes.length)));
  const wanted = lanes.flatMap((lane) =>
    Array.from({ length: size }, (_, i) => ({ lane, tag: searchTag(lane.key, lane.next + i) })),
  );
  const proven = await connection.state.read(
    wanted.map(({ lane, tag }) => stateKeys.index(patient, lane.writer, tag)),
    options,
  );
  for (const { lane, tag } of wanted) {
    if (lane.ended) continue;
    const record = readIndex(proven.get, patient, lane.writer, tag);
    if (record === undefined) lane.ended = true;
    else lane.found.push(record);
  }
  for (const lane of lanes) lane.next += size;
  return { height: proven.height, proofs: wanted.length };
}

/** Records that every keyword found, in the same compartment and lane, in the order of the lane. */
function intersect(lanes: readonly Lane[], keywordCount: number): { recordId: Uint8Array; lane: Lane }[] {
  const counts = new Map<string, { recordId: Uint8Array; lane: Lane; keywords: Set<number> }>();
  for (const lane of lanes) {
    const place = `${lane.compartment.name.category}/${lane.compartment.name.generation}/${lane.compartment.name.period}`;
    for (const recordId of lane.found) {
      const name = `${place}/${toHex(lane.writer)}/${toHex(recordId)}`;
      const entry = counts.get(name) ?? { recordId, lane, keywords: new Set<number>() };
      entry.keywords.add(lane.keyword);
      counts.set(name, entry);
    }
  }
  const unique = new Map<string, { recordId: Uint8Array; lane: Lane }>();
  for (const { recordId, lane, keywords } of counts.values()) {
    if (keywords.size === keywordCount && !unique.has(toHex(recordId)))
      unique.set(toHex(recordId), { recordId, lane });
  }
  return [...unique.values()];
}

async function hitsOf(
  connection: Connection,
  patient: Uint8Array,
  found: readonly { recordId: Uint8Array; lane: Lane }[],
  options: CallOptions,
): Promise<Hit[]> {
  const proven = await connection.state.read(
    found.map(({ recordId }) => stateKeys.record(recordId)),
    options,
  );
  return found.map(({ recordId, lane }) => {
    const record = readRecord(proven.get, recordId);
    if (!record || !equalBytes(record.patient, patient) || !equalBytes(record.writer, lane.writer)) {
      throw new ClientError('proof-invalid', { what: 'an index entry without its record' });
    }
    return hitOf(record, lane.compartment.name);
  });
}

/** What the ledger says of a record, with the compartment in which whoever asks has found it. */
export function hitOf(
  { id, patient, header, writer, sequence, previous, amendedBy, height, timeMs }: RecordEntry,
  compartment: CompartmentName,
): Hit {
  return {
    recordId: id,
    patient,
    header,
    writer,
    sequence,
    previous,
    amendedBy,
    height,
    timeMs,
    compartment,
  };
}
