import { CID, concatBytes, toHex, uint64, utf8 } from '#crypto';
import { decodeBlock } from '#consensus';
import { readPerson } from '#consensus/ledger';
import type { DecodedTransaction, LedgerState } from '#consensus/ledger';
import type { LedgerStore, PrivateRow } from '#storage';
import { CLAIM } from './block-links.ts';
import type { BlockLinks } from './block-links.ts';
import type { Clock } from './clock.ts';
import { errorCode } from './logger.ts';
import type { Logger } from './logger.ts';
import { dealsOf, retentionsOf } from './retention-rules.ts';
import type { Retention } from './retention-rules.ts';

/** The height up to which the chain was gone through. */
const PROGRESS = 'retention-progress';
/** person | slot -> owner: the deposit that the next one replaces. */
const NEWEST = 'newest-of';
/** record -> person | header: its body is not known here yet. */
const UNREAD = 'bodies-unread';
/** owner -> person: to be deleted, until it is. */
const LEAVING = 'leaving';
/** person -> nothing: all that is hers is leaving. */
const FORGETTING = 'forgetting';

const NONE = new Uint8Array(0);
const HEIGHT = utf8('height');
const ID_BYTES = 32;
const RETRY_MS = 5_000;
/** Blocks of the chain in one go, so that a long absence does not hold up everything else. */
const BLOCKS_AT_ONCE = 32;
const READ_AT_ONCE = 256;
const ROWS_MAX = 100_000;

export interface BlockRetentionInit {
  store: LedgerStore;
  links: BlockLinks;
  clock: Clock;
  logger: Logger;
  state(): LedgerState;
  height(): number;
  decode(wire: Uint8Array): DecodedTransaction;
  /** The body blocks that a header held here names, erased or not; undefined when header or list of its body is not here. */
  bodyOf(header: CID): Promise<CID[] | undefined>;
  delete(cid: CID): Promise<void>;
  /** Called with attachments that this node is to have, before the block that links them counts as gone through. */
  want(cids: readonly CID[]): void;
  /** Called for every owner that left, so that what is kept of it in memory goes too. */
  onRelease(owner: Uint8Array): void;
}

/**
 * Goes through the chain, block by block and never leaving one out, and keeps the disk as the chain says: what was
 * erased, revoked, taken back or replaced is refused at once and then deleted, also by a node that was away or whose
 * blocks came from a backup. Every step is a durable row until it is done.
 */
export class BlockRetention {
  readonly #init: BlockRetentionInit;
  #work: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(init: BlockRetentionInit) {
    this.#init = init;
  }

  start(): void {
    this.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#work;
  }

  /** Something was committed. */
  wake(): void {
    this.#schedule(0);
  }

  /** True when nothing that the chain says is left to be done. */
  settled(): boolean {
    const { store, height } = this.#init;
    const isPending = [LEAVING, FORGETTING].some((room) => store.range(room, NONE, 1).length > 0);
    return this.#through() >= height() && !isPending;
  }

  /** A block came by: if it is a header, or a list of body blocks, what it names is kept for its record. */
  async seen(cid: CID): Promise<void> {
    await this.#readAll(this.#init.links.ownersOf(cid));
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancel?.();
    this.#cancel = this.#init.clock.setTimeout(() => {
      this.#work = this.#work.then(() => this.#round());
    }, delayMs);
  }

  async #round(): Promise<void> {
    const { height, logger } = this.#init;
    try {
      while (!this.#stopped && this.#through() < height()) await this.#walk();
      await this.#leave();
    } catch (error) {
      logger.warn({ code: errorCode(error) }, 'retention-waits');
      this.#schedule(RETRY_MS);
    }
  }

  #through(): number {
    const row = this.#init.store.get(PROGRESS, HEIGHT);
    return row === undefined ? 0 : Number(new DataView(row.buffer, row.byteOffset).getBigUint64(0));
  }

  /** The next blocks of the chain: what they say becomes rows, the last of a block together with the progress. */
  async #walk(): Promise<void> {
    const { store, height } = this.#init;
    const last = Math.min(height(), this.#through() + BLOCKS_AT_ONCE);
    const anchored: Uint8Array[] = [];
    for (let at = this.#through() + 1; at <= last; at += 1) {
      const found = store.blockAt(at);
      if (found === undefined) return;
      anchored.push(...this.#walkBlock(found.block, at));
    }
    await this.#readAll(anchored);
  }

  /** Few waits for the disk: only what looks at earlier rows has them written before. Gives the records anchored. */
  #walkBlock(block: Uint8Array, height: number): Uint8Array[] {
    const { store, state } = this.#init;
    const anchored: Uint8Array[] = [];
    const wanted: CID[] = [];
    let rows: PrivateRow[] = [];
    for (const wire of decodeBlock(block).transactions) {
      const { transaction, hash } = this.#init.decode(wire);
      for (const one of retentionsOf(transaction, hash, state())) {
        const looksBack = one.kind === 'newest' || one.kind === 'release';
        if (looksBack && rows.length > 0) {
          store.writeSoon(rows);
          rows = [];
        }
        rows.push(...this.#rowsOf(one));
        if (one.kind === 'record') anchored.push(one.owner);
        if (one.kind === 'keep') wanted.push(...one.cids);
      }
    }
    this.#init.want(wanted);
    // Lost with a power cut, the progress is lost as well, and the block is gone through again.
    store.writeSoon([...rows, [PROGRESS, HEIGHT, uint64(height)]]);
    return anchored;
  }

  #rowsOf(one: Retention): PrivateRow[] {
    const { links } = this.#init;
    switch (one.kind) {
      case 'keep':
        return [...links.link(one.owner, one.person, one.cids, CLAIM.attachment), ...this.#ofTheGone(one)];
      case 'record': {
        const row = concatBytes(one.person, one.header.bytes);
        const header = links.link(one.owner, one.person, [one.header], CLAIM.header);
        return [...header, [UNREAD, one.owner, row], ...this.#ofTheGone(one)];
      }
      case 'newest': {
        const slot = concatBytes(one.person, utf8(one.slot));
        const before = this.#init.store.get(NEWEST, slot);
        const isSame = before !== undefined && one.owner !== null && toHex(before) === toHex(one.owner);
        return [
          [NEWEST, slot, one.owner],
          ...(before === undefined || isSame ? [] : this.#replaced(before, one.person)),
        ];
      }
      case 'release':
        return this.#leaving(one.owner, one.person);
      case 'forget':
        return [[FORGETTING, one.person, NONE]];
    }
  }

  /** What is linked for a patient who left, before or since, leaves as well. */
  #ofTheGone({ owner, person }: { owner: Uint8Array; person: Uint8Array }): PrivateRow[] {
    const { state } = this.#init;
    const isGone = readPerson((key) => state().get(key), person)?.status === 'revoked';
    return isGone ? [[LEAVING, owner, person]] : [];
  }

  /** A deposit goes with whatever its holders have dealt since. */
  #replaced(owner: Uint8Array, person: Uint8Array): PrivateRow[] {
    const owners = [owner, ...dealsOf(owner, this.#init.state())];
    return owners.flatMap((one) => this.#leaving(one, person));
  }

  /** Refused from here on, deleted soon: what the owner alone keeps as far as it is known now. */
  #leaving(owner: Uint8Array, person: Uint8Array): PrivateRow[] {
    return [[LEAVING, owner, person], ...this.#init.links.erased(this.#init.links.goingWith(owner))];
  }

  async #leave(): Promise<void> {
    const { store } = this.#init;
    const isIdle = [LEAVING, FORGETTING].every((room) => store.range(room, NONE, 1).length === 0);
    if (isIdle) return;
    // Bodies that came after their records were agreed on: whose they are decides what may go.
    await this.#readAll(store.range(UNREAD, NONE, ROWS_MAX).map(([owner]) => owner));
    for (const [person] of store.range(FORGETTING, NONE, ROWS_MAX)) {
      for (
        let owners = this.#init.links.ownersBy(person);
        owners.length > 0;
        owners = this.#init.links.ownersBy(person)
      ) {
        for (const owner of owners) await this.#let(owner, person);
      }
      store.delete(FORGETTING, person);
    }
    for (const [owner, person] of store.range(LEAVING, NONE, ROWS_MAX)) await this.#let(owner, person);
    store.scrub();
  }

  /** Deletes what only `owner` keeps, and then every row about it. */
  async #let(owner: Uint8Array, person: Uint8Array): Promise<void> {
    const { store, onRelease, logger } = this.#init;
    if (this.#stopped) throw new Error('stopped');
    const going = this.#init.links.goingWith(owner);
    store.write(this.#init.links.erased(going));
    for (const { cid } of going) await this.#init.delete(cid);
    onRelease(owner);
    store.write([...this.#init.links.release(owner, person), [UNREAD, owner, null], [LEAVING, owner, null]]);
    logger.info({ blocks: going.length }, 'blocks-erased');
  }

  async #readAll(owners: readonly Uint8Array[]): Promise<void> {
    for (let i = 0; i < owners.length; i += READ_AT_ONCE) {
      const rows: PrivateRow[] = [];
      for (const owner of owners.slice(i, i + READ_AT_ONCE)) rows.push(...(await this.#read(owner)));
      if (rows.length > 0) this.#init.store.writeSoon(rows);
    }
  }

  /** Rows that link the body of a record to it; none while its header is not here. */
  async #read(owner: Uint8Array): Promise<PrivateRow[]> {
    const { store, links, bodyOf } = this.#init;
    const row = store.get(UNREAD, owner);
    if (row === undefined) return [];
    const person = row.slice(0, ID_BYTES);
    const body = await bodyOf(CID.decode(row.slice(ID_BYTES)));
    // Asked again: while the header was read, the record may have left with everything.
    if (body === undefined || store.get(UNREAD, owner) === undefined) return [];
    const claimed = links.link(owner, person, body, CLAIM.body);
    // A record that is leaving takes what it names along and brings nothing back.
    const isLeaving = store.get(LEAVING, owner) !== undefined;
    const rows = isLeaving ? claimed.filter(([, , value]) => value !== null) : claimed;
    return [...rows, [UNREAD, owner, null]];
  }
}
