import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJournal, StorageError } from '#storage';
import type { JournalDisk } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

const record = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (records: Iterable<Uint8Array>): string[] =>
  Array.from(records, (each) => new TextDecoder().decode(each));
const fileOf = (directory: string): string => join(directory, 'journal.log');

/** A journal of the given groups; returns the end of each group in bytes. */
async function written(directory: string, groups: string[][]): Promise<number[]> {
  const journal = openJournal(directory);
  const ends: number[] = [];
  for (const group of groups) {
    for (const text of group) journal.append(record(text));
    await journal.sync();
    ends.push(statSync(fileOf(directory)).size);
  }
  await journal.close();
  return ends;
}

function reopened(directory: string): string[] {
  return texts(openJournal(directory).replay());
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof StorageError ? error.code : 'other';
  }
  return 'none';
}

/** The real disk, counting; `fail` makes the next sync fail. */
function countingDisk(): JournalDisk & { syncs: number; writes: number; fail: boolean } {
  let content = Buffer.alloc(0);
  return {
    syncs: 0,
    writes: 0,
    fail: false,
    async write(_fd, bytes, position) {
      this.writes += 1;
      content = Buffer.concat([content.subarray(0, position), bytes]);
    },
    async datasync() {
      this.syncs += 1;
      await Promise.resolve();
      if (this.fail) throw new Error('EIO');
    },
  };
}

describe('journal', () => {
  it('replays every synced record in order after it is opened again', async () => {
    const directory = scratchDirectory();
    await written(directory, [['a', 'b'], [''], ['c'.repeat(100_000), 'd']]);
    expect(reopened(directory)).toEqual(['a', 'b', '', 'c'.repeat(100_000), 'd']);
  });

  it('goes on after being opened again', async () => {
    const directory = scratchDirectory();
    await written(directory, [['a'], ['b']]);
    await written(directory, [['c']]);
    expect(reopened(directory)).toEqual(['a', 'b', 'c']);
  });

  it('keeps its own copy of a record', async () => {
    const directory = scratchDirectory();
    const journal = openJournal(directory);
    const bytes = record('before');
    journal.append(bytes);
    bytes.fill(0);
    await journal.sync();
    expect(texts(journal.replay())).toEqual(['before']);
    await journal.close();
  });

  it('makes many appends durable by one write and one sync', async () => {
    const disk = countingDisk();
    const journal = openJournal(scratchDirectory(), { disk });
    const done: Promise<void>[] = [];
    for (let index = 0; index < 100; index += 1) {
      journal.append(record(String(index)));
      done.push(journal.sync());
    }
    await Promise.all(done);
    expect([disk.writes, disk.syncs]).toEqual([1, 1]);
  });

  it('does not call a record durable because of a sync that began before it was appended', async () => {
    const gate = Promise.withResolvers<void>();
    const finished: string[] = [];
    let syncs = 0;
    const disk: JournalDisk = {
      write: async () => undefined,
      datasync: async () => {
        syncs += 1;
        if (syncs === 1) await gate.promise;
      },
    };
    const journal = openJournal(scratchDirectory(), { disk });
    journal.append(record('first'));
    const first = journal.sync().then(() => finished.push('first'));
    while (syncs === 0) await Promise.resolve();
    journal.append(record('second'));
    const second = journal.sync().then(() => finished.push('second'));
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    expect(finished).toEqual([]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(finished).toEqual(['first', 'second']);
    expect(syncs).toBe(2);
  });

  it('cuts a torn last group at every length and keeps all before it', async () => {
    const directory = scratchDirectory();
    const [, second, third] = (await written(directory, [['a'], ['b', 'c'], ['torn', 'group']])) as [
      number,
      number,
      number,
    ];
    const whole = readFileSync(fileOf(directory));
    for (let length = second; length < third; length += 1) {
      writeFileSync(fileOf(directory), whole.subarray(0, length));
      expect(reopened(directory)).toEqual(['a', 'b', 'c']);
      expect(statSync(fileOf(directory)).size).toBe(second);
    }
  });

  it('cuts a last group of which a sector was never written, and goes on behind the cut', async () => {
    const directory = scratchDirectory();
    const ends = await written(directory, [['a'], [randomBytes(4000).toString('hex')]]);
    const bytes = readFileSync(fileOf(directory));
    bytes.fill(0, 1024, 1536);
    writeFileSync(fileOf(directory), bytes);
    expect(reopened(directory)).toEqual(['a']);
    expect(statSync(fileOf(directory)).size).toBe(ends[0]);
    await written(directory, [['b']]);
    expect(reopened(directory)).toEqual(['a', 'b']);
  });

  it('cuts a file that was lengthened but not written', async () => {
    const directory = scratchDirectory();
    const [end] = (await written(directory, [['a']])) as [number];
    truncateSync(fileOf(directory), end + 5000);
    expect(reopened(directory)).toEqual(['a']);
  });

  it('refuses damage in any byte before the last group, zeroed sectors included', async () => {
    const directory = scratchDirectory();
    const [first, second] = (await written(directory, [['aaaa'], ['bbbb'], ['cccc']])) as [number, number];
    const whole = readFileSync(fileOf(directory));
    for (let at = 0; at < second; at += 1) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      writeFileSync(fileOf(directory), bytes);
      expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
      expect(readFileSync(fileOf(directory)).equals(bytes)).toBe(true);
    }
    const zeroed = Buffer.from(whole).fill(0, first, second);
    writeFileSync(fileOf(directory), zeroed);
    expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
  });

  it('refuses a group lost whole, header and all, when a readable one follows it', async () => {
    const directory = scratchDirectory();
    const large = randomBytes(2000).toString('hex');
    const [first, second] = (await written(directory, [['a'], [large], ['c']])) as [number, number, number];
    const bytes = readFileSync(fileOf(directory)).fill(0, first, second);
    writeFileSync(fileOf(directory), bytes);
    expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
  });

  it('refuses a damaged last group that was written in full: cutting it would forget a vote', async () => {
    const directory = scratchDirectory();
    const [first, second] = (await written(directory, [['a'], [randomBytes(300).toString('hex')]])) as [
      number,
      number,
    ];
    const whole = readFileSync(fileOf(directory));
    for (let at = first; at < second; at += 7) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(fileOf(directory), bytes);
      expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
    }
  });

  it('refuses a group that is missing between two others', async () => {
    const directory = scratchDirectory();
    const [first, second] = (await written(directory, [['a'], ['b'], ['c']])) as [number, number];
    const whole = readFileSync(fileOf(directory));
    writeFileSync(fileOf(directory), Buffer.concat([whole.subarray(0, first), whole.subarray(second)]));
    expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
  });

  it('refuses foreign bytes behind the end', async () => {
    const directory = scratchDirectory();
    await written(directory, [['a']]);
    appendFileSync(fileOf(directory), 'this is not a group, it is something else entirely');
    expect(codeOf(() => openJournal(directory))).toBe('journal-corrupt');
  });

  it('accepts nothing more after a sync failed, and says why', async () => {
    const disk = countingDisk();
    const journal = openJournal(scratchDirectory(), { disk });
    journal.append(record('a'));
    await journal.sync();
    disk.fail = true;
    journal.append(record('b'));
    const waiting = journal.sync();
    await expect(waiting).rejects.toMatchObject({ code: 'journal-failed' });
    disk.fail = false;
    expect(codeOf(() => journal.append(record('c')))).toBe('journal-failed');
    await expect(journal.sync()).rejects.toMatchObject({ code: 'journal-failed' });
    await expect(journal.rewrite([])).rejects.toMatchObject({ code: 'journal-failed' });
    expect(disk.syncs).toBe(2);
  });

  it('fails everyone who waits behind a failed sync', async () => {
    const disk = countingDisk();
    disk.fail = true;
    const journal = openJournal(scratchDirectory(), { disk });
    journal.append(record('a'));
    const first = journal.sync();
    const rewriting = journal.rewrite([record('x')]);
    journal.append(record('b'));
    const second = journal.sync();
    const outcomes = await Promise.allSettled([first, rewriting, second]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('rewrites in one step: old records go, those appended later stay', async () => {
    const directory = scratchDirectory();
    const journal = openJournal(directory);
    journal.append(record('old'));
    const synced = journal.sync();
    journal.append(record('unsynced'));
    const rewriting = journal.rewrite([record('kept-1'), record('kept-2')]);
    journal.append(record('new'));
    await Promise.all([synced, rewriting, journal.sync()]);
    expect(texts(journal.replay())).toEqual(['kept-1', 'kept-2', 'new']);
    await journal.close();
    expect(reopened(directory)).toEqual(['kept-1', 'kept-2', 'new']);
  });

  it('can be rewritten to nothing and used again', async () => {
    const directory = scratchDirectory();
    const journal = openJournal(directory);
    journal.append(record('old'));
    await journal.rewrite([]);
    expect(journal.bytes).toBe(0);
    journal.append(record('new'));
    await journal.sync();
    await journal.close();
    expect(reopened(directory)).toEqual(['new']);
  });

  it('drops the half-written file of a rewrite that a crash cut short', async () => {
    const directory = scratchDirectory();
    await written(directory, [['a']]);
    writeFileSync(join(directory, 'journal.rewrite'), 'half');
    expect(reopened(directory)).toEqual(['a']);
    expect(existsSync(join(directory, 'journal.rewrite'))).toBe(false);
  });

  it('refuses a record above the limit and use after closing', async () => {
    const journal = openJournal(scratchDirectory());
    const { JOURNAL_RECORD_BYTES_MAX } = await import('#storage');
    expect(codeOf(() => journal.append(new Uint8Array(JOURNAL_RECORD_BYTES_MAX + 1)))).toBe(
      'journal-record-too-large',
    );
    await journal.close();
    expect(codeOf(() => journal.append(record('a')))).toBe('journal-closed');
  });
});
