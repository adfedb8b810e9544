import { statfs } from 'node:fs/promises';
import { StorageError } from './storage-error.ts';

/** Left for ledger and journal: a node that cannot write these stops. */
export const DISK_RESERVE_BYTES = 512 * 1024 * 1024;
/** How long one look at the disk counts. */
const LOOK_MS = 1_000;

/** Refuses uploads before the disk is full, so that what was agreed can always be written. */
export class DiskSpace {
  readonly #directory: string;
  readonly #reserveBytes: number;
  #freeBytes = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(directory: string, reserveBytes = DISK_RESERVE_BYTES) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
  }

  /** @throws StorageError `disk-full` when less than the reserve would be left */
  async require(bytes: number): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      const { bavail, bsize } = await statfs(this.#directory);
      this.#freeBytes = bavail * bsize;
      this.#lookedMs = nowMs;
    }
    if (this.#freeBytes - bytes < this.#reserveBytes)
      throw new StorageError('disk-full', {
        facts: { freeBytes: this.#freeBytes, reserveBytes: this.#reserveBytes },
      });
    this.#freeBytes -= bytes;
  }
}
