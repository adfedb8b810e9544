import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '#crypto';
import { DiskSeal, Intake, Queue, QueueFile, SendLine, SourceLimits } from '#node/gateway';
import { NOW_MS, pulse } from './ward.ts';

const MESSAGE = (n: number, count = 1): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ readings: pulse(count, n) }));

describe('the line of those who send', () => {
  it('gives one with much one turn for every turn of those with little', async () => {
    const left = new Map([
      ['noisy', 6],
      ...Array.from({ length: 8 }, (_, i): [string, number] => [`quiet-${i}`, 1]),
    ]);
    const turns: string[] = [];
    const line = new SendLine<string>((one) => {
      turns.push(one);
      const more = (left.get(one) ?? 0) - 1;
      left.set(one, more);
      return Promise.resolve(more > 0);
    });
    for (const one of left.keys()) line.ask(one);
    await vi.waitFor(() => expect(turns).toHaveLength(14));
    // Every quiet one has had its turn before the noisy one has its third.
    const third = turns.flatMap((one, i) => (one === 'noisy' ? [i] : []))[2] ?? 0;
    expect(turns.slice(0, third).filter((one) => one.startsWith('quiet'))).toHaveLength(8);
    await line.stop();
  });

  it('goes on past one whose turn does not end', async () => {
    const turns: string[] = [];
    const never = Promise.withResolvers<boolean>();
    const line = new SendLine<string>((one) => {
      turns.push(one);
      return one === 'stuck' ? never.promise : Promise.resolve(false);
    });
    for (const one of ['stuck', 'a', 'b', 'c', 'd', 'e', 'f']) line.ask(one);
    await vi.waitFor(() => expect(turns).toHaveLength(7));
    never.resolve(false);
    await line.stop();
  });
});

describe('what one source may send', () => {
  it('ends at its allowance, comes back with time, and touches nobody else’s', async () => {
    let nowMs = 0;
    const limits = new SourceLimits(() => nowMs);
    const work = (): Promise<string> => Promise.resolve('taken');
    await limits.within('noisy', 16 * 1024 * 1024, work);
    await expect(limits.within('noisy', 65_536, work)).rejects.toMatchObject({
      code: 'too-fast',
      facts: { retryMs: 1_100 },
    });
    expect(await limits.within('quiet', 65_536, work)).toBe('taken');
    nowMs += 1_100;
    expect(await limits.within('noisy', 65_536, work)).toBe('taken');
    await expect(limits.within('noisy', 65_536, work)).rejects.toMatchObject({ code: 'too-fast' });
  });

  it('has few messages on their way at once', async () => {
    const limits = new SourceLimits(() => 0);
    const slow = Promise.withResolvers<number>();
    const waiting = Array.from({ length: 16 }, () => limits.within('noisy', 10, () => slow.promise));
    await expect(limits.within('noisy', 10, () => slow.promise)).rejects.toMatchObject({ code: 'too-fast' });
    slow.resolve(1);
    await Promise.all(waiting);
    expect(await limits.within('noisy', 10, () => Promise.resolve(2))).toBe(2);
  });
});

describe('the disk', () => {
  let directory: string;
  let file: QueueFile;
  const queueOf = (name: string, key: number): Queue =>
    new Queue(file, { name, seal: new DiskSeal(new Uint8Array(32).fill(key)), recordIdOf: sha256 });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'phr-share-'));
    file = new QueueFile(join(directory, 'queue.sqlite'));
  });
  afterEach(() => {
    file.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is filled by one device to its share, and the others go on', async () => {
    const intake = new Intake({ file, now: () => NOW_MS, bytesMax: 2 * 1024 * 1024 });
    const [a, b] = [
      { patient: 'a', queue: queueOf('a', 1) },
      { patient: 'b', queue: queueOf('b', 2) },
    ];
    await intake.accept(b, 'watch', MESSAGE(1));
    let n = 1;
    const flood = async (): Promise<void> => {
      for (; n < 1_000_000; n += 500) await intake.accept(a, 'watch', MESSAGE(n, 500));
    };
    await expect(flood()).rejects.toMatchObject({ code: 'share-full' });
    expect(file.bytes).toBeGreaterThan(1024 * 1024);
    expect(file.bytes).toBeLessThan(1.3 * 1024 * 1024);
    for (let i = 2; i < 40; i += 1) expect((await intake.accept(b, 'watch', MESSAGE(i))).accepted).toBe(1);
    // A device that nobody has heard of before has its place too.
    expect((await intake.accept(a, 'another', MESSAGE(1))).accepted).toBe(1);
    await expect(flood()).rejects.toMatchObject({ code: 'share-full' });
  });

  it('gives up of a lane whose keys are gone, and of no other', () => {
    const [a, b] = [queueOf('a', 1), queueOf('b', 2)];
    const readings = [{ n: 7, timeMs: NOW_MS, code: '8867-4', values: [70], claimedMs: null, flags: [] }];
    for (const queue of [a, b]) file.transaction(() => queue.accept({ source: 'watch', readings }));
    // The same name with other keys is another lane.
    expect(queueOf('a', 3).lastCounter('watch')).toBe(0);
    expect(file.lanes().toSorted()).toEqual([a.lane, b.lane]);
    expect(file.unsentOf(a.lane)).toEqual({ readings: 1, rows: 1 });
    expect(file.giveUp(a.lane)).toBe(1);
    expect([a.intakeRows, a.lastCounter('watch'), b.intakeRows, b.lastCounter('watch')]).toEqual([
      0, 0, 1, 7,
    ]);
  });
});
