import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from './journal.ts';
import type { Journal, JournalDisk } from './journal.ts';
import { StorageError } from './storage-error.ts';

/** What one of the two logs may hold before its blocks are synced in their files and it is emptied. */
export const BLOCK_LOG_BYTES_MAX = 4 * 1024 * 1024;

/** Of that size, times this, who writes waits until there is room. */
const FULL_TIMES_MAX = 4;

export interface BlockLogInit {
  readonly directory: string;
  /** Where a log goes that is damaged, so that the store opens without it. */
  readonly quarantine: string;
  /** The name of a block: the hex SHA-256 of its bytes. */
  readonly nameOf: (bytes: Uint8Array) => string;
  /** Resolves when the files of these blocks, and the directories they lie in, are on the disk. */
  readonly sync: (names: readonly string[]) => Promise<void>;
  readonly bytesMax?: number;
  readonly disk?: JournalDisk;
}

interface Slot {
  readonly directory: string;
  journal: Journal;
  /** A write to the disk failed: nothing more goes in before it was made anew. */
  hasFailed: boolean;
  readonly names: Set<string>;
  readonly writes: Set<Promise<void>>;
}

/**
 * The write-ahead log of small blocks. A block is durable when its group is on the disk: one data sync for all blocks
 * that arrive together, where a file of its own would take two each. Its file is written after that without a sync, and
 * gets its own later, many at a time and mostly after the system has written it anyway.
 *
 * Two journals take turns: one takes blocks while the files of the other's are synced and it is emptied. After a crash
 * both are replayed.
 */
export class BlockLog {
  readonly #init: BlockLogInit;
  readonly #slots: readonly [Slot, Slot];
  #active: 0 | 1 = 0;
  #tail: Promise<void> = Promise.resolve();
  #isSettling = false;
  #damaged = 0;

  private constructor(init: BlockLogInit, slots: readonly [Slot, Slot], damaged: number) {
    this.#init = init;
    this.#slots = slots;
    this.#damaged = damaged;
  }

  /**
   * Opens both logs. One that is damaged is set aside: its blocks are there as files, or at other holders.
   * @throws StorageError `read-failed`
   */
  static async open(init: BlockLogInit): Promise<BlockLog> {
    const slots = ['0', '1'].map((name) => join(init.directory, name));
    let damaged = 0;
    const opened: Slot[] = [];
    for (const [number, directory] of slots.entries()) {
      let journal: Journal;
      try {
        journal = openJournal(directory, optionsOf(init));
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'journal-corrupt') throw error;
        damaged += 1;
        const aside = join(init.quarantine, `log-${number}`);
        await rm(aside, { recursive: true, force: true });
        await rename(directory, aside);
        journal = openJournal(directory, optionsOf(init));
      }
      opened.push({ directory, journal, hasFailed: false, names: new Set(), writes: new Set() });
    }
    const [first, second] = opened;
    if (first === undefined || second === undefined) throw new StorageError('read-failed');
    return new BlockLog(init, [first, second], damaged);
  }

  /** Logs that were damaged when they were opened. */
  get damaged(): number {
    return this.#damaged;
  }

  /** What was acknowledged and may not be whole in its file. `place` writes it there if need be. */
  replay(place: (name: string, bytes: Uint8Array) => void): void {
    for (const slot of this.#slots) {
      for (const bytes of slot.journal.replay()) {
        const name = this.#init.nameOf(bytes);
        place(name, bytes);
        slot.names.add(name);
      }
    }
  }

  /** Whether the log is what makes the block durable. */
  has(name: string): boolean {
    return this.#slots.some(({ names }) => names.has(name));
  }

  /**
   * Resolves when the block is durable and `place` has put it where readers find it: never before it is durable.
   * @throws StorageError `journal-failed`, or what `place` throws
   */
  async write(name: string, bytes: Uint8Array, place: () => void): Promise<void> {
    const slot = this.#slots[this.#active];
    slot.names.add(name);
    const work = writeInto(slot, bytes, place);
    const settled = work.catch(() => void slot.names.delete(name));
    slot.writes.add(settled);
    try {
      await work;
    } finally {
      slot.writes.delete(settled);
      if ((this.#isFull(slot, 1) || slot.hasFailed) && !this.#isSettling) this.#beginToSettle();
      // Who writes faster than files are synced waits for them: the log is bounded.
      if (this.#isFull(slot, FULL_TIMES_MAX)) await this.#tail;
    }
  }

  /** Resolves when no block depends on the log and nothing of any is in it. */
  async settle(): Promise<void> {
    await this.#serially(async () => {
      await this.#settleIdle();
      await this.#settleIdle();
    });
  }

  async close(): Promise<void> {
    await this.#tail;
    for (const { journal, writes } of this.#slots) {
      await Promise.all(writes);
      await journal.close();
    }
  }

  async #serially(task: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(task);
    this.#tail = run.catch(() => undefined);
    await run;
  }

  #isFull({ journal }: Slot, times: number): boolean {
    return journal.bytes > times * (this.#init.bytesMax ?? BLOCK_LOG_BYTES_MAX);
  }

  #beginToSettle(): void {
    this.#isSettling = true;
    const end = (): void => void (this.#isSettling = false);
    // What did not reach the disk stays in the log, and is tried again after the next write.
    this.#serially(async () => {
      do await this.#settleIdle();
      while (this.#isFull(this.#slots[this.#active], 1));
    }).then(end, end);
  }

  /** Empties the log that takes no blocks; if it is empty, the two change places first. */
  async #settleIdle(): Promise<void> {
    if (isEmpty(this.#slots[(1 - this.#active) as 0 | 1])) this.#active = this.#active === 0 ? 1 : 0;
    const slot = this.#slots[this.#active === 0 ? 1 : 0];
    await Promise.all(slot.writes);
    if (isEmpty(slot)) return;
    await this.#init.sync([...slot.names]);
    if (slot.hasFailed) {
      await slot.journal.close();
      await rm(slot.directory, { recursive: true, force: true });
      slot.journal = openJournal(slot.directory, optionsOf(this.#init));
      slot.hasFailed = false;
    } else await slot.journal.rewrite([]);
    slot.names.clear();
  }
}

function isEmpty(slot: Slot): boolean {
  return slot.journal.bytes === 0 && slot.names.size === 0 && slot.writes.size === 0 && !slot.hasFailed;
}

function optionsOf({ disk }: BlockLogInit): { disk?: JournalDisk } {
  return disk === undefined ? {} : { disk };
}

async function writeInto(slot: Slot, bytes: Uint8Array, place: () => void): Promise<void> {
  try {
    slot.journal.append(bytes);
    await slot.journal.sync();
  } catch (error) {
    slot.hasFailed = true;
    throw error;
  }
  place();
}
