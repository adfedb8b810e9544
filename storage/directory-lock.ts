import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './storage-error.ts';

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;
const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'lock.holder';
const HOLDER_TEXT_MAX = 16;

/**
 * Takes the data directory for this process, so that two processes never sign from one journal.
 *
 * The lock is the file lock that SQLite takes for an exclusive transaction: the system releases it when the process
 * ends in any way, so a lock is never stale and a reused pid cannot be mistaken for the holder. The holder's pid lies
 * beside it as text, only to be named in the error.
 *
 * @returns the release function; calling it twice is harmless.
 * @throws StorageError `directory-locked` with fact `pid` (0 when the holder has not written it yet); `write-failed`
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const holder = join(directory, HOLDER_FILE);
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw new StorageError('write-failed', { cause: error });
    throw new StorageError('directory-locked', { cause: error, facts: { pid: readPid(holder) } });
  }
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    rmSync(holder, { force: true });
    database.exec('ROLLBACK');
    database.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function readPid(path: string): number {
  try {
    const pid = Number(readFileSync(path, 'utf8').slice(0, HOLDER_TEXT_MAX).trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : 0;
  } catch {
    return 0;
  }
}
