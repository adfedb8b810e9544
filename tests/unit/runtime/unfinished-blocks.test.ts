import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { linkOf, sha256, toHex, utf8 } from '#crypto';
import type { CID } from '#crypto';
import { BlockLinks, UNFINISHED_KEPT_MS, UnfinishedBlocks } from '#node/runtime';
import { openLedgerStore } from '#storage';
import type { LedgerStore } from '#storage';
import { scratchDirectory } from '../storage/scratch-directory.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const [maria, tom] = [sha256(utf8('maria')), sha256(utf8('tom'))];
const BYTES_MAX = 10_000;

const blockOf = (name: string, length = 1_000): { cid: CID; bytes: Uint8Array } => {
  const bytes = new Uint8Array(length);
  bytes.set(utf8(name));
  return { cid: linkOf('raw', bytes), bytes };
};

describe('blocks of uploads that nobody has finished', () => {
  let store: LedgerStore;
  let links: BlockLinks;
  let nowMs: number;
  let isSettled: boolean;
  let deleted: string[];
  let deletion: Promise<void>;
  let unfinished: UnfinishedBlocks;

  const open = (): UnfinishedBlocks =>
    new UnfinishedBlocks({
      store,
      links,
      logger,
      clock: { now: () => nowMs, setTimeout: () => () => undefined },
      isSettled: () => isSettled,
      delete: async (cid) => {
        await deletion;
        deleted.push(toHex(cid.multihash.digest));
      },
      bytesMax: BYTES_MAX,
    });
  const commit = (person: Uint8Array, ...blocks: { cid: CID }[]): void =>
    store.write(
      links.link(
        sha256(utf8('a record')),
        person,
        blocks.map(({ cid }) => cid),
        2,
      ),
    );
  const digestOf = ({ cid }: { cid: CID }): string => toHex(cid.multihash.digest);

  beforeEach(() => {
    store = openLedgerStore(join(scratchDirectory(), 'ledger'));
    links = new BlockLinks(store);
    nowMs = 1_000_000;
    isSettled = true;
    deleted = [];
    deletion = Promise.resolve();
    unfinished = open();
  });

  it('go after a day, and not before', async () => {
    const block = blockOf('one');
    expect(unfinished.stage([block], maria)).toBe(true);
    nowMs += UNFINISHED_KEPT_MS - 1;
    expect(await unfinished.sweep()).toBe(0);
    nowMs += 1;
    expect(await unfinished.sweep()).toBe(1);
    expect(deleted).toEqual([digestOf(block)]);
    expect(await unfinished.sweep()).toBe(0);
  });

  it('stay when a committed record names them, when they came again, and when a receipt was signed', async () => {
    const [named, again, promised, left] = ['a', 'b', 'c', 'd'].map((name) => blockOf(name));
    unfinished.stage([named!, again!, promised!, left!], maria);
    commit(maria, named!);
    unfinished.promise([promised!.cid]);
    nowMs += UNFINISHED_KEPT_MS - 10;
    unfinished.stage([again!], tom);
    nowMs += 10;
    expect(await unfinished.sweep()).toBe(1);
    expect(deleted).toEqual([digestOf(left!)]);
    // A receipt may be used at any time, so its blocks outlast every day.
    nowMs += 1_000 * UNFINISHED_KEPT_MS;
    await unfinished.sweep();
    expect(deleted).toEqual([digestOf(left!), digestOf(again!)]);
  });

  it('stay as long as this node has not gone through what was committed', async () => {
    unfinished.stage([blockOf('one')], maria);
    nowMs += 2 * UNFINISHED_KEPT_MS;
    isSettled = false;
    expect(await unfinished.sweep()).toBe(0);
    isSettled = true;
    expect(await unfinished.sweep()).toBe(1);
  });

  it('are so many bytes at most for one person, whatever others have', () => {
    const mine = Array.from({ length: 10 }, (_, i) => blockOf(`mine ${i}`));
    expect(unfinished.stage(mine, maria)).toBe(true);
    expect(unfinished.stage([blockOf('one more', 10)], maria)).toBe(false);
    // What is there already takes no room, and others have their own.
    expect(unfinished.stage(mine.slice(0, 3), maria)).toBe(true);
    expect(unfinished.stage([blockOf('of tom')], tom)).toBe(true);
    // Other members answer for their own people.
    expect(unfinished.stage([blockOf('replica', 50_000)])).toBe(true);
    // The count is on the disk.
    unfinished = open();
    expect(unfinished.stage([blockOf('one more', 10)], maria)).toBe(false);
    commit(maria, mine[0]!);
    expect(unfinished.stage([blockOf('one more', 10)], maria)).toBe(true);
    expect(unfinished.stage([blockOf('and more', 1_000)], maria)).toBe(false);
  });

  it('are not noted when a committed record names them already', async () => {
    const block = blockOf('known');
    commit(tom, block);
    unfinished.stage([block], maria);
    nowMs += 2 * UNFINISHED_KEPT_MS;
    expect(await unfinished.sweep()).toBe(0);
  });

  it('are not deleted while a receipt is being given, which waits for a deletion under way', async () => {
    unfinished.stage([blockOf('one')], maria);
    nowMs += UNFINISHED_KEPT_MS;
    const looking = Promise.withResolvers<void>();
    const receipt = unfinished.undisturbed(() => looking.promise);
    expect(await unfinished.sweep()).toBe(0);
    looking.resolve();
    await receipt;

    const slow = Promise.withResolvers<void>();
    deletion = slow.promise;
    const sweeping = unfinished.sweep();
    let seen: number | undefined;
    const second = unfinished.undisturbed(async () => {
      seen = deleted.length;
    });
    await Promise.resolve();
    expect(seen).toBeUndefined();
    slow.resolve();
    await Promise.all([sweeping, second]);
    expect(seen).toBe(1);
  });

  it('are tried again when the disk does not let them go', async () => {
    unfinished.stage([blockOf('one')], maria);
    nowMs += UNFINISHED_KEPT_MS;
    deletion = Promise.reject(new Error('busy'));
    await expect(unfinished.sweep()).rejects.toThrowError('busy');
    deletion = Promise.resolve();
    expect(await unfinished.sweep()).toBe(1);
  });
});
