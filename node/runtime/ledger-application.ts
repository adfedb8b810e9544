import { compareBytes, equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import {
  BLOCK_EVIDENCE_MAX,
  BLOCK_TRANSACTIONS_MAX,
  decodeBlock,
  decodeCertificate,
  encodeBlock,
  encodeCertificate,
  encodeHeader,
  evidenceHashOf,
  hashHeader,
  lastCommitHashOf,
  txRootOf,
  verifyCertificate,
} from '#consensus';
import type { Block, CommitCertificate, Header, ValidatorSet } from '#consensus';
import {
  applyTransactions,
  checkEvidence,
  checkTransaction,
  genesisState,
  readPerson,
  restoreState,
  readSchedule,
  selectTransactions,
  TransactionDecoder,
  validatorsAt,
  validatorsHashAt,
  VerifiedCache,
  verifyHead,
} from '#consensus/ledger';
import type {
  BlockContext,
  DecodedTransaction,
  EvidenceOfBlock,
  Genesis,
  LedgerEvent,
  LedgerState,
  Refusal,
  SetChange,
  StateChange,
} from '#consensus/ledger';
import type { LedgerStore } from '#storage';
import { EvidencePool } from './evidence-pool.ts';
import type { Logger } from './logger.ts';
import { Mempool } from './mempool.ts';
import { setChanges } from './set-changes.ts';
import { StartRefused } from './start-refused.ts';

/** What a block may carry of transactions, so that a proposal fits a frame with room for its justification. */
export const PROPOSAL_BYTES_MAX = 1024 * 1024;
/** A block's time may run this far ahead of the validator's own clock. */
export const CLOCK_AHEAD_MS_MAX = 500;
/** An idle network makes a block this often, so that a certified head is never old. */
export const HEARTBEAT_MS = 60_000;
/** The last so many blocks before a change of the validators are made at once. */
export const CHANGE_NEAR_HEIGHTS = 8;
const OVERLAYS_MAX = 16;
const SETS_KEPT_MAX = 64;

interface Overlay {
  state: LedgerState;
  changes: readonly StateChange[];
  events: LedgerEvent[];
}

export interface CommittedBlock {
  block: Block;
  certificate: CommitCertificate;
  events: LedgerEvent[];
}

export interface LedgerApplicationInit {
  backend: Backend;
  genesis: Genesis;
  chainId: Uint8Array;
  store: LedgerStore;
  now(): number;
  logger: Logger;
}

/**
 * The ledger as the consensus driver sees it: builds, checks and commits blocks. Every block is executed in an overlay
 * before it is voted for, and its header carries the state root after it: a difference shows as a refusal, not a fork.
 */
export class LedgerApplication {
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  readonly #init: LedgerApplicationInit;
  readonly #verified = new VerifiedCache();
  readonly #decoder = new TransactionDecoder();
  readonly #overlays = new Map<string, Overlay>();
  readonly #listeners = new Set<(committed: CommittedBlock) => void>();
  readonly #get = (key: Uint8Array): Uint8Array | undefined => this.#state.get(key);
  /** Of the heights that were asked since the last block. */
  readonly #sets = new Map<number, ValidatorSet>();
  #changes: { number: number; promised: boolean; list: readonly SetChange[] } | undefined;
  #state: LedgerState;
  #header: Header | undefined;
  #certificate: CommitCertificate | null = null;
  #hash: Uint8Array;

  /** Loads the newest committed state. @throws StartRefused when the store does not fit its own chain */
  constructor(init: LedgerApplicationInit) {
    this.#init = init;
    this.#hash = init.chainId;
    const head = init.store.head();
    if (head === undefined) {
      this.#state = genesisState(init.genesis);
    } else {
      this.#state = restoreState(init.store.state());
      this.#header = decodeBlock(head.block).header;
      this.#certificate = decodeCertificate(head.certificate);
      this.#hash = hashHeader(this.#header);
      this.#checkRestored();
    }
    this.evidence = new EvidencePool({ check: (bytes) => this.checkEvidence(bytes), rows: init.store });
    this.evidence.restore();
    this.mempool = new Mempool({
      check: (decoded) => this.check(decoded),
      decode: this.decode,
      homeOf: (sender) => {
        const person = readPerson((key) => this.#state.get(key), sender);
        return person === undefined ? '' : toHex(person.home);
      },
    });
  }

  /** `decodeTransaction`, remembering the newest: what a block holds has mostly come over gossip before. */
  readonly decode = (wire: Uint8Array): DecodedTransaction => this.#decoder.decode(wire);

  get state(): LedgerState {
    return this.#state;
  }

  get height(): number {
    return this.#header?.height ?? 0;
  }

  /** The newest header and its certificate, both encoded; undefined before the first block. */
  certifiedHead(): { header: Uint8Array; certificate: Uint8Array; decoded: Header } | undefined {
    if (this.#header === undefined || this.#certificate === null) return undefined;
    return {
      header: encodeHeader(this.#header),
      certificate: encodeCertificate(this.#certificate),
      decoded: this.#header,
    };
  }

  onCommit(listener: (committed: CommittedBlock) => void): void {
    this.#listeners.add(listener);
  }

  /** Would the transaction apply on top of the newest block? */
  check(decoded: DecodedTransaction): { ok: true } | Refusal {
    return checkTransaction(this.#init.backend, this.#state, this.#context(this.height + 1), decoded);
  }

  head(): { height: number; hash: Uint8Array; time: number; certificate: CommitCertificate | null } {
    const time = this.#header?.time ?? this.#init.genesis.timeMs;
    return { height: this.height, hash: this.#hash, time, certificate: this.#certificate };
  }

  /** Something waits, the genesis state has no certificate yet, or the head grew old. */
  hasWork(): boolean {
    return (
      this.mempool.hasReady ||
      this.evidence.size > 0 ||
      this.#header === undefined ||
      this.#isChangeNear() ||
      this.#init.now() - this.#header.time >= HEARTBEAT_MS
    );
  }

  /** A new block on the head, from the mempool. What does not apply is refused to its sender. */
  build(args: {
    height: number;
    parentHash: Uint8Array;
    time: number;
    proposer: number;
    lastCommit: CommitCertificate | null;
  }): Block {
    const { chainId, backend } = this.#init;
    const context = { ...this.#context(args.height), timeMs: args.time };
    const candidates = this.#fitting(this.mempool.candidates(BLOCK_TRANSACTIONS_MAX));
    const evidence = this.evidence.take(BLOCK_EVIDENCE_MAX);
    const selected = selectTransactions(
      backend,
      this.#state,
      context,
      candidates,
      this.#evidenceOf(args, evidence),
    );
    for (const { transaction, refusal } of selected.refused) {
      if (refusal.code !== 'nonce-ahead') this.mempool.refuse(transaction.hash, refusal);
    }
    const transactions = selected.chosen.map(({ wire }) => wire);
    const header: Header = {
      version: 1,
      chainId,
      height: args.height,
      parentHash: args.parentHash,
      time: args.time,
      proposer: args.proposer,
      txRoot: txRootOf(transactions),
      stateRoot: selected.state.root,
      validatorsHash: validatorsHashAt(this.#get, args.height),
      nextValidatorsHash: validatorsHashAt(this.#get, args.height + 1),
      lastCommitHash: lastCommitHashOf(args.lastCommit),
      evidenceHash: evidenceHashOf(evidence),
    };
    this.#remember(hashHeader(header), selected);
    return { header, transactions, lastCommit: args.lastCommit, evidence };
  }

  /**
   * Everything that makes a block acceptable on the head, executed in an overlay. A certified block is not judged by
   * this node's clock: a quorum has done that, and a slow clock must not keep a node from catching up.
   */
  validate(block: Block, certified = false): { ok: true } | { ok: false; code: string } {
    const hash = hashHeader(block.header);
    if (!certified && block.header.time > this.#init.now() + CLOCK_AHEAD_MS_MAX)
      return { ok: false, code: 'time-ahead' };
    const code = this.#headerFault(block) ?? this.#lastCommitFault(block);
    if (code !== undefined) return { ok: false, code };
    if (this.#overlays.has(toHex(hash))) return { ok: true };
    const { backend } = this.#init;
    const context = { ...this.#context(block.header.height), timeMs: block.header.time };
    const evidence = this.#evidenceOf(block.header, block.evidence);
    const applied = applyTransactions(backend, this.#state, context, block.transactions, evidence);
    if (!applied.ok) return { ok: false, code: `transaction-${applied.code}` };
    if (!equalBytes(applied.state.root, block.header.stateRoot)) return { ok: false, code: 'state-root' };
    this.#remember(hash, applied);
    return { ok: true };
  }

  /** Durable when it returns: block, certificate, state and index in one database transaction. */
  async commit(block: Block, certificate: CommitCertificate): Promise<void> {
    const verdict = this.validate(block, true);
    const overlay = this.#overlays.get(toHex(certificate.blockHash));
    if (!verdict.ok || overlay === undefined) throw new StartRefused('certified-block-does-not-apply');
    const included = overlay.events.map(({ transaction, sender }) => ({ hash: transaction, sender }));
    // The rows of the store are the whole state: with the first block they begin with what the genesis made.
    this.#init.store.commit({
      height: block.header.height,
      block: encodeBlock(block),
      certificate: encodeCertificate(certificate),
      changes: this.#header === undefined ? [...this.#state.entries(), ...overlay.changes] : overlay.changes,
      transactions: included.map(({ hash }) => hash),
    });
    this.#state = overlay.state;
    this.#header = block.header;
    this.#certificate = certificate;
    this.#hash = certificate.blockHash;
    this.#overlays.clear();
    this.#sets.clear();
    this.mempool.committed(block.header.height, included);
    this.evidence.settle();
    for (const listener of this.#listeners) listener({ block, certificate, events: overlay.events });
  }

  /** The validators of a height, sorted by id: known up to the second height after the head's. */
  validatorsAt(height: number): ValidatorSet {
    const known = this.#sets.get(height);
    if (known !== undefined) return known;
    const set = validatorsAt(this.#get, height);
    if (this.#sets.size < SETS_KEPT_MAX) this.#sets.set(height, set);
    return set;
  }

  /** The changes of the validators so far, as a chain of trust from the genesis needs them, oldest first. */
  changes(): readonly SetChange[] {
    const { last } = readSchedule(this.#get);
    const promised = this.height >= last.fromHeight - 1;
    // Anybody may ask, and every change is a block to read: read once for each.
    if (this.#changes?.number !== last.number || this.#changes.promised !== promised) {
      const list = setChanges(this.#init.store, this.#get, this.height);
      this.#changes = { number: last.number, promised, list };
    }
    return this.#changes.list;
  }

  blockAt(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined {
    return this.#init.store.blockAt(height);
  }

  /** Would evidence be new on top of the newest block? */
  checkEvidence(bytes: Uint8Array): ReturnType<typeof checkEvidence> {
    const get = (key: Uint8Array): Uint8Array | undefined => this.#state.get(key);
    return checkEvidence(this.#init.backend, get, this.#init, bytes);
  }

  #evidenceOf(
    { height, proposer }: Pick<Header, 'height' | 'proposer'>,
    items: readonly Uint8Array[],
  ): EvidenceOfBlock {
    return { reporter: this.validatorsAt(height)[proposer]?.id ?? new Uint8Array(32), items };
  }

  #context(height: number): BlockContext {
    const { chainId, genesis, now } = this.#init;
    const timeMs = Math.max(now(), (this.#header?.time ?? genesis.timeMs) + 1);
    return { chainId, genesis, height, timeMs, verified: this.#verified, decode: this.decode };
  }

  /** A change that was settled comes into force without waiting for other work, once it is only a few blocks away. */
  #isChangeNear(): boolean {
    const ahead = readSchedule(this.#get).last.fromHeight - this.height;
    return ahead > 1 && ahead <= CHANGE_NEAR_HEIGHTS;
  }

  #fitting(candidates: DecodedTransaction[]): DecodedTransaction[] {
    let bytes = 0;
    return candidates.filter(({ wire }) => (bytes += wire.length + 8) <= PROPOSAL_BYTES_MAX);
  }

  #headerFault({ header, transactions, evidence }: Block): string | undefined {
    const { chainId } = this.#init;
    const head = this.head();
    if (!equalBytes(header.chainId, chainId)) return 'other-chain';
    if (header.height !== head.height + 1) return 'height';
    if (!equalBytes(header.parentHash, head.hash)) return 'parent';
    if (header.time <= head.time) return 'time-not-after-parent';
    if (header.proposer >= this.validatorsAt(header.height).length) return 'proposer';
    if (!equalBytes(header.txRoot, txRootOf(transactions))) return 'tx-root';
    if (!equalBytes(header.validatorsHash, validatorsHashAt(this.#get, header.height)))
      return 'validators-hash';
    if (!equalBytes(header.nextValidatorsHash, validatorsHashAt(this.#get, header.height + 1)))
      return 'next-validators-hash';
    if (!equalBytes(header.evidenceHash, evidenceHashOf(evidence))) return 'evidence-hash';
    return undefined;
  }

  /** The certificate of the parent that the proposer took in: it must be one, of exactly the parent. */
  #lastCommitFault({ header, lastCommit }: Block): string | undefined {
    const { backend, chainId } = this.#init;
    if (!equalBytes(header.lastCommitHash, lastCommitHashOf(lastCommit))) return 'last-commit-hash';
    if (header.height === 1) return lastCommit === null ? undefined : 'last-commit';
    if (lastCommit === null || lastCommit.height !== header.height - 1) return 'last-commit';
    if (compareBytes(lastCommit.blockHash, header.parentHash) !== 0) return 'last-commit';
    const validators = this.validatorsAt(lastCommit.height);
    return verifyCertificate(backend, lastCommit, chainId, validators) ? undefined : 'last-commit';
  }

  #remember(hash: Uint8Array, overlay: Overlay): void {
    if (this.#overlays.size >= OVERLAYS_MAX) {
      const oldest = this.#overlays.keys().next();
      if (!oldest.done) this.#overlays.delete(oldest.value);
    }
    const { state, changes, events } = overlay;
    this.#overlays.set(toHex(hash), { state, changes, events });
  }

  /** A store that was tampered with, or belongs to another chain, does not start. */
  #checkRestored(): void {
    const { backend, chainId, genesis } = this.#init;
    const header = this.#header;
    const certificate = this.#certificate;
    if (header === undefined || certificate === null) throw new StartRefused('store-head-missing');
    if (!equalBytes(header.chainId, chainId)) throw new StartRefused('store-of-another-chain');
    if (!equalBytes(this.#state.root, header.stateRoot)) throw new StartRefused('store-state-damaged');
    try {
      const encoded = [encodeHeader(header), encodeCertificate(certificate)] as const;
      verifyHead(backend, genesis, ...encoded, this.changes());
    } catch {
      throw new StartRefused('store-head-uncertified');
    }
  }
}
