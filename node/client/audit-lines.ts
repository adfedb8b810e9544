import { toHex } from '#crypto';
import type { AuditLine, TransactionKind } from '#consensus/ledger';
import type { VerifiedAudit } from './audit-file.ts';
import { ClientError } from './client-error.ts';

/** Blocks `from` to `to`, both included. */
export interface HeightRange {
  readonly from: number;
  readonly to: number;
}

/** A stretch of a verified audit. Nothing in it is left out: it is cut from a list whose length is proven. */
export interface AuditRange extends HeightRange {
  readonly patient: Uint8Array;
  /** Lines of the whole list up to the block that the file proves. */
  readonly total: number;
  readonly lines: readonly (AuditLine & { readonly position: number })[];
}

const COLUMNS = [
  'position',
  'height',
  'time',
  'kind',
  'transaction',
  'actor',
  'subject',
  'grant',
  'request',
  'action',
  'recordedBy',
  'records',
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string | number | readonly string[] | null>>;

/**
 * Whose word a line is. `ledger`: nothing of the kind happens without the line. `client`: what a person opened, searched,
 * exported or printed with keys of her own, which her client says and no node can see.
 */
export function recordedBy(kind: TransactionKind): 'ledger' | 'client' {
  return kind === 'access.report' || kind === 'access.search' ? 'client' : 'ledger';
}

/**
 * The lines of some blocks.
 * @throws ClientError `input-invalid` when the file does not reach that far: then nobody can say what is missing.
 */
export function auditRange(audit: VerifiedAudit, range: Partial<HeightRange> = {}): AuditRange {
  const [from, to] = [range.from ?? 0, range.to ?? audit.height];
  if (to > audit.height || from > to)
    throw new ClientError('input-invalid', { what: 'outside what the file proves', height: audit.height });
  const lines = audit.lines
    .map((line, position) => ({ ...line, position }))
    .filter(({ height }) => height >= from && height <= to);
  return { patient: audit.patient, from, to, total: audit.lines.length, lines };
}

/** A line of JSON that says what the list is, then one for each line of it. */
export function auditNdjson(range: AuditRange): string {
  const { from, to, total, lines, patient } = range;
  const head = { format: 'phr-mesh-audit-lines', version: 1, patient: toHex(patient), from, to };
  const rows = [{ ...head, lines: lines.length, total }, ...lines.map(rowOf)];
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** RFC 4180 with a line of column names. Only ids, numbers, times and kinds: nothing that a table would execute. */
export function auditCsv(range: AuditRange): string {
  const rows = range.lines.map(rowOf).map((row) => COLUMNS.map((column) => cell(row[column])));
  return [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
}

function rowOf(line: AuditLine & { readonly position: number }): Row {
  const idOrNull = (id: Uint8Array | null): string | null => (id === null ? null : toHex(id));
  return {
    position: line.position,
    height: line.height,
    time: new Date(line.timeMs).toISOString(),
    kind: line.kind,
    transaction: toHex(line.transaction),
    actor: toHex(line.actor),
    subject: idOrNull(line.subject),
    grant: idOrNull(line.grant),
    request: idOrNull(line.request),
    action: line.action,
    recordedBy: recordedBy(line.kind),
    records: line.records.map(toHex),
  };
}

function cell(value: Row[keyof Row]): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
