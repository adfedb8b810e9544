import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { describe, expect, it } from 'vitest';
import { linkOf, toHex } from '#crypto';
import { BLOCK_BYTES_MAX, openBlockstore, StorageError } from '#storage';
import type { DurableBlockstore } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

function block(length = 5000): { cid: CID; bytes: Uint8Array } {
  const bytes = new Uint8Array(randomBytes(length));
  return { cid: linkOf('raw', bytes), bytes };
}

function fileOf(directory: string, cid: CID): string {
  const name = toHex(cid.multihash.digest);
  return join(directory, 'blocks', name.slice(0, 2), name);
}

const notFound = { name: 'NotFoundError' };

describe('durable block store', () => {
  it('has every acknowledged block after it is opened again', async () => {
    const directory = scratchDirectory();
    const blocks = Array.from({ length: 50 }, () => block());
    const first = await openBlockstore(directory);
    await Promise.all(blocks.map(({ cid, bytes }) => first.put(cid, bytes)));
    const second = await openBlockstore(directory);
    for (const { cid, bytes } of blocks) expect(await second.read(cid)).toEqual(bytes);
    expect(readdirSync(join(directory, 'temporary'))).toEqual([]);
  });

  const damages: [string, (file: string) => void][] = [
    ['one flipped bit', (file) => writeFileSync(file, flip(readFileSync(file), 1234))],
    ['a missing tail', (file) => truncateSync(file, 4999)],
    ['no bytes at all', (file) => truncateSync(file, 0)],
    ['bytes behind the end', (file) => appendFileSync(file, 'x')],
    ['more bytes than any block has', (file) => truncateSync(file, BLOCK_BYTES_MAX * 4)],
  ];
  it.each(damages)('sets a block with %s aside, and is repaired by a put', async (_name, damage) => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    await store.put(cid, bytes);
    damage(fileOf(directory, cid));
    await expect(store.read(cid)).rejects.toMatchObject(notFound);
    expect(await store.has(cid)).toBe(false);
    expect(store.quarantined).toBe(1);
    expect(readdirSync(join(directory, 'quarantine'))).toEqual([toHex(cid.multihash.digest)]);
    await store.put(cid, bytes);
    expect(await store.read(cid)).toEqual(bytes);
  });

  it('replaces a damaged file that nobody has read yet', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    await store.put(cid, bytes);
    truncateSync(fileOf(directory, cid), 10);
    await store.put(cid, bytes);
    expect(await store.read(cid)).toEqual(bytes);
  });

  it('never loses a block that is repaired while readers find it damaged', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    for (let round = 0; round < 25; round += 1) {
      await store.put(cid, bytes);
      truncateSync(fileOf(directory, cid), 10);
      const readers = Array.from({ length: 8 }, () => store.read(cid).catch(() => undefined));
      await Promise.all([...readers, store.put(cid, bytes)]);
      expect(await store.read(cid)).toEqual(bytes);
    }
  });

  it('removes what an interrupted put left, and never shows it as a block', async () => {
    const directory = scratchDirectory();
    await openBlockstore(directory);
    const { cid, bytes } = block();
    writeFileSync(
      join(directory, 'temporary', `${toHex(cid.multihash.digest)}.half`),
      bytes.subarray(0, 100),
    );
    const store = await openBlockstore(directory);
    expect(readdirSync(join(directory, 'temporary'))).toEqual([]);
    expect(await store.has(cid)).toBe(false);
    expect(await listed(store)).toEqual([]);
  });

  it('passes over files that are not blocks when listing', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    await store.put(cid, bytes);
    mkdirSync(join(directory, 'blocks', 'zz'));
    writeFileSync(join(directory, 'blocks', 'zz', 'notes.txt'), 'x');
    writeFileSync(join(directory, 'blocks', 'stray'), 'x');
    expect(await listed(store)).toEqual([cid.toString()]);
  });

  it('refuses bytes that do not hash to their CID, and writes nothing', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    await expect(store.put(cid, flip(bytes, 0))).rejects.toMatchObject({ code: 'block-mismatch' });
    expect(await store.has(cid)).toBe(false);
  });

  it('takes a block of exactly the limit and refuses one byte more, also from an endless source', async () => {
    const store = await openBlockstore(scratchDirectory());
    const largest = block(BLOCK_BYTES_MAX);
    await store.put(largest.cid, largest.bytes);
    expect((await store.read(largest.cid)).byteLength).toBe(BLOCK_BYTES_MAX);
    const larger = block(BLOCK_BYTES_MAX + 1);
    await expect(store.put(larger.cid, larger.bytes)).rejects.toMatchObject({ code: 'block-too-large' });
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(64 * 1024);
    }
    await expect(store.put(larger.cid, endless())).rejects.toMatchObject({ code: 'block-too-large' });
  });

  it('refuses a CID of another hash', async () => {
    const store = await openBlockstore(scratchDirectory());
    const identity = CID.createV1(0x55, createDigest(0x00, new Uint8Array(32)));
    await expect(store.put(identity, new Uint8Array(32))).rejects.toMatchObject({
      code: 'block-unsupported',
    });
  });

  it('reports a disk that takes no writes, and recovers when it does again', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const { cid, bytes } = block();
    const shard = join(directory, 'blocks', toHex(cid.multihash.digest).slice(0, 2));
    writeFileSync(shard, 'a file where a directory must go');
    const failure = await store.put(cid, bytes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure).toMatchObject({ code: 'write-failed' });
    const { unlinkSync } = await import('node:fs');
    unlinkSync(shard);
    await store.put(cid, bytes);
    expect(await store.read(cid)).toEqual(bytes);
  });
});

async function listed(store: DurableBlockstore): Promise<string[]> {
  const cids: string[] = [];
  for await (const { cid } of store.getAll()) cids.push(cid.toString());
  return cids;
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
