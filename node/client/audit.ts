import { readAudit, readAuditCount, stateKeys } from '#consensus/ledger';
import type { AuditLine, Get } from '#consensus/ledger';
import { toHex } from '#crypto';
import { refusalsSchema, STATE_KEYS_MAX } from './api.ts';
import type { NodeRefusal } from './api.ts';
import type { AuditSegment } from './audit-file.ts';
import { segmentKeys } from './audit-segment.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';

/** Lines that one request proves, with one key left for the count. */
const SEGMENT_LINES = STATE_KEYS_MAX - 1;

export interface AuditList {
  readonly patient: Uint8Array;
  /** Complete up to this block: the length of the list is proven, and so is every line. */
  readonly height: number;
  readonly lines: readonly (AuditLine & { readonly position: number })[];
}

/** "Who has seen my data" (EXPERIENCE 3.2). */
export class Audit {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every line about a patient, oldest first. */
  async whoHasSeen(patient: Uint8Array, options: CallOptions = {}): Promise<AuditList> {
    const { lines, height } = await this.#collect(patient, options);
    return { patient, height, lines: lines.map((line, position) => ({ ...line, position })) };
  }

  /**
   * What the proxy of this client's node refused, the newest of it: about the caller, or all for an auditor. The node's
   * word and not proven; other nodes have lists of their own.
   */
  async refusals(options: CallOptions = {}): Promise<NodeRefusal[]> {
    const request = { method: 'GET', path: '/refusals' } as const;
    return (await this.#connection.api.json(request, refusalsSchema, options)).refusals;
  }

  /** The same list as a file that proves itself, see `verifyAudit`. */
  async export(patient: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const { chainId, state } = this.#connection;
    const { segments } = await this.#collect(patient, options);
    const { encodeAuditFile } = await import('./audit-file.ts');
    const { collectGrants } = await import('./audit-grants.ts');
    const grants = await collectGrants(this.#connection, patient, options);
    return encodeAuditFile(chainId, patient, segments, grants, state.changes);
  }

  /**
   * The count is read first, and with it as many lines as there were then: lines never change, so those that are
   * read under a later head are the same, and what was added meanwhile is not part of this list.
   */
  async #collect(
    patient: Uint8Array,
    options: CallOptions,
  ): Promise<{ lines: AuditLine[]; segments: AuditSegment[]; height: number }> {
    const { state } = this.#connection;
    const counted = await state.read([stateKeys.auditCount(patient)], options);
    const hint = Math.min(readAuditCount(counted.get, patient), SEGMENT_LINES);
    const lines: AuditLine[] = [];
    const segments: AuditSegment[] = [];
    let total = hint;
    let height = 0;
    do {
      checkAborted(options);
      const first = lines.length;
      const count = Math.min(SEGMENT_LINES, total - first);
      const answer = await state.readWithEvidence(segmentKeys(patient, first, count), options);
      const get: Get = (key) => answer.values.get(toHex(key));
      if (first === 0) {
        total = readAuditCount(get, patient);
        height = answer.header.height;
        // The first line came between the two reads.
        if (count === 0 && total > 0) return await this.#collect(patient, options);
      }
      for (let i = 0; i < count; i += 1) {
        const line = readAudit(get, patient, first + i);
        if (!line) throw new ClientError('proof-invalid', { what: 'a counted line is absent' });
        lines.push(line);
      }
      segments.push({ ...answer.evidence, first, count });
      options.onProgress?.({ what: 'read', done: lines.length, total });
    } while (lines.length < total);
    return { lines, segments, height };
  }
}
