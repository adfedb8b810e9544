import {
  compareBytes,
  concatBytes,
  CryptoError,
  decode,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectMap,
  toHex,
  utf8,
} from '#crypto';
import { PROXY_REFUSAL_CODES } from './proxy-refusal.ts';
import type { ProxyRefusalCode } from './proxy-refusal.ts';

/** What this node did not convert or release, and why. Pseudonyms only. */
export interface RecordedRefusal {
  /** Id of the access request, of the emergency, or of the person who recovers. */
  readonly access: Uint8Array;
  readonly code: ProxyRefusalCode;
  /** Known once the request is; `grant` is the deposit's id where a release was asked for. */
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
/** Refusals of so long are written together: who is refused can not make the disk wait for each. */
export const REFUSALS_WRITE_MS = 1_000;

const ROOM = 'refusals';
const ENTRY_BYTES_MAX = 512;

/** Where refusals outlast the process: rows of the node's own database. */
export interface RefusalStore {
  list(room: string): Iterable<[key: Uint8Array, value: Uint8Array]>;
  update(room: string, changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | null]>): void;
}

/**
 * Refusals of this node, newest last, the oldest forgotten first. They are this node's word: not on the ledger, where a
 * refusal would show a try to everybody and cost a transaction that a refused one could force. With a store they outlast
 * a restart; a crash takes those of the last second.
 */
export class RefusalLog {
  readonly #known = new Map<string, RecordedRefusal>();
  readonly #unknown = new Map<string, RecordedRefusal>();
  #store: RefusalStore | undefined;
  readonly #setTimeout: (fn: () => void, ms: number) => () => void;
  readonly #unwritten = new Map<string, readonly [key: Uint8Array, value: Uint8Array | null]>();
  #cancel: (() => void) | undefined;

  constructor(init: { store?: RefusalStore; setTimeout?: (fn: () => void, ms: number) => () => void } = {}) {
    this.#store = init.store;
    this.#setTimeout = init.setTimeout ?? (() => () => undefined);
    const kept = [...(init.store?.list(ROOM) ?? [])].flatMap(([, value]) => entryFrom(value) ?? []);
    for (const entry of kept.toSorted((a, b) => a.lastMs - b.lastMs || compareBytes(a.access, b.access)))
      this.#mapOf(entry).set(nameOf(entry), entry);
  }

  record(refusal: Pick<RecordedRefusal, 'access' | 'code' | 'about'>, nowMs: number): void {
    const entries = this.#mapOf(refusal);
    const max = refusal.about === null ? REFUSALS_UNKNOWN_MAX : REFUSALS_MAX;
    const name = nameOf(refusal);
    const before = entries.get(name);
    entries.delete(name);
    const entry = {
      ...refusal,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
      count: (before?.count ?? 0) + 1,
    };
    entries.set(name, entry);
    this.#write(entry, valueOf(entry));
    const [oldest] = entries.values();
    if (entries.size > max && oldest !== undefined) {
      entries.delete(nameOf(oldest));
      this.#write(oldest, null);
    }
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

  /** Writes what waits. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#unwritten.size === 0) return;
    this.#store?.update(ROOM, this.#unwritten.values());
    this.#unwritten.clear();
  }

  /** Writes what waits, and nothing any more. */
  close(): void {
    this.flush();
    this.#store = undefined;
  }

  #mapOf({ about }: Pick<RecordedRefusal, 'about'>): Map<string, RecordedRefusal> {
    return about === null ? this.#unknown : this.#known;
  }

  #write(entry: Pick<RecordedRefusal, 'access' | 'code' | 'about'>, value: Uint8Array | null): void {
    if (this.#store === undefined) return;
    const key = keyOf(entry);
    this.#unwritten.set(toHex(key), [key, value]);
    this.#cancel ??= this.#setTimeout(() => this.flush(), REFUSALS_WRITE_MS);
  }
}

const nameOf = ({ access, code }: Pick<RecordedRefusal, 'access' | 'code'>): string =>
  `${toHex(access)}/${code}`;

const keyOf = ({ access, code, about }: Pick<RecordedRefusal, 'access' | 'code' | 'about'>): Uint8Array =>
  concatBytes(Uint8Array.of(about === null ? 0 : 1), access, utf8(code));

function valueOf({ access, code, about, firstMs, lastMs, count }: RecordedRefusal): Uint8Array {
  const { grant, patient, delegate } = about ?? {};
  const ids = about === null ? null : { grant, patient, delegate };
  return encode({ access, code, about: ids, firstMs, lastMs, count });
}

/** Undefined for a row that this version did not write: an old word is better lost than misread. */
function entryFrom(value: Uint8Array): RecordedRefusal | undefined {
  try {
    const fields = ['access', 'code', 'about', 'firstMs', 'lastMs', 'count'] as const;
    const map = expectMap(decode(value, ENTRY_BYTES_MAX), fields, 'refusal');
    const code = PROXY_REFUSAL_CODES.find((known) => known === map.code);
    if (code === undefined) return undefined;
    const ids = map.about === null ? null : expectMap(map.about, ['grant', 'patient', 'delegate'], 'about');
    return {
      access: expectBytes(map.access, 32, 'access'),
      code,
      about: ids && {
        grant: expectBytes(ids.grant, 32, 'grant'),
        patient: expectBytes(ids.patient, 32, 'patient'),
        delegate: expectBytes(ids.delegate, 32, 'delegate'),
      },
      firstMs: expectInteger(map.firstMs, 0, Number.MAX_SAFE_INTEGER, 'firstMs'),
      lastMs: expectInteger(map.lastMs, 0, Number.MAX_SAFE_INTEGER, 'lastMs'),
      count: expectInteger(map.count, 1, Number.MAX_SAFE_INTEGER, 'count'),
    };
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
