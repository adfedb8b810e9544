import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  write,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replaceFile, syncDirectoryNow } from './durable-file.ts';
import { encodeGroup, scanJournal } from './journal-format.ts';
import { StorageError } from './storage-error.ts';

/** Largest record, in bytes: a proposal with its justification fits. */
export const JOURNAL_RECORD_BYTES_MAX = 32 * 1024 * 1024;

const JOURNAL_FILE = 'journal.log';
const REWRITE_FILE = 'journal.rewrite';

/** What the journal asks of the disk; a test passes one that fails. */
export interface JournalDisk {
  /** Writes all of `bytes` at `position`. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when the file's data is on the disk. */
  datasync(fd: number): Promise<void>;
}

/** The write-ahead log of consensus: what is synced here before it is sent is known after any crash. */
export interface Journal {
  /** Adds a record (copied) to the open group; not durable before a later `sync` resolves. */
  append(record: Uint8Array): void;
  /**
   * Resolves when every record appended before the call is on the disk. Calls made while a sync runs share the next one.
   * @throws StorageError `journal-failed`: from then on the journal accepts nothing, since after a failed sync nobody
   *   knows what the disk holds (PostgreSQL's "fsyncgate", 2018)
   */
  sync(): Promise<void>;
  /** The durable records, oldest first. */
  replay(): Iterable<Uint8Array>;
  /**
   * Replaces everything appended before the call by `records`, in one step that a crash either did or did not.
   * Records appended after the call follow them.
   */
  rewrite(records: Iterable<Uint8Array>): Promise<void>;
  /** Bytes on the disk; a caller rewrites when it grows. */
  readonly bytes: number;
  close(): Promise<void>;
}

interface Group {
  readonly records: Uint8Array[];
  durable: Promise<void> | undefined;
}

class GroupJournal implements Journal {
  readonly #directory: string;
  readonly #disk: JournalDisk;
  #fd: number;
  #bytes: number;
  #sequence: number;
  #group: Group = newGroup();
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown;
  #closed = false;

  constructor(directory: string, disk: JournalDisk, fd: number, bytes: number, groups: number) {
    this.#directory = directory;
    this.#disk = disk;
    this.#fd = fd;
    this.#bytes = bytes;
    this.#sequence = groups + 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(record: Uint8Array): void {
    this.#assertUsable();
    assertRecordSize(record);
    this.#group.records.push(record.slice());
  }

  async sync(): Promise<void> {
    this.#assertUsable();
    const group = this.#group;
    if (group.records.length === 0) {
      await this.#tail;
      this.#assertNotFailed();
      return;
    }
    group.durable ??= this.#enqueue(async () => {
      // From here on the group is closed: what is appended meanwhile belongs to the next one.
      if (this.#group === group) this.#group = newGroup();
      await this.#writeGroup(group.records);
    });
    await group.durable;
  }

  *replay(): Generator<Uint8Array> {
    this.#assertUsable();
    yield* scanJournal(readFileSync(join(this.#directory, JOURNAL_FILE)).subarray(0, this.#bytes)).records;
  }

  async rewrite(records: Iterable<Uint8Array>): Promise<void> {
    this.#assertUsable();
    const copies = Array.from(records, (record) => {
      assertRecordSize(record);
      return record.slice();
    });
    this.#group = newGroup();
    await this.#enqueue(async () => this.#replace(copies));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tail;
    closeSync(this.#fd);
  }

  async #enqueue(task: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(async () => {
      this.#assertNotFailed();
      try {
        await task();
      } catch (error) {
        this.#failure = error;
        this.#assertNotFailed();
      }
    });
    this.#tail = run.catch(() => undefined);
    await run;
  }

  async #writeGroup(records: readonly Uint8Array[]): Promise<void> {
    const bytes = encodeGroup(this.#sequence, records);
    await this.#disk.write(this.#fd, bytes, this.#bytes);
    await this.#disk.datasync(this.#fd);
    this.#bytes += bytes.byteLength;
    this.#sequence += 1;
  }

  async #replace(records: readonly Uint8Array[]): Promise<void> {
    const bytes = records.length === 0 ? new Uint8Array(0) : encodeGroup(1, records);
    const path = join(this.#directory, JOURNAL_FILE);
    await replaceFile(path, join(this.#directory, REWRITE_FILE), bytes);
    const previous = this.#fd;
    this.#fd = openSync(path, 'r+');
    closeSync(previous);
    this.#bytes = bytes.byteLength;
    this.#sequence = records.length === 0 ? 1 : 2;
  }

  #assertUsable(): void {
    if (this.#closed) throw new StorageError('journal-closed');
    this.#assertNotFailed();
  }

  #assertNotFailed(): void {
    if (this.#failure !== undefined) throw new StorageError('journal-failed', { cause: this.#failure });
  }
}

/**
 * Opens the journal under `directory`, made when absent. A torn tail is cut off; see journal-format.ts for what counts.
 * @throws StorageError `journal-corrupt` | `read-failed`
 */
export function openJournal(directory: string, options: { disk?: JournalDisk } = {}): Journal {
  mkdirSync(directory, { recursive: true });
  rmSync(join(directory, REWRITE_FILE), { force: true });
  const path = join(directory, JOURNAL_FILE);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const file = readFileSync(path);
    const scan = scanJournal(file);
    if (scan.wholeBytes < file.byteLength) ftruncateSync(fd, scan.wholeBytes);
    fsyncSync(fd);
    syncDirectoryNow(directory);
    return new GroupJournal(directory, options.disk ?? NODE_DISK, fd, scan.wholeBytes, scan.groups);
  } catch (error) {
    closeSync(fd);
    throw error instanceof StorageError ? error : new StorageError('read-failed', { cause: error });
  }
}

const NODE_DISK: JournalDisk = {
  async write(fd, bytes, position) {
    for (let done = 0; done < bytes.byteLength;) {
      done += await writeSome(fd, bytes, done, position + done);
    }
  },
  datasync: promisify(fdatasync),
};

/** Bytes written by one call of write(2), which may be fewer than asked. */
async function writeSome(fd: number, bytes: Uint8Array, from: number, position: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  write(fd, bytes, from, bytes.byteLength - from, position, (error, written) => {
    if (error === null) resolve(written);
    else reject(error);
  });
  return promise;
}

function newGroup(): Group {
  return { records: [], durable: undefined };
}

function assertRecordSize(record: Uint8Array): void {
  if (record.byteLength <= JOURNAL_RECORD_BYTES_MAX) return;
  throw new StorageError('journal-record-too-large', { facts: { bytes: record.byteLength } });
}
