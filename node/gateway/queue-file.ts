import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { GatewayError } from './gateway-error.ts';

/** In the directory of a gateway. */
export const QUEUE_FILE = 'queue.sqlite';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA locking_mode = EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS counters (
    lane TEXT NOT NULL,
    source TEXT NOT NULL,
    last INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    PRIMARY KEY (lane, source)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS intake (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    box BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    source TEXT NOT NULL,
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
  CREATE INDEX IF NOT EXISTS intake_by_lane ON intake (lane, seq);
  CREATE INDEX IF NOT EXISTS objects_by_state ON objects (lane, state, month, source, seq);
  CREATE INDEX IF NOT EXISTS objects_by_stream ON objects (stream, seq);
`;

/** Whose lane it is: a lane is called by its enrolment, and by the keys that this had. */
export const enrolmentOfLane = (lane: string): string => lane.split('/')[0] ?? '';

type Value = string | number | Uint8Array;
type Row = Record<string, unknown>;

/** The one SQLite file of a gateway, with the queues of all its enrolments: every change one synced transaction. */
export class QueueFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws GatewayError `already-running` when another process has the file open, `queue-failed` */
  constructor(file: string) {
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
    const pragma = (name: string): number => Number(this.get(`PRAGMA ${name}`)?.[name] ?? 0);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  number(name: string): number | undefined {
    const row = this.get('SELECT value FROM meta WHERE name = ?', name);
    return row === undefined ? undefined : Number(row['value']);
  }

  setNumber(name: string, value: number): void {
    this.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value);
  }

  /** Sources of all lanes that have sent something once. */
  get sources(): number {
    return Number(this.get('SELECT count(*) AS n FROM counters')?.['n'] ?? 0);
  }

  /** Readings of all lanes that the ledger does not have yet, and how many sources they are of. */
  get waitingReadings(): { readings: number; sources: number } {
    const row = this.get('SELECT sum(waiting) AS n, count(*) AS m FROM counters WHERE waiting > 0');
    return { readings: Number(row?.['n'] ?? 0), sources: Number(row?.['m'] ?? 0) };
  }

  /** Lanes of which there is something. */
  lanes(): string[] {
    const sql = 'SELECT lane FROM counters UNION SELECT lane FROM intake UNION SELECT lane FROM objects';
    return this.all(sql).map((row) => String(row['lane']));
  }

  /** What a lane has to send: readings that the ledger does not have, and rows of any kind. */
  unsentOf(lane: string): { readings: number; rows: number } {
    const count = (sql: string): number => Number(this.get(sql, lane)?.['n'] ?? 0);
    return {
      readings: count('SELECT sum(waiting) AS n FROM counters WHERE lane = ?'),
      rows:
        count('SELECT count(*) AS n FROM intake WHERE lane = ?') +
        count("SELECT count(*) AS n FROM objects WHERE lane = ? AND state IN ('ready', 'sending')"),
    };
  }

  /** Forgets what a lane holds. @returns readings that were given up by that */
  giveUp(lane: string): number {
    return this.transaction(() => {
      const { readings } = this.unsentOf(lane);
      this.drop(lane);
      return readings;
    });
  }

  /** Within a transaction: everything of a lane. */
  drop(lane: string): void {
    for (const table of ['counters', 'intake', 'objects'] as const)
      this.run(`DELETE FROM ${table} WHERE lane = ?`, lane);
    for (const name of ['height', 'anchored']) this.run('DELETE FROM meta WHERE name = ?', `${lane}:${name}`);
  }

  run(sql: string, ...values: Value[]) {
    return this.#statement(sql).run(...values);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}
