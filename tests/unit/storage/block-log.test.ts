import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { fdatasync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { linkOf, toHex } from '#crypto';
import type { CID } from '#crypto';
import { openBlockstore } from '#storage';
import type { BlockStore, JournalDisk } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

function blocks(count: number, length = 700): { cid: CID; bytes: Uint8Array }[] {
  return Array.from({ length: count }, () => {
    const bytes = new Uint8Array(randomBytes(length));
    return { cid: linkOf('raw', bytes), bytes };
  });
}

const putAll = async (store: BlockStore, all: { cid: CID; bytes: Uint8Array }[]): Promise<void> =>
  void (await Promise.all(all.map(({ cid, bytes }) => store.put(cid, bytes))));

const nameOf = (cid: CID): string => toHex(cid.multihash.digest);
const fileOf = (directory: string, cid: CID): string =>
  join(directory, 'blocks', nameOf(cid).slice(0, 2), nameOf(cid));
const logOf = (directory: string, number: number): string =>
  join(directory, 'log', String(number), 'journal.log');

/** Whether the bytes lie in any file below the directory. */
function holds(directory: string, bytes: Uint8Array): boolean {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  return files.some((one) => readFileSync(join(one.parentPath, one.name)).includes(Buffer.from(bytes)));
}

const disk = (datasync: (fd: number) => Promise<void>): JournalDisk => ({
  write: async (fd, bytes, position) => void writeSync(fd, bytes, 0, bytes.byteLength, position),
  datasync,
});
const sync = promisify(fdatasync);

describe('log of small blocks', () => {
  it('brings back what a power cut took from the files: absent, empty and torn ones', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const all = blocks(12);
    await putAll(store, all);
    for (const [i, { cid }] of all.entries()) {
      if (i % 3 === 0) rmSync(fileOf(directory, cid));
      else truncateSync(fileOf(directory, cid), i % 3 === 1 ? 0 : 300);
    }
    const again = await openBlockstore(directory);
    for (const { cid, bytes } of all) expect(await again.read(cid)).toEqual(bytes);
    expect(again.quarantined).toBe(0);
  });

  it('has nothing to bring back without the log, so that the test above can fail', async () => {
    const directory = scratchDirectory();
    const [one] = blocks(1);
    await putAll(await openBlockstore(directory), [one!]);
    rmSync(fileOf(directory, one!.cid));
    rmSync(join(directory, 'log'), { recursive: true });
    expect(await (await openBlockstore(directory)).has(one!.cid)).toBe(false);
  });

  it('makes blocks that arrive together durable with few syncs', async () => {
    let syncs = 0;
    const logDisk = disk(async (fd) => {
      syncs += 1;
      await sync(fd);
    });
    const store = await openBlockstore(scratchDirectory(), { logDisk });
    await putAll(store, blocks(300));
    expect(syncs).toBeGreaterThan(0);
    expect(syncs).toBeLessThan(10);
  });

  it('shows no block before its group is on the disk', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const logDisk = disk(async (fd) => {
      begin();
      await held;
      await sync(fd);
    });
    const store = await openBlockstore(scratchDirectory(), { logDisk });
    const [one] = blocks(1);
    const put = store.put(one!.cid, one!.bytes);
    await begun;
    expect(await store.has(one!.cid)).toBe(false);
    await expect(store.read(one!.cid)).rejects.toMatchObject({ name: 'NotFoundError' });
    release();
    await put;
    expect(await store.read(one!.cid)).toEqual(one!.bytes);
  });

  it('empties itself when it is full, and then no block depends on it', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory, { logBytesMax: 10_000 });
    const all = blocks(200);
    for (let i = 0; i < all.length; i += 5) await putAll(store, all.slice(i, i + 5));
    const logged = (): number =>
      [0, 1].reduce((sum, number) => sum + readFileSync(logOf(directory, number)).length, 0);
    await expect.poll(logged).toBeLessThan(11_000);
    // A deletion settles what is left.
    await store.delete(all.at(-1)!.cid);
    await store.close();
    expect(logged()).toBe(0);
    rmSync(join(directory, 'log'), { recursive: true });
    const again = await openBlockstore(directory);
    for (const { cid, bytes } of all.slice(0, -1)) expect(await again.read(cid)).toEqual(bytes);
  });

  it('keeps nothing of a deleted block in any file', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const [gone, kept] = blocks(2);
    await putAll(store, [gone!, kept!]);
    expect(readFileSync(logOf(directory, 0)).includes(Buffer.from(gone!.bytes))).toBe(true);
    await store.delete(gone!.cid);
    expect(holds(directory, gone!.bytes)).toBe(false);
    expect(holds(directory, kept!.bytes)).toBe(true);
  });

  it('does not bring back what was erased after the power cut', async () => {
    const directory = scratchDirectory();
    const [one] = blocks(1);
    await putAll(await openBlockstore(directory), [one!]);
    rmSync(fileOf(directory, one!.cid));
    const again = await openBlockstore(directory, { isErased: () => true });
    await again.close();
    const later = await openBlockstore(scratchDirectory());
    expect(await later.has(one!.cid)).toBe(false);
    expect(readdirSync(join(directory, 'blocks'), { recursive: true })).not.toContain(
      join(nameOf(one!.cid).slice(0, 2), nameOf(one!.cid)),
    );
  });

  it('cuts a group that was never acknowledged', async () => {
    const directory = scratchDirectory();
    const all = blocks(3);
    await putAll(await openBlockstore(directory), all);
    appendFileSync(logOf(directory, 0), readFileSync(logOf(directory, 0)).subarray(0, 20));
    const again = await openBlockstore(directory);
    for (const { cid, bytes } of all) expect(await again.read(cid)).toEqual(bytes);
    expect(again.quarantined).toBe(0);
  });

  it('opens without a log that is damaged, sets it aside and serves what the files have', async () => {
    const directory = scratchDirectory();
    const store = await openBlockstore(directory);
    const all = blocks(4);
    for (const one of all) await putAll(store, [one]);
    await store.close();
    const log = readFileSync(logOf(directory, 0));
    log[100] = (log[100] ?? 0) ^ 1;
    writeFileSync(logOf(directory, 0), log);
    const again = await openBlockstore(directory);
    expect(again.quarantined).toBe(1);
    expect(readdirSync(join(directory, 'quarantine'))).toEqual(['log-0']);
    for (const { cid, bytes } of all) expect(await again.read(cid)).toEqual(bytes);
    const more = blocks(2);
    await putAll(again, more);
    expect(await again.read(more[0]!.cid)).toEqual(more[0]!.bytes);
  });

  it('acknowledges nothing that a failed sync left open, and takes blocks again afterwards', async () => {
    const directory = scratchDirectory();
    let fails = false;
    const logDisk = disk(async (fd) => {
      if (fails) throw new Error('the disk is gone');
      await sync(fd);
    });
    const store = await openBlockstore(directory, { logDisk });
    const [before, lost, after] = blocks(3);
    await putAll(store, [before!]);
    fails = true;
    await expect(store.put(lost!.cid, lost!.bytes)).rejects.toMatchObject({ code: 'write-failed' });
    expect(await store.has(lost!.cid)).toBe(false);
    fails = false;
    await expect
      .poll(() =>
        store.put(after!.cid, after!.bytes).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('taken');
    await store.close();
    for (const { cid } of [before!, after!]) truncateSync(fileOf(directory, cid), 1);
    const again = await openBlockstore(directory);
    expect(await again.read(after!.cid)).toEqual(after!.bytes);
    expect(await again.has(lost!.cid)).toBe(false);
  });
});
