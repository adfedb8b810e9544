import { DOMAIN, encode, equalBytes, hash, sha256, toHex } from '#crypto';
import type { Backend } from '#crypto';
import {
  decodeBlock,
  decodeCertificate,
  encodeBlock,
  encodeCertificate,
  evidenceHashOf,
  hashHeader,
  lastCommitHashOf,
  quorum,
  txRootOf,
  validatorSetOf,
  validatorsHashOf,
  verifyCertificate,
} from '#consensus';
import type { Block, CommitCertificate, ValidatorSet } from '#consensus';
import { decodeMessage } from '#consensus/pbft';
import { createConsensusDriver } from '#node/runtime';
import type {
  ConsensusApplication,
  ConsensusDriver,
  ConsensusPorts,
} from '../../../node/runtime/consensus-ports.ts';
import { decodeWire } from '../../../node/runtime/consensus-wire.ts';
import { Queue } from './queue.ts';
import { Random } from './random.ts';

export const CHAIN = sha256(new Uint8Array([1, 2, 3]));
const START_MS = 1_700_000_000_000;

/** A journal in memory that forgets what was not synced when its node is killed. */
export class MemoryJournal {
  durable: Uint8Array[] = [];
  fails = false;
  #open: Uint8Array[] = [];

  get bytes(): number {
    return this.durable.reduce((sum, record) => sum + record.length, 0);
  }

  append(record: Uint8Array): void {
    this.#open.push(record);
  }

  async sync(): Promise<void> {
    if (this.fails) throw new Error('disk');
    this.durable.push(...this.#open);
    this.#open = [];
  }

  replay(): Uint8Array[] {
    return [...this.durable];
  }

  async rewrite(records: Iterable<Uint8Array>): Promise<void> {
    this.durable = [...records];
    this.#open = [];
  }

  lose(): void {
    this.#open = [];
  }
}

/** A ledger that only hashes: its state root is the hash of the one before and the transactions. */
export class HashLedger implements ConsensusApplication {
  blocks: { block: Uint8Array; certificate: Uint8Array }[] = [];
  pending: Uint8Array[] = [];
  /** A flaw in execution: this node computes other roots. */
  diverges = false;
  /** The validators of a height; fixed unless a test says otherwise. */
  readonly validatorsAt: (height: number) => ValidatorSet;
  #head: { readonly of: Uint8Array; readonly is: ReturnType<ConsensusApplication['head']> } | undefined;

  constructor(validatorsAt: (height: number) => ValidatorSet) {
    this.validatorsAt = validatorsAt;
  }

  head(): ReturnType<ConsensusApplication['head']> {
    const last = this.blocks.at(-1);
    if (last === undefined) return { height: 0, hash: CHAIN, time: START_MS, certificate: null };
    if (this.#head?.of === last.block) return this.#head.is;
    const { header } = decodeBlock(last.block);
    const certificate = decodeCertificate(last.certificate);
    const is = { height: header.height, hash: hashHeader(header), time: header.time, certificate };
    this.#head = { of: last.block, is };
    return is;
  }

  hasWork(): boolean {
    return this.pending.length > 0;
  }

  build(args: Parameters<ConsensusApplication['build']>[0]): Block {
    const transactions = this.pending.slice(0, 10);
    const header = {
      version: 1 as const,
      chainId: CHAIN,
      height: args.height,
      parentHash: args.parentHash,
      time: args.time,
      proposer: args.proposer,
      txRoot: txRootOf(transactions),
      stateRoot: this.#rootAfter(transactions),
      validatorsHash: validatorsHashOf(this.validatorsAt(args.height)),
      nextValidatorsHash: validatorsHashOf(this.validatorsAt(args.height + 1)),
      lastCommitHash: lastCommitHashOf(args.lastCommit),
      evidenceHash: evidenceHashOf([]),
    };
    return { header, transactions, lastCommit: args.lastCommit, evidence: [] };
  }

  validate(block: Block): { ok: true } | { ok: false; code: string } {
    const head = this.head();
    if (block.header.height !== head.height + 1) return { ok: false, code: 'height' };
    if (!equalBytes(block.header.parentHash, head.hash)) return { ok: false, code: 'parent' };
    const same = equalBytes(block.header.stateRoot, this.#rootAfter(block.transactions));
    return same ? { ok: true } : { ok: false, code: 'state-root' };
  }

  async commit(block: Block, certificate: CommitCertificate): Promise<void> {
    if (!this.validate(block).ok) throw new Error('does not apply');
    this.blocks.push({ block: encodeBlock(block), certificate: encodeCertificate(certificate) });
    const done = new Set(block.transactions.map(toHex));
    this.pending = this.pending.filter((transaction) => !done.has(toHex(transaction)));
  }

  blockAt(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined {
    return this.blocks[height - 1];
  }

  #rootAfter(transactions: readonly Uint8Array[]): Uint8Array {
    const { hash: parent } = this.head();
    return hash(DOMAIN.stateNode, parent, encode([transactions, this.diverges]));
  }
}

interface Node {
  readonly ledger: HashLedger;
  readonly journal: MemoryJournal;
  driver: ConsensusDriver | undefined;
  deliver: ((from: Uint8Array, message: Uint8Array) => void) | undefined;
  incarnation: number;
}

/** Real drivers, codecs, signatures and journal format over virtual time and a network in memory. */
export class DriverCluster {
  readonly nodes: Node[] = [];
  readonly validators: ValidatorSet;
  readonly random: Random;
  /** Who decides a height; all nodes unless a test says otherwise. */
  validatorsAt: (height: number) => ValidatorSet = () => this.validators;
  /** Every vote that left a node: `validator/kind/height/round` to what it said. */
  readonly said = new Map<string, string>();
  readonly codes: string[] = [];
  /** How far a node's clock is ahead, in ms; timers run by the true time. */
  readonly clockAheadMs = new Map<number, number>();
  /** Bytes put on the links, by kind of message. */
  readonly carriedBytes = new Map<string, number>();
  /** Links that carry nothing. */
  cut: (from: number, to: number) => boolean = () => false;
  /** How long somebody on the wire holds a message back. */
  heldBackMs: (from: number, to: number) => number = () => 0;
  now = START_MS;
  readonly #backend: Backend;
  readonly #keys: { id: Uint8Array; publicKey: Uint8Array; secretKey: Uint8Array }[];
  readonly #queue = new Queue<() => void>();

  constructor(backend: Backend, n: number, seed: number) {
    this.#backend = backend;
    this.random = new Random(seed);
    const keys = Array.from({ length: n }, (_, i) => {
      const seedBytes = sha256(new Uint8Array([i]));
      return { id: sha256(seedBytes), ...backend.signatures.keyPair(seedBytes) };
    });
    this.validators = validatorSetOf(keys);
    this.#keys = this.validators.map(({ id }) => keys.find((key) => equalBytes(key.id, id))!);
    for (let i = 0; i < n; i++) {
      this.nodes.push({
        ledger: new HashLedger((height) => this.validatorsAt(height)),
        journal: new MemoryJournal(),
        driver: undefined,
        deliver: undefined,
        incarnation: 0,
      });
    }
  }

  node(index: number): Node {
    return this.nodes[index]!;
  }

  keys(index: number): { id: Uint8Array; publicKey: Uint8Array; secretKey: Uint8Array } {
    return this.#keys[index]!;
  }

  /** The first start of all, with keys that were just made, or all again on their disks. */
  async startAll(): Promise<void> {
    for (const index of this.nodes.keys())
      await this.start(index, { isNewKey: this.node(index).journal.durable.length === 0 });
  }

  async start(index: number, changes: Partial<ConsensusPorts> = {}): Promise<ConsensusDriver> {
    const node = this.node(index);
    const driver = createConsensusDriver({ ...this.#ports(index, node), ...changes });
    node.driver = driver;
    await driver.start();
    return driver;
  }

  /** SIGKILL: no goodbye; what was not synced is gone. */
  kill(index: number): void {
    const node = this.node(index);
    node.incarnation++;
    node.deliver = undefined;
    node.journal.lose();
    void node.driver?.stop();
    node.driver = undefined;
  }

  submit(index: number, text: string): void {
    this.node(index).ledger.pending.push(new TextEncoder().encode(text));
    this.node(index).driver?.notifyWork();
  }

  /** Runs until `done`, or for `withinMs` of virtual time. Says whether it was done. */
  async until(done: () => boolean, withinMs = 60_000): Promise<boolean> {
    const end = this.now + withinMs;
    await settled();
    while (!done()) {
      const next = this.#queue.pop();
      if (next === undefined || next.at > end) {
        if (next !== undefined) this.#queue.push(next.at, next.item);
        this.now = end;
        return false;
      }
      this.now = next.at;
      next.item();
      await settled();
    }
    return true;
  }

  async run(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  heights(): number[] {
    return this.nodes.map(({ ledger }) => ledger.blocks.length);
  }

  /** All chains agree, every certificate is good, and no validator said two things in one slot. */
  faults(): string[] {
    const found: string[] = [];
    const longest = this.nodes.toSorted((a, b) => b.ledger.blocks.length - a.ledger.blocks.length)[0];
    for (const { ledger } of this.nodes) {
      for (const [position, item] of ledger.blocks.entries()) {
        const { header } = decodeBlock(item.block);
        const certificate = decodeCertificate(item.certificate);
        if (!equalBytes(certificate.blockHash, hashHeader(header)))
          found.push('certificate of another block');
        const set = this.validatorsAt(header.height);
        if (!verifyCertificate(this.#backend, certificate, CHAIN, set)) found.push('certificate');
        if (certificate.signatures.length !== quorum(set.length)) found.push('certificate size');
        const other = longest?.ledger.blocks[position]?.block;
        if (other === undefined || !equalBytes(hashHeader(decodeBlock(other).header), hashHeader(header))) {
          found.push(`fork at ${position + 1}`);
        }
      }
    }
    return [...found, ...[...this.said.values()].filter((value) => value.includes('|'))];
  }

  #at(ms: number, action: () => void): void {
    this.#queue.push(this.now + ms, action);
  }

  #ports(index: number, node: Node): ConsensusPorts {
    const { incarnation } = node;
    const alive = (): boolean => node.incarnation === incarnation;
    const log = (facts: Record<string, unknown>, event: string): void => {
      this.codes.push(`${index} ${event} ${JSON.stringify(facts['code'])}`);
    };
    return {
      backend: this.#backend,
      identity: this.keys(index),
      chainId: CHAIN,
      clock: {
        now: () => this.now + (this.clockAheadMs.get(index) ?? 0),
        setTimeout: (fn, ms) => {
          let active = true;
          this.#at(ms, () => {
            if (active && alive()) fn();
          });
          return () => {
            active = false;
          };
        },
      },
      journal: node.journal,
      application: node.ledger,
      transport: {
        send: (to, message) => {
          const target = this.validators.findIndex(({ id }) => equalBytes(id, to));
          if (alive()) this.#carry(index, target, message);
        },
        broadcast: (message) => {
          if (!alive()) return;
          for (const target of this.nodes.keys()) if (target !== index) this.#carry(index, target, message);
        },
        onMessage: (fn) => {
          node.deliver = fn;
        },
      },
      logger: { debug: log, info: log, warn: log, error: log },
    };
  }

  #carry(from: number, to: number, bytes: Uint8Array): void {
    this.#listen(bytes);
    if (this.cut(from, to)) return;
    const delayMs = 1 + this.random.below(10) + this.heldBackMs(from, to);
    this.#at(delayMs, () => this.node(to).deliver?.(this.keys(from).id, bytes));
  }

  #listen(bytes: Uint8Array): void {
    const wire = decodeWire(bytes);
    this.carriedBytes.set(wire.kind, (this.carriedBytes.get(wire.kind) ?? 0) + bytes.length);
    if (wire.kind !== 'vote') return;
    const { vote } = decodeMessage(wire.message);
    const signer = this.validatorsAt(vote.height)[vote.validator];
    const index = this.validators.findIndex(({ id }) => signer !== undefined && equalBytes(id, signer.id));
    const slot = `${index}/${vote.kind}/${vote.height}/${vote.round}`;
    const value = `${vote.hash}@${vote.preparedRound}`;
    const earlier = this.said.get(slot);
    this.said.set(
      slot,
      earlier === undefined || earlier === value ? value : `${slot}: ${earlier} | ${value}`,
    );
  }
}

/** Lets every promise that can settle do so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
