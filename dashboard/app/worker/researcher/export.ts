import { fromHex, toHex } from '#crypto';
import type { CallOptions, OpenedRecord, PhrClient } from '#node/client';
import { ClientError } from '#node/client';
import { exportForResearch, parseResource } from '#node/records';
import type { Resource } from '#node/records';
import { everyInstitution } from '../institutions.ts';
import { studies } from './studies.ts';

const FHIR = 'application/fhir+json';

/** What left for research, and what did not. */
export interface StudyExport {
  name: string;
  bytes: Uint8Array;
  /** Patients whose grants were used. */
  patients: number;
  /** Records that were opened: each is a line that its patient sees. */
  opened: number;
  written: number;
  /** By type: left out because nothing of the type may pass. */
  leftOut: { type: string; count: number }[];
  /** Refused by the second look. */
  refused: number;
  /** Records that are no FHIR resource. */
  notFhir: number;
  persons: number;
  k: number;
  /** Access requests in the ledger. */
  accesses: number;
  /** Institutions that took no part, each once. */
  withoutNodes: string[];
}

/**
 * Opens everything of a study through the proxies and writes what Safe Harbor lets pass, with pseudonyms drawn anew.
 * Everything happens here; no node sees a record. @throws ClientError `no-access` when nothing is shared now
 */
export async function exportStudy(
  client: PhrClient,
  { protocol }: { protocol: string },
  options: CallOptions,
): Promise<StudyExport> {
  const study = (await studies(client, options)).find((one) => one.protocol === protocol);
  const live = study?.shared.filter(({ state }) => state === 'live') ?? [];
  if (live.length === 0) throw new ClientError('no-access', { what: 'nothing is shared now' });
  const opened: { patient: string; record: OpenedRecord }[] = [];
  const refusals = new Set<string>();
  let accesses = 0;
  for (const { grant, patient } of live) {
    const found = await client.sharing.search({ grant: fromHex(grant), keywords: '*' }, options);
    const hits = found.hits.filter(({ amendedBy }) => amendedBy === null);
    if (hits.length === 0) continue;
    const opening = await client.sharing.openShared({ grant: fromHex(grant), hits }, options);
    accesses += opening.accesses.length;
    for (const { node } of opening.refusals) refusals.add(node);
    opened.push(...opening.records.map((record) => ({ patient, record })));
  }
  const parts: Uint8Array[] = [];
  const resources = opened.flatMap(({ patient, record }) => resourceOf(patient, record));
  const report = await exportForResearch(resources, {
    random: (length) => client.backend.random(length),
    timeMs: Date.now(),
    write: (line) => void parts.push(line),
  });
  return {
    name: `${protocol.replaceAll(/[^A-Za-z0-9.-]/g, '-')}.ndjson`,
    bytes: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
    patients: live.length,
    opened: opened.length,
    written: report.written,
    leftOut: Object.entries(report.leftOut).map(([type, count]) => ({ type, count })),
    refused: report.refused.length,
    notFhir: opened.length - resources.length,
    persons: report.persons,
    k: report.k,
    accesses,
    withoutNodes: everyInstitution(client).flatMap(({ id, name }) => (refusals.has(toHex(id)) ? [name] : [])),
  };
}

/**
 * The resource under one name for its patient: records of a patient name her in different ways (a chart's number, the
 * gateway's identifier), and all of them become one pseudonym.
 */
function resourceOf(patient: string, { resource, mediaType }: OpenedRecord): Resource[] {
  if (mediaType !== FHIR) return [];
  const parsed = parseResource(resource);
  const reference = { reference: `Patient/${patient}` };
  if (parsed.resourceType === 'Patient') return [{ ...parsed, id: patient }];
  return [
    {
      ...parsed,
      ...('subject' in parsed ? { subject: reference } : {}),
      ...('patient' in parsed ? { patient: reference } : {}),
    },
  ];
}
