import { toHex } from '#crypto';
import type { Grant } from '#consensus/ledger';
import { ClientError } from '#node/client';
import type { Hit, OpenedRecord, PhrClient } from '#node/client';
import { purposeOf } from '#node/records';
import { idOf, institutionName, namesOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import type { Step } from '../messages.ts';
import { stateOf } from '../patient/sharing.ts';
import { describe, samplesIn } from '../record/describe.ts';
import { fileOf } from '../record/file.ts';
import type { FileView } from '../record/file.ts';
import { isObject, objectsOf, parseJson } from '../record/json.ts';
import type { Json } from '../record/json.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';

/** A grant to this doctor, with what its opened terms say. */
export interface SharedGrant {
  id: string;
  patient: string;
  issuer: string;
  issuerName: string;
  issuerRole: string;
  home: string;
  createdMs: number;
  expiresAtMs: number;
  state: 'running' | 'over' | 'revoked';
  revokedHeight: number | null;
  height: number;
  threshold: number;
  categories: string[];
  months: string[];
  /** v3-ActReason, or what the issuer wrote. */
  purpose: string;
}

/** A record under a grant: found by proven search, not opened yet. */
export interface SharedHit {
  id: string;
  category: string;
  period: string;
  height: number;
  anchoredMs: number;
}

export interface SharedFound {
  hits: SharedHit[];
  proof: ProofView;
  isComplete: boolean;
}

/** A record that was opened through the proxies. */
export interface SharedRecord {
  id: string;
  category: string;
  period: string;
  type: string;
  title: string;
  value: string;
  timeMs: number;
  mediaType: string;
  /** Readings in it, when it is a row of them. */
  samples: number;
  json: string;
  /** A file too large to be shown, when a grant opens it. */
  file: FileView | null;
}

export interface SharedOpened {
  records: SharedRecord[];
  /** Institutions that converted, of those asked; the height of the line that the patient sees. */
  height: number;
  receipts: { name: string; bytes: Uint8Array }[];
  liars: string[];
  refusals: { node: string; code: string }[];
}

const optionsOf = (context: WorkerContext) => ({
  signal: context.signal,
  onProgress: (step: Step): void => context.progress(step),
});

export async function shared(context: WorkerContext): Promise<SharedGrant[]> {
  const { client } = context.signedIn();
  const grants = await client.sharing.received(optionsOf(context));
  const lines = await Promise.all(grants.map((grant) => grantLine(context, grant)));
  return lines.toSorted((a, b) => b.createdMs - a.createdMs);
}

export async function sharedGrant(context: WorkerContext, input: { grant: string }): Promise<SharedGrant> {
  const { client } = context.signedIn();
  const { grant } = await client.sharing.open(idOf(input.grant), optionsOf(context));
  return grantLine(context, grant);
}

async function grantLine(context: WorkerContext, grant: Grant): Promise<SharedGrant> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const issuer = toHex(grant.issuer);
  const [person, names, opened] = await Promise.all([
    client.people.find(grant.issuer, options),
    namesOf(client, [issuer], options),
    client.sharing.open(grant.id, options).catch((error: unknown) => {
      if (error instanceof ClientError && error.code === 'record-invalid') return undefined;
      throw error;
    }),
  ]);
  const compartments = opened?.terms.compartments.map(({ compartment }) => compartment.name) ?? [];
  return {
    id: toHex(grant.id),
    patient: toHex(grant.patient),
    issuer,
    issuerName: names.get(issuer) ?? '',
    issuerRole: person?.role ?? '',
    home: person === undefined ? '' : institutionName(client, person.home),
    createdMs: grant.timeMs,
    expiresAtMs: grant.expiresAtMs,
    state: stateOf(grant),
    revokedHeight: grant.revokedHeight,
    height: grant.height,
    threshold: grant.threshold,
    categories: [...new Set(compartments.map(({ category }) => category))],
    months: [...new Set(compartments.map(({ period }) => period))].toSorted(),
    purpose: purposeOf(opened?.terms.purpose ?? '')?.code ?? opened?.terms.purpose ?? '',
  };
}

/** Hits of a sign-in by grant and record: to open one no second search is needed. */
const found = new WeakMap<PhrClient, Map<string, Hit>>();

/** Search under a grant. That there was one is a line for the patient; what for, nobody learns. */
export async function searchShared(
  context: WorkerContext,
  input: { grant: string; words: string; categories: string[] },
): Promise<SharedFound> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const keywords = input.words.trim() === '' ? '*' : input.words;
  const result = await client.sharing.search(
    {
      grant: idOf(input.grant),
      keywords,
      ...(input.categories.length === 0 ? {} : { categories: input.categories }),
    },
    options,
  );
  const mine = found.get(client) ?? new Map<string, Hit>();
  found.set(client, mine);
  for (const hit of result.hits) mine.set(`${input.grant}/${toHex(hit.recordId)}`, hit);
  return {
    hits: result.hits
      .filter(({ amendedBy }) => amendedBy === null)
      .map(({ recordId, compartment, height, timeMs }) => ({
        id: toHex(recordId),
        category: compartment.category,
        period: compartment.period,
        height,
        anchoredMs: timeMs,
      }))
      .toSorted((a, b) => b.anchoredMs - a.anchoredMs),
    proof: await proofAt(client, result.height, options),
    isComplete: result.complete,
  };
}

const OPEN_MAX = 64;

/** Opens records through the institutions: one line that the patient sees, a receipt, and then the contents. */
export async function openShared(
  context: WorkerContext,
  input: { grant: string; records: string[] },
): Promise<SharedOpened> {
  const { client } = context.signedIn();
  const hits = input.records.flatMap((id) => found.get(client)?.get(`${input.grant}/${id}`) ?? []);
  if (hits.length === 0 || hits.length > OPEN_MAX)
    throw new ClientError('input-invalid', { what: 'records' });
  const opened = await client.sharing.openShared({ grant: idOf(input.grant), hits }, optionsOf(context));
  const { height } = await client.head(optionsOf(context));
  return {
    records: opened.records.map((record) => ({
      ...recordOf(record),
      file: sharedFile(record, input.grant),
    })),
    height,
    receipts: opened.receipts.map((bytes, i) => ({
      name: `receipt-${toHex(opened.accesses[i] ?? new Uint8Array()).slice(0, 16)}.json`,
      bytes,
    })),
    liars: opened.liars.map(({ node }) => institutionName(client, node)),
    refusals: opened.refusals.map(({ node, code }) => ({
      node: institutionName(client, idOf(node)),
      code,
    })),
  };
}

function sharedFile({ hit, mediaType, resource }: OpenedRecord, grant: string): FileView | null {
  const json = mediaType.includes('json') ? parseJson(resource) : undefined;
  const { category, period: month } = hit.compartment;
  const place = { category, month, patient: toHex(hit.patient), grant };
  return json === undefined ? null : fileOf(json, place);
}

/** A record as a page shows it. */
export function recordOf({ hit, mediaType, resource }: OpenedRecord): SharedRecord {
  const json = mediaType.includes('json') ? parseJson(resource) : undefined;
  return shownRecord({ id: toHex(hit.recordId), hit, mediaType }, json);
}

/** What a document holds, entry by entry, without its table of contents; any other record as it is. */
export function partsOf(record: OpenedRecord): SharedRecord[] {
  const { hit, mediaType, resource } = record;
  const json = mediaType.includes('json') ? parseJson(resource) : undefined;
  if (json?.['resourceType'] !== 'Bundle') return [recordOf(record)];
  return objectsOf(json['entry'])
    .map((entry) => entry['resource'])
    .filter(isObject)
    .filter((one) => one['resourceType'] !== 'Composition')
    .map((one, i) => shownRecord({ id: `${toHex(hit.recordId)}/${i}`, hit, mediaType }, one));
}

function shownRecord(
  { id, hit, mediaType }: { id: string; hit: Hit; mediaType: string },
  json: Json | undefined,
): SharedRecord {
  const said = json === undefined ? undefined : describe(json);
  // The narrative is markup of somebody else: it is not shown.
  const { text: _, ...shown } = json ?? {};
  return {
    id,
    category: hit.compartment.category,
    period: hit.compartment.period,
    type: said?.type ?? '',
    title: said?.title ?? '',
    value: said?.value ?? '',
    timeMs: said?.timeMs ?? hit.timeMs,
    mediaType,
    samples: json === undefined ? 0 : samplesIn(json),
    json: json === undefined ? '' : JSON.stringify(shown, undefined, 2),
    file: null,
  };
}
