import { decode, encode, toHex } from '#crypto';
import { TRANSACTION_BYTES_MAX } from '#consensus/ledger';
import type { LedgerStore } from '#storage';
import type { Clock } from './clock.ts';
import type { Admission, Mempool } from './mempool.ts';

export const TRANSACTIONS_TOPIC = 'phr/transactions/1';
export const RELAY_BATCH_BYTES_MAX = 512 * 1024;
const RELAY_BATCH_MAX = 256;
/** What is not in a block by then is sent around again, in bytes that no seen-cache knows. */
const REPEAT_MS = 2_000;

/** After a message, what comes in is gathered this long: a lone transaction leaves at once, a busy node sends batches. */
const GATHER_MS = 8;
const ROOM = 'submissions';

export interface TransactionRelayInit {
  mempool: Mempool;
  /** Own submissions lie here until their block, so that a restart does not forget them. */
  store: Pick<LedgerStore, 'writeSoon' | 'list'>;
  clock: Clock;
  publish(bytes: Uint8Array): Promise<void>;
  /** New work came in from here or from a peer. */
  notifyWork(): void;
}

/**
 * Spreads transactions over gossip, several to a message: single ones of 1 KB top out below 1,900 a second.
 * Each message carries an attempt counter, since gossip swallows identical bytes.
 */
export class TransactionRelay {
  readonly #init: TransactionRelayInit;
  #queue: Uint8Array[] = [];
  /** Rows of own submissions to write, or with null to remove, at the next turn. */
  #rows = new Map<string, readonly [key: Uint8Array, value: Uint8Array | null]>();
  #flushing = false;
  #attempt = 0;
  #cancelRepeat: (() => void) | undefined;

  constructor(init: TransactionRelayInit) {
    this.#init = init;
    init.mempool.onOwnGone = (hash) => void this.#rows.set(toHex(hash), [hash, null]);
  }

  /** Takes up again what was submitted here before a restart, and repeats what no block has taken yet. */
  start(): void {
    for (const [hash, wire] of this.#init.store.list(ROOM)) {
      const { kind } = this.#init.mempool.admit(wire, true);
      if (kind === 'new') this.#queue.push(wire);
      else if (kind !== 'known') this.#rows.set(toHex(hash), [hash, null]);
    }
    if (this.#queue.length > 0) this.#init.notifyWork();
    this.#repeat();
  }

  #repeat(): void {
    this.#cancelRepeat = this.#init.clock.setTimeout(() => {
      for (const wire of this.#init.mempool.ownPending()) this.#queue.push(wire);
      this.#attempt += 1;
      this.#writeRows();
      void this.#flush();
      this.#repeat();
    }, REPEAT_MS);
  }

  stop(): void {
    this.#cancelRepeat?.();
    this.#writeRows();
  }

  /** Takes a transaction of one of this node's own people and spreads it. */
  submit(wire: Uint8Array): Admission {
    const admission = this.#init.mempool.admit(wire, true);
    if (admission.kind === 'new') {
      this.#rows.set(toHex(admission.hash), [admission.hash, wire]);
      this.#queue.push(wire);
      void this.#flush();
      this.#init.notifyWork();
    }
    return admission;
  }

  /** Takes a message of a peer; the verdict decides whether it is forwarded. */
  receive(bytes: Uint8Array): 'accept' | 'ignore' | 'reject' {
    const transactions = batchOf(bytes);
    if (transactions === undefined) return 'reject';
    let fresh = false;
    for (const wire of transactions) {
      const admission = this.#init.mempool.admit(wire, false);
      if (admission.kind === 'malformed') return 'reject';
      if (admission.kind === 'refused' && admission.refusal.code === 'signature-invalid') return 'reject';
      fresh ||= admission.kind === 'new';
    }
    if (fresh) this.#init.notifyWork();
    return fresh ? 'accept' : 'ignore';
  }

  /** One message at a time: what arrives while one is on its way shares the next. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      while (this.#queue.length > 0) {
        this.#writeRows();
        const batch = this.#take();
        await this.#init
          .publish(encode({ attempt: this.#attempt, transactions: batch }))
          .catch(() => undefined);
        await new Promise<void>((resolve) => this.#init.clock.setTimeout(resolve, GATHER_MS));
      }
    } finally {
      this.#flushing = false;
    }
  }

  #writeRows(): void {
    if (this.#rows.size === 0) return;
    // Nobody was promised anything before the block: its sender still waits, and sends again after a power cut.
    this.#init.store.writeSoon([...this.#rows.values()].map(([key, value]) => [ROOM, key, value] as const));
    this.#rows = new Map();
  }

  #take(): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    for (const wire of this.#queue) {
      bytes += wire.length + 8;
      if (count > 0 && (bytes > RELAY_BATCH_BYTES_MAX || count >= RELAY_BATCH_MAX)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }
}

function batchOf(bytes: Uint8Array): Uint8Array[] | undefined {
  try {
    const value = decode(bytes, RELAY_BATCH_BYTES_MAX + TRANSACTION_BYTES_MAX);
    if (typeof value !== 'object' || value === null || !('transactions' in value)) return undefined;
    const { transactions } = value;
    if (!Array.isArray(transactions) || transactions.length > RELAY_BATCH_MAX) return undefined;
    return transactions.every((wire) => wire instanceof Uint8Array) ? transactions : undefined;
  } catch {
    return undefined;
  }
}
