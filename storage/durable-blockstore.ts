import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { access, mkdir, open, opendir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BaseBlockstore } from 'blockstore-core';
import type { InputPair, Pair } from 'interface-blockstore';
import { NotFoundError } from 'interface-store';
import * as rawCodec from 'multiformats/codecs/raw';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { BlockLog } from './block-log.ts';
import { replaceFile, syncDirectory } from './durable-file.ts';
import type { JournalDisk } from './journal.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { StorageError } from './storage-error.ts';

/** Largest block, in bytes: what Bitswap and Helia accept. */
export const BLOCK_BYTES_MAX = 2 * 1024 * 1024;

/**
 * A block up to this size is made durable by the log, together with what arrives beside it, and is read and written without
 * a detour over other threads: it lies in the system's cache or costs one disk access, and the detours took more time than
 * the sealing. Nearly all records are that small.
 */
export const SMALL_BLOCK_BYTES_MAX = 64 * 1024;
/** Files that are synced at a time when the log is emptied. */
const SYNCS_AT_ONCE = 4;

/** Multicodec of SHA-256, the only hash this store knows. */
const SHA2_256 = 0x12;
const FILE_NAME = /^[0-9a-f]{64}$/;

type BlockSource = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface BlockstoreOptions {
  /** Whether a block, by the SHA-256 of its bytes, was erased: it is neither taken nor given any more. Default: none. */
  readonly isErased?: (digest: Uint8Array) => boolean;
  /** What the log asks of the disk; a test passes one that fails. */
  readonly logDisk?: JournalDisk;
  /** Size above which the log is emptied, in bytes; default BLOCK_LOG_BYTES_MAX. */
  readonly logBytesMax?: number;
}

interface ReadOptions {
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * One file a block, named by the hex SHA-256 of its bytes; the codec of the CID plays no part.
 *
 * - `put` returns when the block is on the disk, so that an acknowledged one survives a power cut: a small block in the
 *   log (`BlockLog`), any other after data sync, rename and directory sync of its file. It is found only after that.
 * - every read is hashed; a file that does not match is moved to `quarantine/` and reported as not found, so that
 *   the caller fetches it from another holder; putting it again repairs it.
 * - files of an interrupted `put` lie in `temporary/` and are removed by the next `openBlockstore`, which also writes what
 *   the log holds and a power cut took from the files.
 * - what `isErased` says is gone: absent for readers, refused for writers, whether its file is deleted yet or not.
 *
 * The directory belongs to one process (see `lockDirectory`).
 */
export class DurableBlockstore extends BaseBlockstore {
  readonly #blocks: string;
  readonly #temporary: string;
  readonly #quarantine: string;
  /** Directories that are there, and those whose own entry is on the disk. */
  readonly #made = new Set<string>();
  readonly #shards = new Set<string>();
  readonly #queue = new KeyedQueue();
  readonly #isErased: (digest: Uint8Array) => boolean;
  readonly #openLog: () => Promise<BlockLog>;
  #log: BlockLog | undefined;
  #quarantined = 0;

  /** Use `openBlockstore`: it makes the directories and clears leftovers. `directory` must be absolute. */
  constructor(directory: string, options: BlockstoreOptions = {}) {
    super();
    this.#isErased = options.isErased ?? (() => false);
    this.#blocks = join(directory, 'blocks');
    this.#temporary = join(directory, 'temporary');
    this.#quarantine = join(directory, 'quarantine');
    this.#openLog = () =>
      BlockLog.open({
        directory: join(directory, 'log'),
        quarantine: this.#quarantine,
        nameOf: sha256Hex,
        sync: (names) => this.#sync(names),
        ...(options.logDisk === undefined ? {} : { disk: options.logDisk }),
        ...(options.logBytesMax === undefined ? {} : { bytesMax: options.logBytesMax }),
      });
  }

  /** Damaged blocks, and logs, set aside since opening. */
  get quarantined(): number {
    return this.#quarantined;
  }

  async open(): Promise<void> {
    // Whatever lies here was never acknowledged.
    await rm(this.#temporary, { recursive: true, force: true });
    await mkdir(this.#temporary, { recursive: true });
    await mkdir(this.#quarantine, { recursive: true });
    await mkdir(this.#blocks, { recursive: true });
    const log = await this.#openLog();
    this.#quarantined += log.damaged;
    log.replay((name, bytes) => {
      if (!this.#isErased(Buffer.from(name, 'hex')) && !isWhole(this.#loadSmall(name)))
        this.#place(name, bytes);
    });
    this.#log = log;
    await syncDirectory(resolve(this.#blocks, '..'));
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#log?.close();
  }

  /** @throws StorageError `block-erased` | `block-mismatch` | `block-too-large` | `block-unsupported` | `disk-full` | `write-failed` */
  override async put(cid: CID, source: BlockSource, options: ReadOptions = {}): Promise<CID> {
    const name = fileName(cid);
    const bytes = await collect(source);
    options.signal?.throwIfAborted();
    if (sha256Hex(bytes) !== name) throw new StorageError('block-mismatch');
    await this.#queue.run(name, async () => {
      // Asked when it is this write's turn: an erasure that came meanwhile is not undone.
      if (this.#isErased(cid.multihash.digest)) throw new StorageError('block-erased');
      try {
        await this.#write(name, bytes);
      } catch (error) {
        const code = isFull(error) ? 'disk-full' : 'write-failed';
        throw new StorageError(code, { cause: error, facts: { bytes: bytes.byteLength } });
      }
    });
    return cid;
  }

  override async *putMany(
    source: Iterable<InputPair> | AsyncIterable<InputPair>,
    options: ReadOptions = {},
  ): AsyncGenerator<CID> {
    for await (const { cid, bytes } of source) yield await this.put(cid, bytes, options);
  }

  /** @throws NotFoundError (of interface-store) when absent or damaged; StorageError `read-failed` | `block-unsupported` */
  async read(cid: CID): Promise<Uint8Array> {
    if (this.#isErased(cid.multihash.digest)) throw new NotFoundError('block not found');
    return await this.readEvenErased(cid);
  }

  /** As `read`, for who deletes: an erased block whose file is still there says what else is to go. */
  async readEvenErased(cid: CID): Promise<Uint8Array> {
    const name = fileName(cid);
    const bytes = await this.#load(name);
    if (bytes === 'absent') throw new NotFoundError('block not found');
    if (bytes !== 'damaged') return bytes;
    await this.#queue.run(name, async () => this.#setAside(name));
    throw new NotFoundError('damaged block set aside');
  }

  override async *get(cid: CID, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    yield await this.read(cid);
  }

  override async *getMany(
    source: Iterable<CID> | AsyncIterable<CID>,
    options: ReadOptions = {},
  ): AsyncGenerator<Pair> {
    for await (const cid of source) yield { cid, bytes: this.get(cid, options) };
  }

  /** Whether the file is there; only reading proves that it is whole. */
  override async has(cid: CID, options: ReadOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    const name = fileName(cid);
    if (this.#isErased(cid.multihash.digest)) return false;
    return existsSync(this.#path(name));
  }

  /** Removes the block, and a damaged copy that was set aside; absent is fine. The removal is durable on return. */
  override async delete(cid: CID, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const name = fileName(cid);
    await this.#queue.run(name, async () => {
      try {
        // Nothing of it stays in the log: what was erased must not come back with a replay.
        if (this.#log?.has(name) === true) await this.#log.settle();
        for (const [file, directory] of [
          [this.#path(name), this.#shard(name)],
          [join(this.#quarantine, name), this.#quarantine],
        ] as const) {
          if (!(await isThere(file))) continue;
          await rm(file, { force: true });
          await syncDirectory(directory);
        }
      } catch (error) {
        throw new StorageError('write-failed', { cause: error });
      }
    });
  }

  override async *deleteMany(
    source: Iterable<CID> | AsyncIterable<CID>,
    options: ReadOptions = {},
  ): AsyncGenerator<CID> {
    for await (const cid of source) {
      await this.delete(cid, options);
      yield cid;
    }
  }

  /** All blocks in no order, under raw CIDs: the codec is not kept. Blocks put meanwhile may or may not appear. */
  override async *getAll(options: ReadOptions = {}): AsyncGenerator<Pair> {
    for await (const shard of await opendir(this.#blocks)) {
      if (!shard.isDirectory()) continue;
      for await (const file of await opendir(join(this.#blocks, shard.name))) {
        options.signal?.throwIfAborted();
        if (!FILE_NAME.test(file.name)) continue;
        const cid = CID.createV1(rawCodec.code, createDigest(SHA2_256, Buffer.from(file.name, 'hex')));
        yield { cid, bytes: this.get(cid, options) };
      }
    }
  }

  #shard(name: string): string {
    return join(this.#blocks, name.slice(0, 2));
  }

  #path(name: string): string {
    return join(this.#shard(name), name);
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const shard = this.#shard(name);
    if (isWhole(await this.#load(name))) {
      // The file is whole, but an earlier put may have failed between rename and directory sync.
      if (this.#log?.has(name) !== true) await syncDirectory(shard);
      return;
    }
    if (this.#log !== undefined && bytes.byteLength <= SMALL_BLOCK_BYTES_MAX) {
      return await this.#log.write(name, bytes, () => this.#place(name, bytes));
    }
    if (!this.#shards.has(shard)) {
      await mkdir(shard, { recursive: true });
      await syncDirectory(this.#blocks);
      this.#shards.add(shard);
    }
    await replaceFile(this.#path(name), join(this.#temporary, `${name}.${randomUUID()}`), bytes);
  }

  /** Writes a file whose bytes the log has: torn by a power cut, it is written again from there. */
  #place(name: string, bytes: Uint8Array): void {
    const shard = this.#shard(name);
    if (!this.#made.has(shard)) mkdirSync(shard, { recursive: true });
    this.#made.add(shard);
    writeFileSync(this.#path(name), bytes, { mode: 0o600 });
  }

  /** Files of the log and the directories that they lie in; one that was deleted or set aside needs no sync. */
  async #sync(names: readonly string[]): Promise<void> {
    const open = names.values();
    const worker = async (): Promise<void> => {
      for (const name of open) await syncFile(this.#path(name));
    };
    await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, worker));
    const shards = new Set(names.map((name) => this.#shard(name)));
    for (const shard of shards) if (existsSync(shard)) await syncDirectory(shard);
    await syncDirectory(this.#blocks);
    for (const shard of shards) this.#shards.add(shard);
  }

  async #load(name: string): Promise<Loaded> {
    return this.#loadSmall(name) ?? (await this.#loadLarge(name));
  }

  /** Undefined when the block is too large to be read here and now. */
  #loadSmall(name: string): Loaded | undefined {
    const path = this.#path(name);
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return 'absent';
      // A grown file must not be read into memory whole.
      if (found.size > BLOCK_BYTES_MAX) return 'damaged';
      return found.size > SMALL_BLOCK_BYTES_MAX ? undefined : wholeOrDamaged(readFileSync(path), name);
    } catch (error) {
      if (isMissing(error)) return 'absent';
      throw new StorageError('read-failed', { cause: error });
    }
  }

  async #loadLarge(name: string): Promise<Loaded> {
    try {
      return wholeOrDamaged(await readFile(this.#path(name)), name);
    } catch (error) {
      if (isMissing(error)) return 'absent';
      throw new StorageError('read-failed', { cause: error });
    }
  }

  async #setAside(name: string): Promise<void> {
    // Looked at again inside the queue: a put may have repaired the file since it was read.
    if ((await this.#load(name)) !== 'damaged') return;
    await rename(this.#path(name), join(this.#quarantine, name));
    this.#quarantined += 1;
  }
}

/** Opens the block store under `directory`, made when absent; files of interrupted writes are removed. */
export async function openBlockstore(
  directory: string,
  options: BlockstoreOptions = {},
): Promise<DurableBlockstore> {
  const store = new DurableBlockstore(resolve(directory), options);
  await store.open();
  return store;
}

function fileName(cid: CID): string {
  const { code, digest } = cid.multihash;
  if (code !== SHA2_256 || digest.byteLength !== 32) {
    throw new StorageError('block-unsupported', { facts: { hash: code } });
  }
  return Buffer.from(digest).toString('hex');
}

async function collect(source: BlockSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const parts = source instanceof Uint8Array ? [source] : source;
  for await (const chunk of parts) {
    bytes += chunk.byteLength;
    if (bytes > BLOCK_BYTES_MAX)
      throw new StorageError('block-too-large', { facts: { bytesMax: BLOCK_BYTES_MAX } });
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : asBytes(Buffer.concat(chunks));
}

/** A plain view: Buffer's own `slice` and `toString` must not leak into code that expects a Uint8Array. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

type Loaded = Uint8Array | 'damaged' | 'absent';

function wholeOrDamaged(bytes: Buffer, name: string): Loaded {
  return sha256Hex(bytes) === name ? asBytes(bytes) : 'damaged';
}

function isWhole(loaded: Loaded | undefined): boolean {
  return loaded !== undefined && loaded !== 'absent' && loaded !== 'damaged';
}

async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+');
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** The file that was begun is removed again: nothing half-written stays. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
