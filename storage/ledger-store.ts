import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { StorageError } from './storage-error.ts';

const DATABASE_FILE = 'ledger.sqlite';

/** Version of the tables below, kept in `PRAGMA user_version`; a store of another version is refused, not guessed at. */
export const LEDGER_SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE blocks (height INTEGER PRIMARY KEY, block BLOB NOT NULL, certificate BLOB NOT NULL) STRICT;
  CREATE TABLE transactions (
    hash BLOB PRIMARY KEY, height INTEGER NOT NULL, position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE private (
    room TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (room, key)
  ) STRICT, WITHOUT ROWID;
`;

export interface StoredBlock {
  readonly height: number;
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface LedgerCommit extends StoredBlock {
  /** State rows that this block sets, or removes with null. */
  readonly changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | null]>;
  /** Transaction hashes in block order, for `findTransaction`. */
  readonly transactions?: readonly Uint8Array[];
}

/** A row of this node alone: set, or removed with null. */
export type PrivateRow = readonly [room: string, key: Uint8Array, value: Uint8Array | null];

/**
 * Chain, state and this node's own small rows, in one SQLite database. All calls are synchronous, and what they wrote
 * is on the disk when they return (WAL journal, `synchronous=FULL`).
 */
export interface LedgerStore {
  /** The highest block, or undefined on an empty chain. */
  head(): StoredBlock | undefined;
  /**
   * Block, certificate, state rows and transaction index in one transaction: all or nothing after any crash.
   * @throws StorageError `height-out-of-order` unless `height` is the head's plus one (1 on an empty chain); `write-failed`
   */
  commit(commit: LedgerCommit): void;
  blockAt(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined;
  findTransaction(hash: Uint8Array): { height: number; index: number } | undefined;
  /** Every state row, in key order. */
  state(): Iterable<[key: Uint8Array, value: Uint8Array]>;
  /** A row of this node alone, under a room name such as 'submissions'. */
  put(room: string, key: Uint8Array, value: Uint8Array): void;
  get(room: string, key: Uint8Array): Uint8Array | undefined;
  delete(room: string, key: Uint8Array): void;
  /** Sets rows, or removes them with null, all in one transaction: one wait for the disk, not one a row. */
  update(room: string, changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | null]>): void;
  /** As `update` over several rooms: all or nothing after any crash. */
  write(rows: Iterable<PrivateRow>): void;
  /**
   * As `write`, without waiting for the disk: the rows outlive the process, and reach the disk with the next `commit` or
   * `write` at the latest, never after it. For what is found again from the chain, or was promised to nobody.
   */
  writeSoon(rows: Iterable<PrivateRow>): void;
  /** The rows of a room, in key order. */
  list(room: string): Iterable<[key: Uint8Array, value: Uint8Array]>;
  /** The first `limit` rows of a room whose keys begin with `prefix`, in key order. */
  range(room: string, prefix: Uint8Array, limit: number): [key: Uint8Array, value: Uint8Array][];
  /**
   * Brings what was deleted off the disk as well: freed pages are overwritten (`secure_delete`), and the write-ahead log,
   * which still has the old ones, is emptied.
   */
  scrub(): void;
  close(): void;
}

class SqliteLedgerStore implements LedgerStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #open = true;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  head(): StoredBlock | undefined {
    const row = this.#prepare('SELECT * FROM blocks ORDER BY height DESC LIMIT 1').get();
    return row === undefined
      ? undefined
      : { height: integer(row['height']), block: blob(row['block']), certificate: blob(row['certificate']) };
  }

  commit(commit: LedgerCommit): void {
    const expected = this.#height() + 1;
    if (commit.height !== expected) {
      throw new StorageError('height-out-of-order', { facts: { expected, height: commit.height } });
    }
    this.#write(() => this.#insertCommit(commit));
  }

  blockAt(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined {
    const row = this.#prepare('SELECT block, certificate FROM blocks WHERE height = ?').get(height);
    return row === undefined
      ? undefined
      : { block: blob(row['block']), certificate: blob(row['certificate']) };
  }

  findTransaction(hash: Uint8Array): { height: number; index: number } | undefined {
    const row = this.#prepare('SELECT height, position FROM transactions WHERE hash = ?').get(hash);
    return row === undefined
      ? undefined
      : { height: integer(row['height']), index: integer(row['position']) };
  }

  *state(): Generator<[Uint8Array, Uint8Array]> {
    // Its own statement: a shared one would be reset by a second walk that begins before this one ends.
    const rows = this.#database.prepare('SELECT key, value FROM state ORDER BY key').iterate();
    for (const row of rows) yield [blob(row['key']), blob(row['value'])];
  }

  put(room: string, key: Uint8Array, value: Uint8Array): void {
    this.update(room, [[key, value]]);
  }

  update(room: string, changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | null]>): void {
    this.write([...changes].map(([key, value]) => [room, key, value] as const));
  }

  write(rows: Iterable<PrivateRow>): void {
    const set = this.#prepare('INSERT OR REPLACE INTO private VALUES (?, ?, ?)');
    const remove = this.#prepare('DELETE FROM private WHERE room = ? AND key = ?');
    this.#write(() => {
      for (const [room, key, value] of rows) {
        if (value === null) remove.run(room, key);
        else set.run(room, key, value);
      }
    });
  }

  writeSoon(rows: Iterable<PrivateRow>): void {
    this.#assertOpen();
    // The write-ahead log keeps its order: what is synced later has these rows before it.
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.write(rows);
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  get(room: string, key: Uint8Array): Uint8Array | undefined {
    const row = this.#prepare('SELECT value FROM private WHERE room = ? AND key = ?').get(room, key);
    return row === undefined ? undefined : blob(row['value']);
  }

  delete(room: string, key: Uint8Array): void {
    this.update(room, [[key, null]]);
  }

  *list(room: string): Generator<[Uint8Array, Uint8Array]> {
    const rows = this.#prepare('SELECT key, value FROM private WHERE room = ? ORDER BY key').all(room);
    for (const row of rows) yield [blob(row['key']), blob(row['value'])];
  }

  range(room: string, prefix: Uint8Array, limit: number): [Uint8Array, Uint8Array][] {
    const end = afterPrefix(prefix);
    const rows =
      end === undefined
        ? this.#prepare(
            'SELECT key, value FROM private WHERE room = ? AND key >= ? ORDER BY key LIMIT ?',
          ).all(room, prefix, limit)
        : this.#prepare(
            'SELECT key, value FROM private WHERE room = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
          ).all(room, prefix, end, limit);
    return rows.map((row) => [blob(row['key']), blob(row['value'])]);
  }

  scrub(): void {
    this.#assertOpen();
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#database.close();
  }

  #height(): number {
    return integer(this.#prepare('SELECT coalesce(max(height), 0) AS height FROM blocks').get()?.['height']);
  }

  #insertCommit(commit: LedgerCommit): void {
    this.#prepare('INSERT INTO blocks VALUES (?, ?, ?)').run(commit.height, commit.block, commit.certificate);
    const index = this.#prepare('INSERT INTO transactions VALUES (?, ?, ?)');
    for (const [position, hash] of (commit.transactions ?? []).entries())
      index.run(hash, commit.height, position);
    const set = this.#prepare('INSERT OR REPLACE INTO state VALUES (?, ?)');
    const remove = this.#prepare('DELETE FROM state WHERE key = ?');
    for (const [key, value] of commit.changes) {
      if (value === null) remove.run(key);
      else set.run(key, value);
    }
  }

  #write(change: () => void): void {
    this.#assertOpen();
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      change();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw new StorageError('write-failed', { cause: error });
    }
  }

  #prepare(sql: string): StatementSync {
    this.#assertOpen();
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #assertOpen(): void {
    if (!this.#open) throw new StorageError('store-closed');
  }
}

/**
 * Opens the ledger database under `directory`, made when absent.
 * @throws StorageError `schema-unknown` | `read-failed`
 */
export function openLedgerStore(directory: string): LedgerStore {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, DATABASE_FILE));
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
    database.exec('PRAGMA secure_delete = ON');
    migrate(database);
  } catch (error) {
    database.close();
    throw error instanceof StorageError ? error : new StorageError('read-failed', { cause: error });
  }
  return new SqliteLedgerStore(database);
}

/** The first key after all that begin with `prefix`; undefined when there is none, as for no prefix at all. */
function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last < 0) return undefined;
  const end = prefix.slice(0, last + 1);
  end[last] = (end[last] ?? 0) + 1;
  return end;
}

function migrate(database: DatabaseSync): void {
  const version = integer(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version === LEDGER_SCHEMA_VERSION) return;
  if (version !== 0)
    throw new StorageError('schema-unknown', { facts: { version, known: LEDGER_SCHEMA_VERSION } });
  // One transaction, the version with it: a crash leaves either no tables or all.
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${LEDGER_SCHEMA_VERSION}; COMMIT;`);
}

function blob(value: SQLOutputValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new StorageError('read-failed', { facts: { column: 'blob' } });
}

function integer(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value;
  throw new StorageError('read-failed', { facts: { column: 'integer' } });
}
