import { encode, toHex, utf8 } from '#crypto';
import type { CallOptions, PhrClient } from '#node/client';
import { auditEventOf, encodeResource } from '#node/records';
import { idOf } from '../directory.ts';
import { filtered, linesOf, patientsOf } from './events.ts';
import type { EventFilter, EventLine } from './events.ts';

/** A file for the auditor to keep. */
export interface ExportedFile {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
  /** Lines, resources or blocks in it. */
  count: number;
  height: number;
}

const COLUMNS = [
  'height',
  'time',
  'kind',
  'transaction',
  'sender',
  'senderRole',
  'senderHome',
  'patient',
  'subject',
  'grant',
  'emergency',
  'records',
  'code',
] as const;

/** Events that fit, as RFC 4180: ids, numbers, times and kinds of a fixed list, so nothing that a table would execute. */
export async function exportCsv(
  client: PhrClient,
  filter: EventFilter,
  options: CallOptions,
): Promise<ExportedFile> {
  const { all, report } = await filtered(client, filter, options);
  const lines = await linesOf(client, all, options);
  const rows = lines.map((line) => COLUMNS.map((column) => cellOf(line, column)));
  const text = [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
  return file(`phr-events-${report.height}.csv`, 'text/csv', utf8(text), lines.length, report.height);
}

function cellOf(line: EventLine, column: (typeof COLUMNS)[number]): string {
  const value = column === 'time' ? new Date(line.timeMs).toISOString() : line[column];
  return value === null ? '' : String(value);
}

/** The proven audit lists of all patients whom the events concern, as FHIR R4 AuditEvent (IHE BALP), one a line. */
export async function exportFhir(
  client: PhrClient,
  filter: EventFilter,
  options: CallOptions,
): Promise<ExportedFile> {
  const { all, report } = await filtered(client, filter, options);
  const wanted = new Set(all.map(({ transaction }) => toHex(transaction)));
  const chainId = toHex(client.chainId);
  const parts: Uint8Array[] = [];
  for (const patient of patientsOf(all)) {
    const { lines } = await client.audit.whoHasSeen(patient, options);
    for (const line of lines) {
      if (!wanted.has(toHex(line.transaction))) continue;
      parts.push(encodeResource(auditEventOf(line, { patient: toHex(patient), chainId })), utf8('\n'));
    }
  }
  const name = `phr-audit-events-${report.height}.ndjson`;
  return file(name, 'application/fhir+ndjson', joined(parts), parts.length / 2, report.height);
}

/** One patient's whole list as a file that proves itself to anybody with the genesis: `phr audit verify`. */
export async function exportProof(
  client: PhrClient,
  { patient: text }: { patient: string },
  options: CallOptions,
): Promise<ExportedFile> {
  const patient = idOf(text);
  const { lines, height } = await client.audit.whoHasSeen(patient, options);
  const bytes = await client.audit.export(patient, options);
  return file(
    `phr-audit-${text.slice(0, 16)}.phr-audit`,
    'application/octet-stream',
    bytes,
    lines.length,
    height,
  );
}

/** All blocks with the certificates of those who signed them: whoever has the genesis can execute them anew. */
export async function exportBlocks(client: PhrClient, options: CallOptions): Promise<ExportedFile> {
  const blocks: { block: Uint8Array; certificate: Uint8Array }[] = [];
  for await (const { bytes, certificate } of client.chain.blocks({ from: 1 }, options)) {
    blocks.push({ block: bytes, certificate });
  }
  const bundle = encode({ format: 'phr-mesh-blocks', version: 1, chainId: client.chainId, from: 1, blocks });
  return file(
    `phr-blocks-${blocks.length}.cbor`,
    'application/vnd.ipld.dag-cbor',
    bundle,
    blocks.length,
    blocks.length,
  );
}

function file(
  name: string,
  mediaType: string,
  bytes: Uint8Array,
  count: number,
  height: number,
): ExportedFile {
  return { name, mediaType, bytes, count, height };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
