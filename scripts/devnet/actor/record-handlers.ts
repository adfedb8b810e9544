import { readFileSync } from 'node:fs';
import { fromHex, sha256, toHex } from '#crypto';
import type { OpenedRecord, PhrClient, SearchResult, UploadRecord } from '#node/client';
import {
  categoryOf,
  clinicalMonthOf,
  encodeObservation,
  keywordsOf,
  parseBundle,
  simulateWearable,
} from '#node/records';
import type { Found, OpenedJson, SelectArgs, Uploaded } from './commands.ts';
import type { Handlers, OnProgress } from './handlers.ts';
import type { PersonSession } from './session.ts';

/** Uploading, searching and opening of the records whose keys the person has. */
export const recordHandlers: Pick<
  Handlers,
  'uploadBundle' | 'uploadWearable' | 'uploadNote' | 'search' | 'searchTampered' | 'open'
> = {
  async uploadBundle(session, { patient, file, ...via }, onProgress) {
    const { entries } = parseBundle(new Uint8Array(readFileSync(file)));
    const records = entries.map(({ bytes, resource }) => recordOf(bytes, resource));
    return await upload(session.client(via), patient, records, onProgress);
  },
  async uploadWearable(session, { patient, via, ...init }, onProgress) {
    const records = [...simulateWearable(init)].map((observation) =>
      recordOf(encodeObservation(observation), observation),
    );
    return await upload(session.client(via === undefined ? {} : { via }), patient, records, onProgress);
  },
  async uploadNote(session, { patient, category, month, text, keywords, ...via }, onProgress) {
    const note = {
      resourceType: 'Basic',
      code: { text: 'note' },
      extension: [{ url: 'urn:phr-mesh:note', valueString: text }],
    };
    const resource = new TextEncoder().encode(JSON.stringify(note));
    return await upload(session.client(via), patient, [{ resource, category, month, keywords }], onProgress);
  },
  async search(session, { via, ...args }) {
    return await timedSearch(session, args, session.client(via === undefined ? {} : { via }));
  },
  async searchTampered(session, { via, ...args }) {
    return await timedSearch(session, args, session.tamperedClient(via === undefined ? {} : { via }));
  },
  async open(session, { records, ...via }, onProgress) {
    const opened = await session.client(via).records.openAll(hitsOf(session, records), { onProgress });
    return { opened: opened.map(openedJson) };
  },
};

/** The hits of earlier searches with these record ids. */
export function hitsOf(session: PersonSession, records: readonly string[]) {
  return records.map((record) => {
    const hit = session.hits.get(record);
    if (hit === undefined) throw new Error(`record ${record.slice(0, 8)} was not found in a search before`);
    return hit;
  });
}

export function openedJson({ hit, resource }: OpenedRecord): OpenedJson {
  return { record: toHex(hit.recordId), digest: toHex(sha256(resource)), bytes: resource.length };
}

/** A search result as JSON; its hits stay in the session. */
export function foundJson(session: PersonSession, result: SearchResult, begun: number): Found {
  for (const hit of result.hits) session.hits.set(toHex(hit.recordId), hit);
  return {
    hits: result.hits.map(({ recordId, compartment, writer, height }) => ({
      record: toHex(recordId),
      category: compartment.category,
      month: compartment.period,
      generation: compartment.generation,
      writer: toHex(writer),
      height,
    })),
    height: result.height,
    complete: result.complete,
    lanes: result.lanes,
    proofs: result.proofs,
    ms: performance.now() - begun,
  };
}

function recordOf(bytes: Uint8Array, resource: unknown): UploadRecord {
  const category = categoryOf(resource);
  const month = clinicalMonthOf(resource);
  return { resource: bytes, category, month, keywords: keywordsOf(resource, { category, month }) };
}

async function upload(
  client: PhrClient,
  patient: string,
  records: readonly UploadRecord[],
  onProgress: OnProgress,
): Promise<Uploaded> {
  const begun = performance.now();
  const uploaded = await client.records.upload({ patient: fromHex(patient), records }, { onProgress });
  return {
    records: uploaded.map(({ recordId }, index) => {
      const { resource, category, month } = records[index] ?? {
        resource: new Uint8Array(),
        category: '',
        month: '',
      };
      return { record: toHex(recordId), digest: toHex(sha256(resource)), category, month };
    }),
    heights: [...new Set(uploaded.map(({ height }) => height))],
    holdersMin: Math.min(...uploaded.map(({ holders }) => holders)),
    ms: performance.now() - begun,
  };
}

async function timedSearch(session: PersonSession, args: SelectArgs, client: PhrClient): Promise<Found> {
  const begun = performance.now();
  const { patient, categories, months, keywords } = args;
  return foundJson(
    session,
    await client.records.search({ patient: fromHex(patient), categories, months, keywords }),
    begun,
  );
}
