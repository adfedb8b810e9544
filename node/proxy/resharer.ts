import { CryptoError, dealSubShares, equalBytes, linkOf, openSubShares, toHex } from '#crypto';
import type { Backend, CID, HeldPart, NodeKeys } from '#crypto';
import {
  CONSORTIUM,
  epochAt,
  commitmentsOf,
  isReshareDue,
  isReshareWindowOver,
  lockOf,
  membersAt,
  readCount,
  readDeal,
  readHeld,
  readInstitution,
  readItem,
  readNonce,
  readResharing,
  reshareThreshold,
  signTransaction,
} from '#consensus/ledger';
import type { Bodies, Genesis, Held, LedgerState, Resharing, Transaction } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';
import { choiceOf } from './reshare-choice.ts';
import { ShareCabinet } from './share-cabinet.ts';

/** Grants and deposits worked on at a time: a block holds few deals, so that none takes long to check. */
export const RESHARE_AT_ONCE = 8;
/** Those looked at in one go, so that a long list does not hold up everything else. */
const SCAN_MAX = 256;
const LOOK_MAX = 64;
const RETRY_MS = 2_000;
/** A share that could not be opened (it is false, or its block is not to be had) is tried again after so long. */
const LATER_MS = 60_000;
const ROUND_TIMEOUT_MS = 20_000;
const EXPIRY_HEIGHTS = 1_000;
/** What a long re-sharing remembers of boxes that it has tried. */
const JUDGED_MAX = 4_096;

type Body = { [K in 'reshare.deal' | 'reshare.confirm']: { kind: K; body: Bodies[K] } }[
  | 'reshare.deal'
  | 'reshare.confirm'];
type Box = { readonly cid: CID; readonly bytes: Uint8Array };

export interface ResharerInit {
  backend: Backend;
  keys: NodeKeys;
  chainId: Uint8Array;
  genesis: Genesis;
  /** The newest committed block. */
  head(): { state: LedgerState; height: number; timeMs: number };
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
  /** Stores the boxes here and at f+1 nodes. */
  spread(boxes: readonly Box[], signal: AbortSignal): Promise<void>;
  /** Resolves when the transaction is in a block or refused, or `signal` aborts. */
  submit(wire: Uint8Array, signal: AbortSignal): Promise<void>;
  clock: { now(): number; setTimeout(fn: () => void, ms: number): () => void };
  logger: { info(facts: Record<string, unknown>, event: string): void };
}

/**
 * Moves the shares of grants and deposits to the present members after an institution has joined or left (SCHEME 7), by itself: as
 * a holder it deals, as a member it says which deals it can use. All it goes by is the ledger, so it goes on after a
 * kill where the ledger stands.
 */
export class Resharer {
  readonly #init: ResharerInit;
  readonly #cabinet: ShareCabinet;
  readonly #aborter = new AbortController();
  /** Grants and deposits whose holders are to change, by hex id. */
  readonly #due = new Map<string, Uint8Array>();
  /** When this node tries again to open its shares of one. */
  readonly #later = new Map<string, number>();
  /** Whether this node can use what it got in a deal, by the deal's hex id. */
  readonly #judged = new Map<string, boolean>();
  /** Epoch and place in the list of what is held up to which it were looked at. */
  #scanned = { epoch: 0, position: 0 };
  #work: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;

  constructor(init: ResharerInit) {
    this.#init = init;
    this.#cabinet = new ShareCabinet({ ...init, state: () => init.head().state });
  }

  start(): void {
    this.wake();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#aborter.abort();
    await this.#work;
  }

  /** Something was committed. */
  wake(): void {
    if (this.#isIdle()) return;
    this.#schedule(0);
  }

  /** How many grants and deposits wait for new holders, as far as this node has looked. */
  get waiting(): number {
    return this.#due.size;
  }

  #isIdle(): boolean {
    return this.#due.size === 0 && this.#scanned.epoch === this.#epoch().number && this.#isScanned();
  }

  readonly #get = (key: Uint8Array): Uint8Array | undefined => this.#init.head().state.get(key);

  /** The members of the next block: what a transaction that is made now is judged by. */
  #epoch(): ReturnType<typeof epochAt> {
    return epochAt(this.#get, this.#init.head().height + 1);
  }

  #isScanned(): boolean {
    return this.#scanned.epoch === 0 || this.#scanned.position >= readCount(this.#get, 'held', CONSORTIUM);
  }

  #schedule(delayMs: number): void {
    if (this.#aborter.signal.aborted) return;
    this.#cancel?.();
    this.#cancel = this.#init.clock.setTimeout(() => {
      this.#work = this.#work.then(() => this.#round());
    }, delayMs);
  }

  async #round(): Promise<void> {
    if (this.#aborter.signal.aborted) return;
    const signal = AbortSignal.any([this.#aborter.signal, AbortSignal.timeout(ROUND_TIMEOUT_MS)]);
    try {
      await this.step(signal);
    } catch (error) {
      this.#init.logger.info({ code: error instanceof Error ? error.name : 'unknown' }, 'reshare-waits');
    }
    if (this.#isIdle()) return;
    this.#schedule(this.#isScanned() ? RETRY_MS : 0);
  }

  /** The next of the list; all anew in a new epoch. A consortium that never changed has nothing to look for. */
  #scan(): void {
    const epoch = this.#epoch();
    if (this.#scanned.epoch !== epoch.number) this.#scanned = { epoch: epoch.number, position: 0 };
    if (epoch.number === 0) return;
    const count = readCount(this.#get, 'held', CONSORTIUM);
    const end = Math.min(count, this.#scanned.position + SCAN_MAX);
    const { timeMs } = this.#init.head();
    for (; this.#scanned.position < end; this.#scanned.position += 1) {
      const id = readItem(this.#get, 'held', CONSORTIUM, this.#scanned.position);
      const held = id === undefined ? undefined : readHeld(this.#get, id);
      if (held !== undefined && isReshareDue(this.#get, held, epoch, timeMs))
        this.#due.set(toHex(held.id), held.id);
    }
  }

  /** Looks for what waits, and does what is to be done now for the first of it. */
  async step(signal: AbortSignal): Promise<void> {
    this.#scan();
    const { keys, height, timeMs, state } = { ...this.#init, ...this.#init.head() };
    const epoch = this.#epoch();
    if (!epoch.members.some(({ id }) => equalBytes(id, keys.id))) return;
    const bodies: Body[] = [];
    const boxes: Box[] = [];
    for (const [name, id] of [...this.#due].slice(0, LOOK_MAX)) {
      if (bodies.length >= RESHARE_AT_ONCE) break;
      const held = readHeld((key) => state.get(key), id);
      if (held === undefined || !isReshareDue(this.#get, held, epoch, timeMs)) {
        this.#done(name, id);
        continue;
      }
      // What waits for others goes to the end, so that it holds up nothing.
      this.#due.delete(name);
      this.#due.set(name, id);
      const made = (await this.#deal(held, signal, boxes)) ?? (await this.#confirm(held, signal));
      if (made !== undefined) bodies.push(made);
    }
    if (bodies.length === 0) return;
    await this.#init.spread(boxes, signal);
    await this.#send(bodies, height, signal);
  }

  #done(name: string, id: Uint8Array): void {
    this.#due.delete(name);
    this.#later.delete(name);
    this.#cabinet.forget(name);
    if (this.#due.size === 0) this.#judged.clear();
    this.#init.logger.info({ owner: toHex(id) }, 'reshared');
  }

  async #send(bodies: readonly Body[], height: number, signal: AbortSignal): Promise<void> {
    const { backend, keys, chainId } = this.#init;
    const first = readNonce(this.#get, keys.id);
    const expiresAtHeight = height + EXPIRY_HEIGHTS;
    await Promise.all(
      bodies.map(async (made, i) => {
        const nonce = first + i;
        const envelope = { version: 1, chainId, sender: keys.id, nonce, expiresAtHeight } as const;
        const transaction: Transaction = { ...envelope, ...made };
        await this.#init.submit(signTransaction(backend, transaction, keys.validator.secretKey), signal);
      }),
    );
  }

  /** What this node shares again of a grant or deposit, unless it has, or holds nothing of it. */
  async #deal(held: Held, signal: AbortSignal, boxes: Box[]): Promise<Body | undefined> {
    const { backend, keys, genesis } = this.#init;
    const epoch = this.#epoch();
    if (!held.shares.some(({ node }) => equalBytes(node, keys.id))) return undefined;
    const known = this.#underWay(held);
    const dealers = (known?.deals ?? []).flatMap((id) => readDeal(this.#get, id)?.node ?? []);
    if (dealers.some((node) => equalBytes(node, keys.id))) return undefined;
    if ((this.#later.get(toHex(held.id)) ?? 0) > this.#init.clock.now()) return undefined;
    const part = await this.#partOf(held, signal);
    if (part === undefined) {
      this.#later.set(toHex(held.id), this.#init.clock.now() + LATER_MS);
      return undefined;
    }
    const members = membersAt(this.#get, epoch.fromHeight);
    const dealt = dealSubShares(backend, {
      owner: held.id,
      epoch: epoch.number,
      dealer: { id: keys.id, index: this.#cabinet.index(), secretKey: keys.validator.secretKey },
      ...part,
      threshold: reshareThreshold(genesis, held, members.length),
      holders: members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
    });
    const links = dealt.boxes.map(({ id, box }) => ({ node: id, box: linkOf('raw', box), bytes: box }));
    boxes.push(...links.map(({ box: cid, bytes }) => ({ cid, bytes })));
    const body = {
      owner: held.id,
      epoch: epoch.number,
      commitments: dealt.commitments,
      boxes: links.map(({ node, box }) => ({ node, box })),
    };
    return { kind: 'reshare.deal', body };
  }

  /** A share that this node never got right it can not share again: the others do. */
  async #partOf(held: Held, signal: AbortSignal): Promise<HeldPart | undefined> {
    try {
      return await this.#cabinet.partOf(held, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { name } = error instanceof Error ? error : { name: 'unknown' };
      const code = error instanceof ProxyRefusal ? error.code : name;
      this.#init.logger.info({ owner: toHex(held.id), code }, 'reshare-no-share');
      return undefined;
    }
  }

  async #confirm(held: Held, signal: AbortSignal): Promise<Body | undefined> {
    const { keys, head } = this.#init;
    const known = this.#underWay(held);
    if (known === undefined || known.deals.length < held.threshold) return undefined;
    const good = new Set<string>();
    for (const id of known.deals) if (await this.#isGood(held, id, signal)) good.add(toHex(id));
    const deals = choiceOf(known, { self: keys.id, threshold: held.threshold, good });
    if (deals === undefined) return undefined;
    const said = known.confirmations.find(({ node }) => equalBytes(node, keys.id))?.deals;
    const isSaid = said !== undefined && said.map(toHex).join() === deals.map(toHex).join();
    if (isSaid && !isReshareWindowOver(this.#get, deals, head().timeMs)) return undefined;
    return { kind: 'reshare.confirm', body: { owner: held.id, epoch: known.epoch, deals } };
  }

  #underWay(held: Held): Resharing | undefined {
    const known = readResharing(this.#get, held.id);
    return known?.epoch === this.#epoch().number ? known : undefined;
  }

  /** Opens what a dealer sent to this node, once; a box that is not here yet is asked for again. */
  async #isGood(held: Held, id: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const name = toHex(id);
    const known = this.#judged.get(name);
    if (known !== undefined) return known;
    const { backend, keys, fetchBlock } = this.#init;
    const deal = readDeal(this.#get, id);
    const at = this.#epoch().members.findIndex((member) => equalBytes(member.id, keys.id));
    const [cid, dealer] = [deal?.boxes[at], deal && readInstitution(this.#get, deal.node)];
    if (deal === undefined || cid === undefined || dealer === undefined) return false;
    let isGood = true;
    try {
      const { commitments, index } = deal;
      openSubShares(backend, {
        owner: held.id,
        epoch: deal.epoch,
        dealer: { id: dealer.id, index, signPublicKey: dealer.validatorKey },
        holder: { id: keys.id, index: this.#cabinet.index(), seal: keys.seal },
        count: commitmentsOf(held).length,
        commitments,
        lock: lockOf(held),
        box: await fetchBlock(cid, signal),
      });
    } catch (error) {
      // Not here yet is no judgement.
      if (!(error instanceof CryptoError)) return false;
      isGood = false;
      this.#init.logger.info({ dealer: toHex(dealer.id), owner: toHex(held.id) }, 'reshare-box-false');
    }
    if (this.#judged.size < JUDGED_MAX) this.#judged.set(name, isGood);
    return isGood;
  }
}
