import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, opendir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BaseBlockstore } from 'blockstore-core';
import type { InputPair, Pair } from 'interface-blockstore';
import { NotFoundError } from 'interface-store';
import * as rawCodec from 'multiformats/codecs/raw';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { replaceFile, syncDirectory } from './durable-file.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { StorageError } from './storage-error.ts';

/** Largest block, in bytes: what Bitswap and Helia accept. */
export const BLOCK_BYTES_MAX = 2 * 1024 * 1024;

/** Multicodec of SHA-256, the only hash this store knows. */
const SHA2_256 = 0x12;
const FILE_NAME = /^[0-9a-f]{64}$/;

type BlockSource = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface BlockstoreOptions {
  /** Whether a block, by the SHA-256 of its bytes, was erased: it is neither taken nor given any more. Default: none. */
  readonly isErased?: (digest: Uint8Array) => boolean;
}

interface ReadOptions {
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * One file a block, named by the hex SHA-256 of its bytes; the codec of the CID plays no part.
 *
 * - `put` returns after data sync, rename and directory sync: an acknowledged block survives a power cut.
 * - every read is hashed; a file that does not match is moved to `quarantine/` and reported as not found, so that
 *   the caller fetches it from another holder; putting it again repairs it.
 * - files of an interrupted `put` lie in `temporary/` and are removed by the next `openBlockstore`.
 *
 * - what `isErased` says is gone: absent for readers, refused for writers, whether its file is deleted yet or not.
 *
 * The directory belongs to one process (see `lockDirectory`).
 */
export class DurableBlockstore extends BaseBlockstore {
  readonly #blocks: string;
  readonly #temporary: string;
  readonly #quarantine: string;
  readonly #shards = new Set<string>();
  readonly #queue = new KeyedQueue();
  readonly #isErased: (digest: Uint8Array) => boolean;
  #quarantined = 0;

  /** Use `openBlockstore`: it makes the directories and clears leftovers. `directory` must be absolute. */
  constructor(directory: string, options: BlockstoreOptions = {}) {
    super();
    this.#isErased = options.isErased ?? (() => false);
    this.#blocks = join(directory, 'blocks');
    this.#temporary = join(directory, 'temporary');
    this.#quarantine = join(directory, 'quarantine');
  }

  /** Damaged blocks set aside since opening. */
  get quarantined(): number {
    return this.#quarantined;
  }

  async open(): Promise<void> {
    // Whatever lies here was never acknowledged.
    await rm(this.#temporary, { recursive: true, force: true });
    await mkdir(this.#temporary, { recursive: true });
    await mkdir(this.#quarantine, { recursive: true });
    await mkdir(this.#blocks, { recursive: true });
    await syncDirectory(resolve(this.#blocks, '..'));
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#queue.idle();
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
    if (bytes === undefined) throw new NotFoundError('block not found');
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
    return await isThere(this.#path(name));
  }

  /** Removes the block, and a damaged copy that was set aside; absent is fine. The removal is durable on return. */
  override async delete(cid: CID, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const name = fileName(cid);
    await this.#queue.run(name, async () => {
      try {
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
    if (!this.#shards.has(shard)) {
      await mkdir(shard, { recursive: true });
      await syncDirectory(this.#blocks);
      this.#shards.add(shard);
    }
    const present = await this.#load(name);
    if (present === undefined || present === 'damaged') {
      await replaceFile(this.#path(name), join(this.#temporary, `${name}.${randomUUID()}`), bytes);
      return;
    }
    // The file is whole, but an earlier put may have failed between rename and directory sync.
    await syncDirectory(shard);
  }

  async #load(name: string): Promise<Uint8Array | 'damaged' | undefined> {
    try {
      const handle = await open(this.#path(name), 'r');
      try {
        // A grown file must not be read into memory whole.
        if ((await handle.stat()).size > BLOCK_BYTES_MAX) return 'damaged';
        const bytes = await handle.readFile();
        return sha256Hex(bytes) === name ? asBytes(bytes) : 'damaged';
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
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
  return createHash('sha256').update(bytes).digest('hex');
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
