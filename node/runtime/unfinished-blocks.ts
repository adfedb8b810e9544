import { concatBytes, equalBytes, linkOfDigest, toHex, uint32, uint64 } from '#crypto';
import type { CID } from '#crypto';
import type { LedgerStore, PrivateRow } from '#storage';
import type { BlockLinks } from './block-links.ts';
import type { Clock } from './clock.ts';
import { errorCode } from './logger.ts';
import type { Logger } from './logger.ts';

/** digest -> person | u64 time | u32 bytes: stored, and named by no committed transaction yet. */
const UNFINISHED = 'unfinished-blocks';
/** digest -> nothing: this node has signed that it holds the block. */
const PROMISED = 'promised-blocks';

const NONE = new Uint8Array(0);
const ID_BYTES = 32;
/** Who sent a block is not always known: other members replicate for their people. */
const NOBODY = new Uint8Array(ID_BYTES);
const SWEEP_MS = 10 * 60_000;

/** Bytes that one person may have at a node without a committed record that names them. */
export const UNFINISHED_BYTES_MAX = 512 * 1024 * 1024;
/** How long blocks of an upload that was never finished are kept. */
export const UNFINISHED_KEPT_MS = 24 * 3_600_000;

export interface UnfinishedBlocksInit {
  store: LedgerStore;
  links: BlockLinks;
  clock: Clock;
  logger: Logger;
  /** True when this node has gone through everything that a quorum has committed: only then is anything deleted. */
  isSettled(): boolean;
  delete(cid: CID): Promise<void>;
  bytesMax?: number;
  keptMs?: number;
}

interface Row {
  readonly digest: Uint8Array;
  readonly person: Uint8Array;
  readonly timeMs: number;
  readonly bytes: number;
}

/**
 * Blocks between their upload and the transaction that names them. A person can fill only so much of a disk with them,
 * and what was never finished goes after a day. What a committed transaction names is never touched, nor what this node
 * has signed a receipt for: that may be committed at any time.
 */
export class UnfinishedBlocks {
  readonly #init: UnfinishedBlocksInit;
  readonly #bytesMax: number;
  readonly #keptMs: number;
  /** By person, hex. */
  readonly #bytes = new Map<string, number>();
  #promising = 0;
  #deleting: Promise<unknown> = Promise.resolve();
  #sweeping: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(init: UnfinishedBlocksInit) {
    this.#init = init;
    this.#bytesMax = init.bytesMax ?? UNFINISHED_BYTES_MAX;
    this.#keptMs = init.keptMs ?? UNFINISHED_KEPT_MS;
    for (const row of this.#rows()) this.#count(row.person, row.bytes);
  }

  start(): void {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  /**
   * Notes blocks that are about to be stored.
   * @returns false when the person has too much unfinished already: nothing is noted then
   */
  stage(blocks: readonly { cid: CID; bytes: Uint8Array }[], person: Uint8Array = NOBODY): boolean {
    const { store, links, clock } = this.#init;
    const time = uint64(clock.now());
    const rows: PrivateRow[] = [];
    let added = 0;
    for (const { cid, bytes } of blocks) {
      const { digest } = cid.multihash;
      const known = store.get(UNFINISHED, digest);
      if (known === undefined && links.isLinked(digest)) continue;
      if (known === undefined) added += bytes.length;
      // Who sent it first answers for it; that it came again makes it young.
      const owner = known?.subarray(0, ID_BYTES) ?? person;
      rows.push([UNFINISHED, digest, concatBytes(owner, time, uint32(bytes.length))]);
    }
    const isCounted = !equalBytes(person, NOBODY);
    if (isCounted && this.#of(person) + added > this.#bytesMax) {
      this.#settle(person);
      if (this.#of(person) + added > this.#bytesMax) return false;
    }
    if (rows.length > 0) store.write(rows);
    this.#count(person, added);
    return true;
  }

  /** Says durably that this node will hold the blocks: called before it signs so. */
  promise(cids: readonly CID[]): void {
    const { store, links } = this.#init;
    const fresh = cids.filter(({ multihash: { digest } }) => !links.isLinked(digest));
    if (fresh.length > 0) store.write(fresh.map(({ multihash }) => [PROMISED, multihash.digest, NONE]));
  }

  /** Nothing is deleted while `run` looks which blocks are here and signs for them. */
  async undisturbed<T>(run: () => Promise<T>): Promise<T> {
    this.#promising += 1;
    try {
      await this.#deleting;
      return await run();
    } finally {
      this.#promising -= 1;
    }
  }

  /** Forgets what has been committed, and deletes what nobody finished. Resolves with the number of blocks deleted. */
  async sweep(): Promise<number> {
    const { store, links, clock, isSettled, logger } = this.#init;
    const finished = [...this.#rows()].filter(({ digest }) => links.isLinked(digest));
    this.#drop(finished);
    const oldMs = clock.now() - this.#keptMs;
    let deleted = 0;
    for (const row of [...this.#rows()].filter(({ timeMs }) => timeMs <= oldMs)) {
      const isKept = (): boolean =>
        links.isLinked(row.digest) ||
        store.get(PROMISED, row.digest) !== undefined ||
        // It may have come again since.
        (this.#row(row.digest)?.timeMs ?? Number.POSITIVE_INFINITY) > oldMs;
      if (this.#stopped || this.#promising > 0 || !isSettled()) break;
      if (isKept()) continue;
      const gone = this.#init.delete(linkOfDigest('raw', row.digest));
      this.#deleting = gone.catch(() => undefined);
      await gone;
      this.#drop([row]);
      deleted += 1;
    }
    if (deleted > 0) logger.info({ blocks: deleted }, 'unfinished-blocks-deleted');
    return deleted;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#init.clock.setTimeout(() => {
      this.#sweeping = this.sweep().then(
        () => this.#schedule(),
        (error: unknown) => {
          this.#init.logger.warn({ code: errorCode(error) }, 'sweep-waits');
          this.#schedule();
        },
      );
    }, SWEEP_MS);
  }

  /** What of a person's has been committed counts no longer. */
  #settle(person: Uint8Array): void {
    const { links } = this.#init;
    this.#drop(
      [...this.#rows()].filter((row) => equalBytes(row.person, person) && links.isLinked(row.digest)),
    );
  }

  #drop(rows: readonly Row[]): void {
    if (rows.length === 0) return;
    this.#init.store.write(
      rows.flatMap(({ digest }): PrivateRow[] => [
        [UNFINISHED, digest, null],
        [PROMISED, digest, null],
      ]),
    );
    for (const { person, bytes } of rows) this.#count(person, -bytes);
  }

  #of(person: Uint8Array): number {
    return this.#bytes.get(toHex(person)) ?? 0;
  }

  #count(person: Uint8Array, bytes: number): void {
    const sum = this.#of(person) + bytes;
    if (sum > 0) this.#bytes.set(toHex(person), sum);
    else this.#bytes.delete(toHex(person));
  }

  *#rows(): Generator<Row> {
    for (const [digest, value] of this.#init.store.list(UNFINISHED)) yield rowOf(digest, value);
  }

  #row(digest: Uint8Array): Row | undefined {
    const value = this.#init.store.get(UNFINISHED, digest);
    return value === undefined ? undefined : rowOf(digest, value);
  }
}

function rowOf(digest: Uint8Array, value: Uint8Array): Row {
  const view = new DataView(value.buffer, value.byteOffset + ID_BYTES);
  return {
    digest,
    person: value.slice(0, ID_BYTES),
    timeMs: Number(view.getBigUint64(0)),
    bytes: view.getUint32(8),
  };
}
