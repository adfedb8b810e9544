import { toHex } from '#crypto';
import { decodeTransaction, isPriority } from '#consensus/ledger';
import type { DecodedTransaction, Refusal } from '#consensus/ledger';

export const MEMPOOL_TRANSACTIONS_MAX = 4096;
export const MEMPOOL_BYTES_MAX = 32 * 1024 * 1024;
/** Of one sender: also how far ahead of the next nonce a transaction may be. */
export const MEMPOOL_SENDER_MAX = 64;
/** Transactions of peers whose preconditions this node has not seen yet; tried again after the next block. */
export const MEMPOOL_PARKED_MAX = 512;

/** What the pool asks of the ledger, against the newest committed state. */
export interface MempoolLedger {
  /** Signature, nonce, expiry and rules. */
  check(decoded: DecodedTransaction): { ok: true } | Refusal;
  /** Institution of the sender as hex, '' when unknown: blocks are filled round-robin over institutions. */
  homeOf(sender: Uint8Array): string;
  /** In place of `decodeTransaction`. */
  decode?(wire: Uint8Array): DecodedTransaction;
}

/** What became of a transaction that somebody waits for; `given-up`: the caller's signal ended the wait. */
export type Settlement =
  | { kind: 'committed'; height: number }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'given-up' };

export type Admission =
  | { kind: 'new' | 'known' | 'parked'; hash: Uint8Array }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'malformed' }
  | { kind: 'full' };

/** Refusals that a later block may lift, when a peer's transaction overtakes the block that it builds upon. */
const MALICIOUS: ReadonlySet<string> = new Set([
  'malformed',
  'other-chain',
  'signature-invalid',
  'expiry-too-far',
  'sender-not-keys',
  'keys-invalid',
]);

interface Entry {
  readonly decoded: DecodedTransaction;
  readonly sender: string;
  readonly home: string;
  readonly own: boolean;
  /** It may go into the next block; false while an earlier one of its sender is missing. */
  ready: boolean;
}

/** Transactions that wait for a block. Bounded in every direction; verified once, at the door. */
export class Mempool {
  readonly #ledger: MempoolLedger;
  readonly #entries = new Map<string, Entry>();
  readonly #parked = new Map<string, DecodedTransaction>();
  readonly #perSender = new Map<string, number>();
  readonly #waiting = new Map<string, Set<(settlement: Settlement) => void>>();
  #bytes = 0;
  #ready = 0;
  /** Told when a transaction submitted here is in a block or can no longer apply. */
  onOwnGone: (hash: Uint8Array) => void = () => undefined;

  constructor(ledger: MempoolLedger) {
    this.#ledger = ledger;
  }

  /** Transactions of peers that wait for a block this node has not seen. */
  get parked(): number {
    return this.#parked.size;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Whether anything may go into the next block. What waits for an earlier one of its sender, which may never come, is
   * no reason to make blocks: one person could make the network decide empty ones without end.
   */
  get hasReady(): boolean {
    return this.#ready > 0;
  }

  /** Takes a transaction in, or says why not. `own` ones never park: their sender gets the refusal at once. */
  admit(wire: Uint8Array, own: boolean): Admission {
    let decoded: DecodedTransaction;
    try {
      decoded = this.#ledger.decode?.(wire) ?? decodeTransaction(wire);
    } catch {
      return { kind: 'malformed' };
    }
    const key = toHex(decoded.hash);
    if (this.#entries.has(key)) return { kind: 'known', hash: decoded.hash };
    const verdict = this.#ledger.check(decoded);
    if (!verdict.ok && verdict.code !== 'nonce-ahead') {
      if (own || MALICIOUS.has(verdict.code) || verdict.code === 'nonce-used' || verdict.code === 'expired') {
        return { kind: 'refused', refusal: verdict };
      }
      return this.#park(key, decoded);
    }
    return this.#insert(key, decoded, { own, ready: verdict.ok });
  }

  /** Waits until the transaction is committed or refused for good, or the signal aborts. Never rejects. */
  wait(hash: Uint8Array, signal: AbortSignal): Promise<Settlement> {
    const key = toHex(hash);
    return new Promise((resolve) => {
      const listeners = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, listeners);
      const leave = (): void => {
        listeners.delete(settle);
        if (listeners.size === 0) this.#waiting.delete(key);
        signal.removeEventListener('abort', aborted);
      };
      const settle = (settlement: Settlement): void => {
        leave();
        resolve(settlement);
      };
      const aborted = (): void => settle({ kind: 'given-up' });
      listeners.add(settle);
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted);
    });
  }

  /** Candidates for a block: priority kinds first, then one by one over institutions, nonces of a sender in order. */
  candidates(countMax: number): DecodedTransaction[] {
    const urgent: DecodedTransaction[] = [];
    const lanes = new Map<string, DecodedTransaction[]>();
    const inOrder = [...this.#entries.values()].toSorted(
      (a, b) => a.decoded.transaction.nonce - b.decoded.transaction.nonce,
    );
    for (const { decoded, home } of inOrder) {
      if (isPriority(decoded.transaction.kind)) urgent.push(decoded);
      const lane = lanes.get(home) ?? [];
      lanes.set(home, lane);
      lane.push(decoded);
    }
    const chosen = new Set(this.#withPredecessors(urgent, inOrder));
    const queues = [...lanes.values()];
    for (let turn = 0; chosen.size < countMax && queues.some((queue) => turn < queue.length); turn++) {
      for (const queue of queues) {
        const next = queue[turn];
        if (next !== undefined) chosen.add(next);
      }
    }
    return [...chosen].slice(0, countMax);
  }

  /** Own transactions that a block could take, to be sent around again: what waits for an earlier one waits here. */
  ownPending(): Uint8Array[] {
    return [...this.#entries.values()]
      .filter(({ own, ready }) => own && ready)
      .map(({ decoded }) => decoded.wire);
  }

  /** A transaction did not apply when a block was built: out, and its waiters are told. */
  refuse(hash: Uint8Array, refusal: Refusal): void {
    const key = toHex(hash);
    this.#remove(key);
    this.#settle(key, { kind: 'refused', refusal });
  }

  /** After a block: settles what it holds, drops what it outdated, tries again what was parked. */
  committed(height: number, included: readonly { hash: Uint8Array; sender: Uint8Array }[]): void {
    const senders = new Set<string>();
    for (const { hash, sender } of included) {
      const key = toHex(hash);
      senders.add(toHex(sender));
      this.#remove(key);
      this.#settle(key, { kind: 'committed', height });
    }
    // Nonces moved for these senders alone; whatever else no longer applies is refused when a block is built. What never
    // gets so far goes when its time is over.
    for (const [key, entry] of this.#entries) {
      const isLate = entry.decoded.transaction.expiresAtHeight <= height;
      if (!isLate && !senders.has(entry.sender)) continue;
      const verdict = this.#ledger.check(entry.decoded);
      this.#mark(entry, verdict.ok);
      if (verdict.ok || verdict.code === 'nonce-ahead') continue;
      this.#remove(key);
      this.#settle(key, { kind: 'refused', refusal: verdict });
    }
    const parked = [...this.#parked.values()];
    this.#parked.clear();
    for (const decoded of parked) this.admit(decoded.wire, false);
  }

  #park(key: string, decoded: DecodedTransaction): Admission {
    if (this.#parked.size >= MEMPOOL_PARKED_MAX) {
      const oldest = this.#parked.keys().next();
      if (!oldest.done) this.#parked.delete(oldest.value);
    }
    this.#parked.set(key, decoded);
    return { kind: 'parked', hash: decoded.hash };
  }

  #insert(
    key: string,
    decoded: DecodedTransaction,
    { own, ready }: { readonly own: boolean; readonly ready: boolean },
  ): Admission {
    const sender = toHex(decoded.transaction.sender);
    const ofSender = this.#perSender.get(sender) ?? 0;
    if (ofSender >= MEMPOOL_SENDER_MAX) return { kind: 'full' };
    if (!this.#hasRoom(decoded) && !(ready && this.#makeRoom(decoded))) return { kind: 'full' };
    const home = this.#ledger.homeOf(decoded.transaction.sender);
    const entry: Entry = { decoded, sender, home, own, ready: false };
    this.#entries.set(key, entry);
    this.#mark(entry, ready);
    this.#perSender.set(sender, ofSender + 1);
    this.#bytes += decoded.wire.length;
    return { kind: 'new', hash: decoded.hash };
  }

  #hasRoom({ wire }: DecodedTransaction): boolean {
    return this.#entries.size < MEMPOOL_TRANSACTIONS_MAX && this.#bytes + wire.length <= MEMPOOL_BYTES_MAX;
  }

  /**
   * What came early gives way to what a block can take now: what came from elsewhere before what was submitted here, the
   * newest first. Its earlier one may never come, so nobody keeps others out with it, at his own node neither.
   */
  #makeRoom(decoded: DecodedTransaction): boolean {
    const early = [...this.#entries].filter(([, { ready }]) => !ready).toReversed();
    const [own, others] = [early.filter(([, one]) => one.own), early.filter(([, one]) => !one.own)];
    for (const [key] of [...others, ...own]) {
      if (this.#hasRoom(decoded)) return true;
      this.#remove(key);
      this.#settle(key, { kind: 'refused', refusal: { ok: false, code: 'nonce-ahead', facts: {} } });
    }
    return this.#hasRoom(decoded);
  }

  #mark(entry: Entry, ready: boolean): void {
    this.#ready += Number(ready) - Number(entry.ready);
    entry.ready = ready;
  }

  /** A priority transaction can only apply after the same sender's earlier ones. */
  #withPredecessors(urgent: DecodedTransaction[], inOrder: Entry[]): DecodedTransaction[] {
    const last = new Map<string, number>();
    for (const decoded of urgent) last.set(toHex(decoded.transaction.sender), decoded.transaction.nonce);
    return inOrder
      .filter(({ sender, decoded }) => decoded.transaction.nonce <= (last.get(sender) ?? -1))
      .map(({ decoded }) => decoded);
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#mark(entry, false);
    this.#bytes -= entry.decoded.wire.length;
    if (entry.own) this.onOwnGone(entry.decoded.hash);
    const left = (this.#perSender.get(entry.sender) ?? 1) - 1;
    if (left === 0) this.#perSender.delete(entry.sender);
    else this.#perSender.set(entry.sender, left);
  }

  #settle(key: string, settlement: Settlement): void {
    for (const listener of this.#waiting.get(key) ?? []) listener(settlement);
  }
}
