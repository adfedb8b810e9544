import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { parseLink, toHex } from '#crypto';
import type { CID } from '#crypto';
import type { DiskSeal } from './disk-seal.ts';
import { GatewayError } from './gateway-error.ts';
import { intakeForm, intakeOf, objectForm, objectOf } from './object-form.ts';
import type { IntakeEntry } from './object-form.ts';
import { nameOfStream } from './stream.ts';
import type { StreamObject } from './stream.ts';

/** Queue on disk at which nothing more is accepted. A day of 50 sources at 1 Hz takes about 0.5 GB. */
export const QUEUE_BYTES_MAX = 8 * 1024 * 1024 * 1024;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA locking_mode = EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS counters (source TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS intake (seq INTEGER PRIMARY KEY AUTOINCREMENT, box BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce BLOB NOT NULL UNIQUE,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    month TEXT NOT NULL,
    header TEXT,
    covered INTEGER,
    box BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS objects_by_state ON objects (state, seq);
  CREATE INDEX IF NOT EXISTS objects_by_stream ON objects (stream, seq);
`;

/** `sending`: an upload was begun, so the ledger may know it. `anchored`: the ledger knows it. */
export type ObjectState = 'ready' | 'sending' | 'anchored';

export interface QueuedObject {
  readonly seq: number;
  readonly nonce: Uint8Array;
  /** What its nonce makes of this patient and gateway. */
  readonly recordId: Uint8Array;
  /** Pseudonym of the stream. */
  readonly stream: string;
  readonly state: ObjectState;
  readonly month: string;
  readonly header: CID | null;
  readonly object: StreamObject;
}

export interface NewObject {
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
  readonly object: StreamObject;
  /** When its stream is to be compacted. */
  readonly dueMs: number;
}

/**
 * The gateway's queue: one SQLite file, every change one synced transaction, every reading in it sealed. In the clear
 * are counts, pseudonyms, months and times of work to do.
 */
export class Queue {
  readonly #database: DatabaseSync;
  readonly #seal: DiskSeal;
  readonly #recordIdOf: (nonce: Uint8Array) => Uint8Array;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws GatewayError `already-running` when another process has the file open, `queue-failed` */
  constructor(file: string, seal: DiskSeal, recordIdOf: (nonce: Uint8Array) => Uint8Array) {
    this.#seal = seal;
    this.#recordIdOf = recordIdOf;
    try {
      this.#database = new DatabaseSync(file);
      this.#database.exec(SCHEMA);
      this.#database.exec("BEGIN IMMEDIATE; INSERT OR IGNORE INTO meta VALUES ('opened', 1); COMMIT");
    } catch (cause) {
      const isLocked = cause instanceof Error && /locked|busy/i.test(cause.message);
      throw new GatewayError(isLocked ? 'already-running' : 'queue-failed', {}, { cause });
    }
  }

  close(): void {
    this.#database.close();
  }

  /** All or nothing, on the disk when it returns. @throws GatewayError `queue-failed` */
  transaction<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (cause instanceof GatewayError) throw cause;
      throw new GatewayError('queue-failed', {}, { cause });
    }
  }

  /** Bytes in use; what was sent and deleted is used again. */
  get bytes(): number {
    const pragma = (name: string): number => Number(this.#get(`PRAGMA ${name}`)?.[name] ?? 0);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  number(name: string): number | undefined {
    const row = this.#get('SELECT value FROM meta WHERE name = ?', name);
    return row === undefined ? undefined : Number(row['value']);
  }

  setNumber(name: string, value: number): void {
    this.#run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value);
  }

  /** The highest counter accepted of a source; 0 before the first. */
  lastCounter(source: string): number {
    const row = this.#get('SELECT last FROM counters WHERE source = ?', this.#seal.pseudonym(source));
    return Number(row?.['last'] ?? 0);
  }

  get sources(): number {
    return Number(this.#get('SELECT count(*) AS n FROM counters')?.['n'] ?? 0);
  }

  /** Within a transaction: readings that arrived, and how far their sources have counted. */
  accept(entries: readonly IntakeEntry[]): void {
    for (const entry of entries) {
      const last = entry.readings.at(-1)?.n ?? 0;
      this.#run('INSERT OR REPLACE INTO counters VALUES (?, ?)', this.#seal.pseudonym(entry.source), last);
      this.#run('INSERT INTO intake (box) VALUES (?)', this.#seal.seal('intake', intakeForm(entry)));
    }
  }

  get intakeRows(): number {
    return Number(this.#get('SELECT count(*) AS n FROM intake')?.['n'] ?? 0);
  }

  /** The oldest messages that are in no object yet. */
  intake(limit: number): { seq: number; entry: IntakeEntry }[] {
    return this.#all('SELECT seq, box FROM intake ORDER BY seq LIMIT ?', limit).map((row) => ({
      seq: Number(row['seq']),
      entry: intakeOf(this.#seal.open('intake', bytesOf(row['box']))),
    }));
  }

  /** Within a transaction: the messages up to `seq` are in objects now. */
  dropIntake(seq: number): void {
    this.#run('DELETE FROM intake WHERE seq <= ?', seq);
  }

  /** Within a transaction. @returns its sequence number */
  add({ nonce, object, dueMs }: NewObject): number {
    const name = nameOfStream(object.stream);
    const { lastInsertRowid } = this.#run(
      "INSERT INTO objects (nonce, stream, kind, state, due, month, box) VALUES (?, ?, ?, 'ready', ?, ?, ?)",
      nonce,
      this.#seal.pseudonym(name),
      object.kind,
      dueMs,
      object.stream.day.slice(0, 7),
      this.#seal.seal(`object:${toHex(nonce)}`, objectForm(object)),
    );
    return Number(lastInsertRowid);
  }

  /** Within a transaction: what is to be sent says something else now. */
  replace({ nonce, seq }: QueuedObject, object: StreamObject): void {
    const box = this.#seal.seal(`object:${toHex(nonce)}`, objectForm(object));
    this.#run('UPDATE objects SET box = ? WHERE seq = ?', box, seq);
  }

  /** Months with something to send, the oldest work first. */
  waitingMonths(): string[] {
    const rows = this.#all(
      "SELECT month, min(seq) AS first FROM objects WHERE state IN ('ready', 'sending') GROUP BY month ORDER BY first",
    );
    return rows.map((row) => String(row['month']));
  }

  /** What is to be sent of a month, oldest first. */
  waiting(month: string, limit: number): QueuedObject[] {
    return this.#all(
      "SELECT * FROM objects WHERE state IN ('ready', 'sending') AND month = ? ORDER BY seq LIMIT ?",
      month,
      limit,
    ).map((row) => this.#objectOf(row));
  }

  get waitingObjects(): number {
    const row = this.#get("SELECT count(*) AS n FROM objects WHERE state IN ('ready', 'sending')");
    return Number(row?.['n'] ?? 0);
  }

  get anchoredObjects(): number {
    return this.number('anchored') ?? 0;
  }

  /** Within a transaction: from now on the ledger may know these. */
  markSending(objects: readonly QueuedObject[]): void {
    for (const { seq } of objects) this.#run("UPDATE objects SET state = 'sending' WHERE seq = ?", seq);
  }

  /** Within a transaction: the ledger has it. What a day object covers is needed no more. */
  markAnchored({ seq, stream, object }: QueuedObject, header: CID): void {
    const text = header.toString();
    this.#run("UPDATE objects SET state = 'anchored', header = ? WHERE seq = ?", text, seq);
    this.setNumber('anchored', this.anchoredObjects + 1);
    if (object.kind !== 'day') return;
    this.#run('DELETE FROM objects WHERE covered = ?', seq);
    this.#run("DELETE FROM objects WHERE stream = ? AND kind = 'day' AND seq < ?", stream, seq);
  }

  /** Streams that are due for compaction: segments that no day object covers, and no day object on its way. */
  dueStreams(nowMs: number, limit: number): string[] {
    const rows = this.#all(
      `SELECT DISTINCT stream FROM objects AS o WHERE kind = 'segment' AND covered IS NULL AND due <= ?
         AND NOT EXISTS (SELECT 1 FROM objects AS d WHERE d.stream = o.stream AND d.kind = 'day' AND d.state <> 'anchored')
       LIMIT ?`,
      nowMs,
      limit,
    );
    return rows.map((row) => String(row['stream']));
  }

  /** The day object and the uncovered segments of a stream, oldest first. */
  ofStream(stream: string): QueuedObject[] {
    return this.#all('SELECT * FROM objects WHERE stream = ? AND covered IS NULL ORDER BY seq', stream).map(
      (row) => this.#objectOf(row),
    );
  }

  /** Within a transaction: the day object `by` has the readings of these. */
  cover(seqs: readonly number[], by: number): void {
    for (const seq of seqs) this.#run('UPDATE objects SET covered = ? WHERE seq = ?', by, seq);
  }

  /** Within a transaction: day objects of months long gone; late data cannot reach them any more. */
  forgetDays(dueBeforeMs: number): void {
    this.#run(
      "DELETE FROM objects WHERE state = 'anchored' AND due < ? AND (kind = 'day' OR covered = 0)",
      dueBeforeMs,
    );
  }

  #objectOf(row: Record<string, unknown>): QueuedObject {
    const nonce = bytesOf(row['nonce']);
    const state = String(row['state']);
    return {
      seq: Number(row['seq']),
      nonce,
      recordId: this.#recordIdOf(nonce),
      stream: String(row['stream']),
      state: state === 'ready' || state === 'sending' ? state : 'anchored',
      month: String(row['month']),
      header: typeof row['header'] === 'string' ? parseLink(row['header']) : null,
      object: objectOf(this.#seal.open(`object:${toHex(nonce)}`, bytesOf(row['box']))),
    };
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]) {
    return this.#statement(sql).run(...values);
  }

  #get(sql: string, ...values: (string | number)[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }
}

const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array();
