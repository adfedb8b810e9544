import { toHex } from '#crypto';
import type { OpenedRecord } from '#node/client';
import { encodeSummary } from '#node/records';
import type { SummaryEntry } from '#node/records';
import { recentMonths, recordsOf } from '../record/chart.ts';
import { parseJson, textOf } from '../record/json.ts';
import type { Json } from '../record/json.ts';
import { bannerFor } from './self.ts';
import type { Self } from './self.ts';

const CATEGORIES = ['demographics', 'medication', 'allergy', 'condition', 'immunization'];
const YEARS = 10;
/** A search takes a word with a colon as one. */
const KEYWORD = 'summary:emergency';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What a stranger must know when the patient can not be asked, as an International Patient Summary in the category
 * `emergency`: it is what emergency access opens, and nothing else is. A newer one takes the place of the one before.
 */
export async function writeEmergencySummary(self: Self): Promise<void> {
  const { client, patient, options } = self;
  const init = { patient, categories: CATEGORIES, months: recentMonths(YEARS * 12, Date.now()) };
  const { records } = await recordsOf(client, init, options);
  const entries = records.flatMap((record) => entryOf(record) ?? []);
  const person = entries.find(({ resource }) => resource.resourceType === 'Patient');
  const owner = person ?? (await ownEntry(self));
  const bytes = encodeSummary({
    documentId: `urn:uuid:${crypto.randomUUID()}`,
    compositionId: `urn:uuid:${crypto.randomUUID()}`,
    patient: owner,
    author: owner.fullUrl,
    timeMs: Date.now(),
    entries: entries.filter(({ resource }) => resource.resourceType !== 'Patient'),
  });
  const before = await recordsOf(
    client,
    { patient, categories: ['emergency'], months: ['all'], keywords: [KEYWORD] },
    options,
  );
  const replaced = before.records.find(({ hit }) => hit.amendedBy === null)?.hit;
  const record = {
    resource: bytes,
    category: 'emergency',
    month: 'all',
    keywords: ['type:bundle', KEYWORD],
    ...(replaced === undefined ? {} : { amends: { recordId: replaced.recordId, header: replaced.header } }),
  };
  await client.records.upload({ patient, records: [record] }, options);
}

function entryOf({ hit, resource }: OpenedRecord): SummaryEntry | undefined {
  const json = hit.amendedBy === null ? parseJson(resource) : undefined;
  const type = textOf(json?.['resourceType']);
  if (json === undefined || type === undefined) return undefined;
  const id = textOf(json['id']);
  const fullUrl = id !== undefined && UUID.test(id) ? `urn:uuid:${id}` : urlOf(hit.recordId);
  return { fullUrl, resource: json as Json & { resourceType: string } };
}

/** A record's id is 32 random bytes: half of them make a UUID of version 8 (RFC 9562), which is for such uses. */
function urlOf(recordId: Uint8Array): string {
  const hex = toHex(recordId).slice(0, 32);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

/** Who she is by her own application, when her record has no word of it. */
async function ownEntry(self: Self): Promise<SummaryEntry> {
  const { family, given, born } = await bannerFor(self);
  const name = {
    ...(family === undefined ? {} : { family }),
    ...(given === undefined ? {} : { given: [given] }),
  };
  return {
    fullUrl: `urn:uuid:${crypto.randomUUID()}`,
    resource: {
      resourceType: 'Patient',
      ...(Object.keys(name).length === 0 ? {} : { name: [name] }),
      ...(born === undefined ? {} : { birthDate: born }),
    },
  };
}
