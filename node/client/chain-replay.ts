import { equalBytes, toHex } from '#crypto';
import { applyTransactions, genesisState, validatorsAt } from '#consensus/ledger';
import type { Bodies, LedgerEvent, LedgerState, TransactionKind } from '#consensus/ledger';
import { decodeCertified } from './chain.ts';
import type { CertifiedBlock } from './chain.ts';
import { ClientError } from './client-error.ts';
import type { PhrClient } from './client.ts';
import type { CallOptions } from './deadline.ts';

/** Events that a replay keeps in memory; a longer chain is audited with `phr audit` and a node of one's own. */
export const REPLAY_EVENTS_MAX = 250_000;

/** What happened, and what the transaction itself says of it. */
export interface ReplayedEvent extends LedgerEvent {
  /** Person, doctor, device or delegate whom it is about, when the transaction names one. */
  readonly subject: Uint8Array | null;
  readonly grant: Uint8Array | null;
  readonly emergency: Uint8Array | null;
  /** Records that it names. */
  readonly records: number;
  /** A code in it: role, reason of an emergency, verdict, what was reported. */
  readonly code: string | null;
}

export interface ReplayReport {
  readonly blocks: number;
  readonly transactions: number;
  readonly height: number;
  /** Of the newest block. */
  readonly hash: Uint8Array;
  readonly timeMs: number;
  readonly stateRoot: Uint8Array;
  /** Fewest and most validators that signed a block. */
  readonly signersMin: number;
  readonly signersMax: number;
  /** Blocks that needed more than one attempt. */
  readonly laterRounds: number;
  /** What each validator (id as hex) signed: in how many blocks, and the newest of them. */
  readonly signed: ReadonlyMap<string, { readonly count: number; readonly last: number }>;
  /** Blocks proposed, by validator index in the header. */
  readonly proposers: ReadonlyMap<number, number>;
}

/**
 * The ledger executed anew from the genesis: every certificate, every link, every signature, every rule, and after
 * each block the state root that the quorum signed. It believes nothing but the genesis; what it can not see is what a
 * quorum of more than 2/3 agreed to leave out.
 */
export class ChainReplay {
  readonly #client: Pick<PhrClient, 'backend' | 'chain' | 'chainId' | 'genesis'>;
  readonly #events: ReplayedEvent[] = [];
  readonly #proposers = new Map<number, number>();
  readonly #signed = new Map<string, { count: number; last: number }>();
  #state: LedgerState;
  #newest: CertifiedBlock | undefined;
  #transactions = 0;
  #signers = { min: Number.POSITIVE_INFINITY, max: 0 };
  #laterRounds = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(client: Pick<PhrClient, 'backend' | 'chain' | 'chainId' | 'genesis'>) {
    this.#client = client;
    this.#state = genesisState(client.genesis);
  }

  /** In order of the ledger. */
  get events(): readonly ReplayedEvent[] {
    return this.#events;
  }

  /** Of the newest block that was replayed; 0 before the first. */
  get height(): number {
    return this.#newest?.header.height ?? 0;
  }

  /** The state after the newest block that was replayed: ours, computed here. */
  get state(): LedgerState {
    return this.#state;
  }

  /**
   * Goes on to the newest block.
   * @throws ClientError `proof-invalid` with the height when the node's chain does not follow the rules
   */
  catchUp(options: CallOptions = {}): Promise<ReplayReport> {
    const mine = this.#tail.then(() => this.#catchUpNow(options));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #catchUpNow(options: CallOptions): Promise<ReplayReport> {
    const known = this.#newest;
    const range = { from: (known?.header.height ?? 0) + 1, ...(known ? { parent: known.hash } : {}) };
    for await (const block of this.#client.chain.blocks(range, options)) this.#apply(block);
    return this.#report();
  }

  #apply(block: CertifiedBlock): void {
    const { backend, chainId, genesis } = this.#client;
    const { height, time: timeMs, stateRoot, proposer } = block.header;
    const context = { chainId, genesis, height, timeMs };
    const reporter = validatorsAt((key) => this.#state.get(key), height)[proposer]?.id ?? new Uint8Array(32);
    const evidence = { reporter, items: block.evidence };
    const applied = applyTransactions(backend, this.#state, context, block.transactions, evidence);
    if (!applied.ok) throw new ClientError('proof-invalid', { what: `transaction: ${applied.code}`, height });
    if (!equalBytes(applied.state.root, stateRoot))
      throw new ClientError('proof-invalid', { what: 'state root', height });
    if (this.#events.length + applied.events.length > REPLAY_EVENTS_MAX)
      throw new ClientError('input-invalid', { what: 'a longer chain than a replay keeps', height });
    for (const [i, wire] of block.transactions.entries()) {
      const event = applied.events[i];
      if (event !== undefined) this.#events.push({ ...event, ...saidBy(wire) });
    }
    this.#state = applied.state;
    this.#newest = block;
    this.#transactions += block.transactions.length;
    this.#proposers.set(proposer, (this.#proposers.get(proposer) ?? 0) + 1);
    for (const id of block.signers.map(toHex))
      this.#signed.set(id, { count: (this.#signed.get(id)?.count ?? 0) + 1, last: height });
    const { min, max } = this.#signers;
    this.#signers = { min: Math.min(min, block.signers.length), max: Math.max(max, block.signers.length) };
    if (block.round > 0) this.#laterRounds += 1;
  }

  #report(): ReplayReport {
    const newest = this.#newest;
    const { chainId, genesis } = this.#client;
    return {
      blocks: newest?.header.height ?? 0,
      transactions: this.#transactions,
      height: newest?.header.height ?? 0,
      hash: newest?.hash ?? chainId,
      timeMs: newest?.header.time ?? genesis.timeMs,
      stateRoot: this.#state.root,
      signersMin: Number.isFinite(this.#signers.min) ? this.#signers.min : 0,
      signersMax: this.#signers.max,
      laterRounds: this.#laterRounds,
      signed: this.#signed,
      proposers: this.#proposers,
    };
  }
}

type Said = Pick<ReplayedEvent, 'subject' | 'grant' | 'emergency' | 'records' | 'code'>;

/** What of a body an audit names; every member of every kind that is an id, a code or a number. */
function saidBy(wire: Uint8Array): Said {
  const { kind, body } = decodeCertified(wire).transaction;
  const said = body as Partial<Bodies[TransactionKind]> & Readonly<Record<string, unknown>>;
  const idOf = (...names: string[]): Uint8Array | null => {
    const found = names.map((name) => said[name]).find((value) => value instanceof Uint8Array);
    return found instanceof Uint8Array && found.length === 32 ? found : null;
  };
  const codeOf = (...names: string[]): string | null => {
    const found = names.map((name) => said[name]).find((value) => typeof value === 'string');
    return typeof found === 'string' ? found : null;
  };
  const records = said['records'] ?? (kind === 'access.request' ? said['items'] : undefined);
  return {
    subject: idOf('person', 'doctor', 'delegate', 'device', 'guardian', 'to'),
    grant: idOf('grant'),
    emergency: idOf('emergency'),
    records: Array.isArray(records) ? records.length : 0,
    code: codeOf('role', 'reason', 'verdict', 'action'),
  };
}
