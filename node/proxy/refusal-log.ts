import { equalBytes, toHex } from '#crypto';
import type { ProxyRefusalCode } from './proxy-refusal.ts';

/** What this node's proxy did not convert, and why. Pseudonyms only. */
export interface RecordedRefusal {
  readonly access: Uint8Array;
  readonly code: ProxyRefusalCode;
  /** Known once the access request is. */
  readonly about: {
    readonly grant: Uint8Array;
    readonly patient: Uint8Array;
    readonly delegate: Uint8Array;
  } | null;
  readonly firstMs: number;
  readonly lastMs: number;
  /** How often it was asked for; the same request refused for the same reason is one entry. */
  readonly count: number;
}

/** Entries about known requests: each cost its delegate a transaction. */
export const REFUSALS_MAX = 4096;
/** Entries about requests that are not on the ledger; they can never push out the others. */
export const REFUSALS_UNKNOWN_MAX = 256;

/**
 * Refusals of this node's proxy since it started, newest last, the oldest forgotten first. They are this node's word:
 * not on the ledger, where a refusal would show a try to everybody and cost a transaction that a refused one could force.
 */
export class RefusalLog {
  readonly #known = new Map<string, RecordedRefusal>();
  readonly #unknown = new Map<string, RecordedRefusal>();

  record(refusal: Pick<RecordedRefusal, 'access' | 'code' | 'about'>, nowMs: number): void {
    const [entries, max] =
      refusal.about === null ? [this.#unknown, REFUSALS_UNKNOWN_MAX] : [this.#known, REFUSALS_MAX];
    const name = `${toHex(refusal.access)}/${refusal.code}`;
    const before = entries.get(name);
    entries.delete(name);
    entries.set(name, {
      ...refusal,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
      count: (before?.count ?? 0) + 1,
    });
    const oldest = entries.keys().next();
    if (entries.size > max && !oldest.done) entries.delete(oldest.value);
  }

  /** An auditor reads all, everybody else what is about herself, as patient or as delegate. */
  readBy(reader: { id: Uint8Array; role: string }): RecordedRefusal[] {
    const all = [...this.#known.values()];
    if (reader.role === 'auditor') return [...this.#unknown.values(), ...all];
    return all.filter(
      ({ about }) =>
        about !== null && (equalBytes(about.patient, reader.id) || equalBytes(about.delegate, reader.id)),
    );
  }
}
