import type { Backend } from '#crypto';
import type { Block, CommitCertificate, ValidatorSet } from '#consensus';
import type { Journal } from '#storage';
import type { Clock } from './clock.ts';
import type { Fork } from './fork-watch.ts';
import type { Logger } from './logger.ts';

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: string };

/** The ledger, as consensus needs it. All of it is about the height after `head()`. */
export interface ConsensusApplication {
  head(): { height: number; hash: Uint8Array; time: number; certificate: CommitCertificate | null };
  /** The validators of a height, sorted by id: known up to the second height after the head's. */
  validatorsAt(height: number): ValidatorSet;
  /** Something waits to be decided: transactions, or a heartbeat that is due. */
  hasWork(): boolean;
  build(args: {
    height: number;
    parentHash: Uint8Array;
    time: number;
    proposer: number;
    lastCommit: CommitCertificate | null;
  }): Block | Promise<Block>;
  /** Structure, transactions and roots, in an overlay. `certified`: a quorum has accepted it, no clock is asked. */
  validate(block: Block, certified?: boolean): Verdict | Promise<Verdict>;
  /** Durable when it resolves: block, certificate and state in one transaction. */
  commit(block: Block, certificate: CommitCertificate): Promise<void>;
  blockAt(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined;
}

/** Messages between validators; each arrives at most once, or not at all. `from` is authenticated. */
export interface ConsensusTransport {
  send(to: Uint8Array, message: Uint8Array): void;
  broadcast(message: Uint8Array): void;
  onMessage(fn: (from: Uint8Array, message: Uint8Array) => void): void;
}

export interface ConsensusPorts {
  readonly backend: Backend;
  /** Node id and validator key (Ed25519). While the node is outside the set, it follows and never votes. */
  readonly identity: {
    readonly id: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly secretKey: Uint8Array;
  };
  readonly chainId: Uint8Array;
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'append' | 'sync' | 'replay' | 'rewrite' | 'bytes'>;
  /** The validator key was made for this start: an empty journal has forgotten nothing. Default false. */
  readonly isNewKey?: boolean;
  readonly transport: ConsensusTransport;
  readonly application: ConsensusApplication;
  readonly logger: Logger;
  /** Timer of round 0 in ms; default ROUND_TIMEOUT_MS. */
  readonly roundTimeoutMs?: number;
}

export interface PeerHead {
  readonly id: Uint8Array;
  readonly height: number;
  /** When its last statement arrived, by this node's clock. */
  readonly seenAtMs: number;
}

export interface DriverStatus {
  /** Committed height. */
  readonly height: number;
  /** Round and phase of the height after it. */
  readonly round: number;
  readonly phase: 'idle' | 'proposing' | 'preparing' | 'committing' | 'deciding';
  /** The network is surely ahead: blocks are fetched, nothing is signed. */
  readonly syncing: boolean;
  /** This node signs nothing now: it is behind, or may have signed what its journal no longer knows. */
  readonly abstains: boolean;
  readonly lastSeen: readonly PeerHead[];
}

export interface Freshness {
  /** Validators heard within 5 s, this one included, that are not beyond this node's height. */
  readonly statements: number;
  /** The highest height any of them stated. */
  readonly newest: number;
}

export interface ConsensusDriver {
  /** Reads the journal and begins. Rejects with `journal-foreign`, or what the journal throws. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** There is something new to decide. */
  notifyWork(): void;
  status(): DriverStatus;
  freshness(): Freshness;
  onCommit(listener: (block: Block, certificate: CommitCertificate) => void): void;
  /** `evidence` as blocks carry it (`decodeEvidence`); `validator` is the accused node's id. */
  onEvidence(listener: (evidence: Uint8Array, validator: Uint8Array) => void): void;
  /** Once, when a second certified block of a height was seen. */
  onFork(listener: (fork: Fork) => void): void;
  /** Resolves with the cause when the driver had to stop: a failed sync, a block that does not apply. */
  readonly failure: Promise<unknown>;
}
