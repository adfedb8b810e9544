import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue } from 'node:sqlite';
import { DOMAIN, encode, kdf, utf8 } from '#crypto';
import type { WrapKind } from '#node/client';
import { DashboardError } from '../options.ts';

/** A passphrase, a recovery code, and a passkey for each of a person's devices. */
export const WRAPS_PER_PERSON_MAX = 16;
/** One for each of a million people would be a national network; beyond it nothing new is kept. */
export const WRAPS_MAX = 1_000_000;

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 5_000;
/** What a box of 64 sealed bytes looks like: nonce, commitment, ciphertext with its tag. */
const DECOY = { nonce: 24, commitment: 32, box: 80 } as const;

const SCHEMA = `
  CREATE TABLE wraps (
    lookup BLOB PRIMARY KEY,
    person BLOB NOT NULL,
    kind TEXT NOT NULL,
    box BLOB NOT NULL,
    label BLOB NOT NULL,
    created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX wraps_by_person ON wraps (person, created);
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
`;

/** One way to unlock an account, as the node keeps it. The node can open neither box nor label. */
export interface Wrap {
  /** 32 bytes; nobody can name it without the secret that opens the box. */
  readonly lookup: Uint8Array;
  readonly kind: WrapKind;
  readonly box: Uint8Array;
  /** What the person calls it, sealed under her root. */
  readonly label: Uint8Array;
  readonly createdAtMs: number;
}

/**
 * Wrapped roots in one SQLite file, every change on the disk when it returns. Nothing else of a person is kept here:
 * keyrings are on the network, sealed to the keys that the root gives.
 */
export class WrapStore {
  readonly #database: DatabaseSync;
  readonly #decoyKey: Uint8Array;

  /**
   * @param file path of the database, or `:memory:`
   * @param random 32 bytes that the answers for unknown ids are made from, kept from the first opening on
   * @throws DashboardError `accounts-failed`
   */
  constructor(file: string, random: Uint8Array) {
    try {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.#database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      this.#decoyKey = this.#prepare(random);
    } catch (cause) {
      if (cause instanceof DashboardError) throw cause;
      throw new DashboardError('accounts-failed', 'The store of accounts can not be opened.', { cause });
    }
  }

  /** Keeps a wrap; `taken` when its id is somebody else's, `full` when nothing more is kept. Same id: replaced. */
  put(person: Uint8Array, wrap: Omit<Wrap, 'createdAtMs'>, nowMs: number): 'kept' | 'taken' | 'full' {
    return this.#transaction(() => {
      const owner = this.#get('SELECT person FROM wraps WHERE lookup = ?', wrap.lookup);
      if (owner !== undefined && !Buffer.from(person).equals(blob(owner['person']))) return 'taken';
      if (owner === undefined && this.#isFull(person)) return 'full';
      this.#database
        .prepare('INSERT OR REPLACE INTO wraps VALUES (?, ?, ?, ?, ?, ?)')
        .run(wrap.lookup, person, wrap.kind, wrap.box, wrap.label, nowMs);
      return 'kept';
    });
  }

  /** A person's wraps, oldest first. */
  list(person: Uint8Array): Wrap[] {
    const rows = this.#database
      .prepare('SELECT * FROM wraps WHERE person = ? ORDER BY created, lookup')
      .all(person);
    return rows.map((row) => ({
      lookup: blob(row['lookup']),
      kind: String(row['kind']) as WrapKind,
      box: blob(row['box']),
      label: blob(row['label']),
      createdAtMs: Number(row['created']),
    }));
  }

  /** Removes a wrap of this person; another's, or none, stays as it is. @returns whether there was one */
  remove(person: Uint8Array, lookup: Uint8Array): boolean {
    const gone = this.#database.prepare('DELETE FROM wraps WHERE lookup = ? AND person = ?');
    return Number(gone.run(lookup, person).changes) > 0;
  }

  /**
   * The box behind an id. For an id that is not known: bytes of the same shape, always the same ones, that no key opens;
   * so the answer does not say whether there is an account. `isKnown` is for the node's own log.
   */
  find(lookup: Uint8Array): { box: Uint8Array; isKnown: boolean } {
    const row = this.#get('SELECT box FROM wraps WHERE lookup = ?', lookup);
    if (row !== undefined) return { box: blob(row['box']), isKnown: true };
    const bytes = kdf(DOMAIN.account, this.#decoyKey, [utf8('decoy'), lookup], 136);
    const nonce = bytes.subarray(0, DECOY.nonce);
    const commitment = bytes.subarray(DECOY.nonce, DECOY.nonce + DECOY.commitment);
    const sealed = bytes.subarray(DECOY.nonce + DECOY.commitment);
    return { box: encode({ version: 1, nonce, commitment, box: sealed }), isKnown: false };
  }

  close(): void {
    this.#database.close();
  }

  #isFull(person: Uint8Array): boolean {
    const count = (row: Record<string, SQLOutputValue> | undefined): number => Number(row?.['n'] ?? 0);
    if (
      count(this.#get('SELECT COUNT(*) AS n FROM wraps WHERE person = ?', person)) >= WRAPS_PER_PERSON_MAX
    ) {
      return true;
    }
    return count(this.#get('SELECT COUNT(*) AS n FROM wraps')) >= WRAPS_MAX;
  }

  /** Makes the tables, or checks that they are of this version. @returns the key of the decoys */
  #prepare(random: Uint8Array): Uint8Array {
    const version = Number(this.#get('PRAGMA user_version')?.['user_version'] ?? 0);
    if (version === 0) {
      this.#transaction(() => {
        this.#database.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
        this.#database.prepare('INSERT INTO meta VALUES (?, ?)').run('decoy', random);
      });
    } else if (version !== SCHEMA_VERSION) {
      throw new DashboardError('accounts-failed', 'The store of accounts is of another version.');
    }
    return blob(this.#get("SELECT value FROM meta WHERE name = 'decoy'")?.['value']);
  }

  #get(sql: string, ...values: Uint8Array[]): Record<string, SQLOutputValue> | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function blob(value: SQLOutputValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
