import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { equalBytes, toHex } from '#crypto';
import { readGrant, REPORT_RECORDS_MAX, stateKeys } from '#consensus/ledger';
import {
  auditEventOf,
  bundleOf,
  CATEGORIES,
  consentOf,
  encodeResource,
  encodeSummary,
  exportEntriesOf,
  exportForResearch,
  ndjsonOf,
  parseResource,
} from '#node/records';
import type { ExportEntry, Resource, ResearchReport } from '#node/records';
import { recordedBy } from '#node/client';
import type { CallOptions, OpenedRecord, PhrClient } from '#node/client';
import { UsageError } from './command.ts';
import { writeArchive, writeBundleWithFiles } from './export-files.ts';
import type { FileCounts } from './export-files.ts';

export const EXPORT_FORMATS = ['bundle', 'ndjson', 'ips', 'everything', 'archive', 'research'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRun {
  readonly client: PhrClient;
  readonly format: ExportFormat;
  readonly patient: Uint8Array;
  /** What somebody shared with this person; absent: her own records, or those of her patient. */
  readonly grant?: Uint8Array;
  /** `YYYY-MM` and `all`. */
  readonly months: readonly string[];
  readonly timeMs: number;
  readonly options: CallOptions;
  write(bytes: Uint8Array): void;
}

export interface ExportReport {
  readonly records: number;
  readonly consents: number;
  readonly auditEvents: number;
  /** Of what the records name: in the formats that hold contents. */
  readonly attached?: FileCounts;
  readonly research?: ResearchReport;
}

/**
 * Opens records and writes them in one of the formats. Somebody else's records are reported on the ledger as exported
 * before a byte of them is written.
 * @throws ClientError, UsageError when a grant is not for research
 */
export async function runExport(run: ExportRun): Promise<ExportReport> {
  const opened = await openedRecords(run);
  const entries = opened.flatMap(entriesOf);
  const counts = { records: opened.length, consents: 0, auditEvents: 0 };
  switch (run.format) {
    case 'ndjson':
      for await (const part of ndjsonOf(entries)) run.write(part);
      return counts;
    case 'bundle':
      for await (const part of bundleOf(entries, { timeMs: run.timeMs })) run.write(part);
      return counts;
    case 'everything':
    case 'archive': {
      const consents = await consentsOf(run);
      const auditEvents = await auditEventsOf(run);
      const all = [...entries, ...consents, ...auditEvents];
      const write = run.format === 'archive' ? writeArchive : writeBundleWithFiles;
      const attached = await write(run, opened, all);
      return { ...counts, consents: consents.length, auditEvents: auditEvents.length, attached };
    }
    case 'ips':
      run.write(summaryOf(run, entries));
      return counts;
    case 'research': {
      const resources = entries.map(({ bytes }) => parseResource(bytes));
      const { timeMs, client } = run;
      const research = await exportForResearch(resources, {
        timeMs,
        random: (length) => client.backend.random(length),
        write: (line) => run.write(line),
      });
      return { ...counts, research };
    }
  }
}

async function openedRecords(run: ExportRun): Promise<OpenedRecord[]> {
  const { client, patient, months, options, grant } = run;
  if (grant) {
    const { terms } = await client.sharing.open(grant, options);
    if (run.format === 'research' && terms.purpose !== 'HRESCH')
      throw new UsageError('the grant is not for research: its purpose is not HRESCH');
    const { hits, complete } = await client.sharing.search({ grant, keywords: '*' }, options);
    if (!complete) throw new UsageError('more records than one export takes; name fewer months');
    return [...(await client.sharing.openShared({ grant, hits }, options)).records];
  }
  const { hits, complete } = await client.records.search(
    { patient, categories: CATEGORIES, months, keywords: '*' },
    options,
  );
  if (!complete) throw new UsageError('more records than one export takes; name fewer months');
  // A version that was amended is history; the newest one is the record.
  const newest = hits.filter(({ amendedBy }) => amendedBy === null);
  if (!equalBytes(patient, client.keys.id)) {
    for (let i = 0; i < newest.length; i += REPORT_RECORDS_MAX) {
      const ids = newest.slice(i, i + REPORT_RECORDS_MAX).map(({ recordId }) => recordId);
      await client.records.report(patient, ids, 'export', options);
    }
  }
  return await client.records.openAll(newest, options);
}

const entriesOf = ({ mediaType, resource, hit }: OpenedRecord): ExportEntry[] =>
  exportEntriesOf({
    id: toHex(hit.recordId),
    patient: toHex(hit.patient),
    mediaType,
    bytes: resource,
    timeMs: hit.timeMs,
  });

async function auditEventsOf({ client, patient, options }: ExportRun): Promise<ExportEntry[]> {
  const { lines } = await client.audit.whoHasSeen(patient, options);
  const context = { patient: toHex(patient), chainId: toHex(client.chainId) };
  return lines.map((line) => ({
    bytes: encodeResource(auditEventOf({ ...line, recordedBy: recordedBy(line.kind) }, context)),
  }));
}

/** Grants that the vault knows the content of; the ledger has only a commitment to it. */
async function consentsOf({ client, patient, options, timeMs }: ExportRun): Promise<ExportEntry[]> {
  const known = client.vault.grants.filter((grant) => equalBytes(grant.patient, patient));
  const proven = await client.read(
    known.map(({ grant }) => stateKeys.grant(grant)),
    options,
  );
  return known.flatMap(({ grant: id, categories, months }) => {
    const grant = readGrant(proven.get, id);
    if (!grant) return [];
    const facts = {
      grant: toHex(id),
      patient: toHex(patient),
      delegate: toHex(grant.delegate),
      issuer: toHex(grant.issuer),
      categories,
      months,
      createdMs: grant.timeMs,
      expiresAtMs: grant.expiresAtMs,
      isRevoked: grant.revokedHeight !== null,
    };
    return [{ bytes: encodeResource(consentOf(facts, timeMs)) }];
  });
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const freshUrl = (): string => `urn:uuid:${crypto.randomUUID()}`;

function summaryOf({ patient, timeMs }: ExportRun, entries: readonly ExportEntry[]): Uint8Array {
  const resources = entries.map(({ bytes }) => {
    const resource = parseResource(bytes);
    const id = resource['id'];
    return { fullUrl: typeof id === 'string' && UUID.test(id) ? `urn:uuid:${id}` : freshUrl(), resource };
  });
  const unknown: Resource = {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:phr-mesh:person', value: toHex(patient) }],
  };
  const person = resources.find(({ resource }) => resource.resourceType === 'Patient') ?? {
    fullUrl: freshUrl(),
    resource: unknown,
  };
  const documentId = freshUrl();
  const compositionId = freshUrl();
  const author = person.fullUrl;
  const unique = [...new Map(resources.map((entry) => [entry.fullUrl, entry])).values()];
  return encodeSummary({ documentId, compositionId, patient: person, author, timeMs, entries: unique });
}

/** A file that is there whole or not at all, for its owner alone. @throws UsageError when there is one already */
export async function writeWhole<T>(
  file: string,
  work: (write: (bytes: Uint8Array) => void) => Promise<T>,
): Promise<T> {
  if (existsSync(file)) throw new UsageError(`${basename(file)} is there already, and is not overwritten`);
  if (!existsSync(dirname(file))) throw new UsageError(`there is no folder ${dirname(file)}`);
  const part = `${file}.part`;
  const handle = openSync(part, 'w', 0o600);
  try {
    const result = await work((bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    });
    renameSync(part, file);
    return result;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}
