import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, opendir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncDirectory } from './durable-file.ts';
import { StorageError } from './storage-error.ts';

const BLOCK_NAME = /^[0-9a-f]{64}$/;
/** Parts of a block store that hold no block, or none that can be relied on. */
const NOT_BLOCKS = new Set(['quarantine', 'temporary', 'log']);

/** Blocks that were copied or counted. */
export interface BlockCount {
  readonly count: number;
  readonly bytes: number;
}

/**
 * A whole copy of a database that another process may be writing: one moment of it, without its log.
 * @throws StorageError `read-failed`, `write-failed`
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  } catch (cause) {
    throw new StorageError('read-failed', { cause });
  }
  try {
    database.prepare('VACUUM INTO ?').run(to);
    await chmod(to, 0o600);
    await syncFile(to);
  } catch (cause) {
    throw new StorageError('write-failed', { cause });
  } finally {
    database.close();
  }
}

/** Every block file below a store's directory, in no order. */
async function* blockFiles(directory: string): AsyncGenerator<string> {
  if (!existsSync(directory)) return;
  for await (const entry of await opendir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !NOT_BLOCKS.has(entry.name)) yield* blockFiles(path);
    else if (entry.isFile() && BLOCK_NAME.test(entry.name)) yield path;
  }
}

const isBlock = (path: string, bytes: Uint8Array): boolean =>
  createHash('sha256').update(bytes).digest('hex') === basename(path);

/**
 * Copies every block that is what its name says. One that is erased meanwhile, or damaged, is left out: other holders have
 * it, or nobody should.
 */
export async function copyBlocks(from: string, to: string, signal?: AbortSignal): Promise<BlockCount> {
  let [count, bytes] = [0, 0];
  const directories = new Set<string>();
  await mkdir(to, { recursive: true, mode: 0o700 });
  for await (const path of blockFiles(from)) {
    signal?.throwIfAborted();
    const block = await readFile(path).catch(() => undefined);
    if (block === undefined || !isBlock(path, block)) continue;
    const target = join(to, relative(from, path));
    if (!directories.has(dirname(target))) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    directories.add(dirname(target));
    await copyFile(path, target);
    await chmod(target, 0o600);
    count += 1;
    bytes += block.length;
  }
  for (const directory of directories) await syncDirectory(directory);
  return { count, bytes };
}

/** Counts the blocks of a copy, and those that are not what their name says. */
export async function countBlocks(
  directory: string,
  signal?: AbortSignal,
): Promise<BlockCount & { readonly damaged: number }> {
  let [count, bytes, damaged] = [0, 0, 0];
  for await (const path of blockFiles(directory)) {
    signal?.throwIfAborted();
    const block = await readFile(path);
    if (!isBlock(path, block)) damaged += 1;
    count += 1;
    bytes += block.length;
  }
  return { count, bytes, damaged };
}

/** Size and SHA-256 (hex) of a file. */
export async function digestOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
  } finally {
    await handle.close();
  }
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
