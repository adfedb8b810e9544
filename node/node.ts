import { equalBytes } from '#crypto';
import { hashHeader, quorum } from '#consensus';
import { toHex } from '#crypto';
import type { NodeStatus } from '#node/client';
import {
  PROXY_CONCURRENT_MAX,
  PROXY_PROTOCOL,
  PROXY_REQUEST_BYTES_MAX,
  PROXY_RESPONSE_BYTES_MAX,
} from '#node/proxy';
import { readBackupLog, TRANSACTIONS_TOPIC } from '#node/runtime';
import type { CommittedBlock } from '#node/runtime';
import {
  createNodeServices,
  IDENTITY_CONCURRENT_MAX,
  IDENTITY_MESSAGE_BYTES_MAX,
  IDENTITY_PROTOCOL,
  identityKeyStatement,
} from '#node/services';
import type { NodeServices } from '#node/services';
import { lockDirectory } from '#storage';
import { EventHub } from './event-hub.ts';
import { EVIDENCE_TOPIC } from './evidence-relay.ts';
import { memberOf } from './member.ts';
import type { Member, NodeInit } from './member.ts';
import { openParts } from './parts.ts';
import type { Parts } from './parts.ts';
import { withId } from './roster.ts';
import type { Peer } from './roster.ts';
import { statusOf } from './status.ts';

export type { NodeInit } from './member.ts';

/** Watchers get a fresh status at least this often. */
const STATUS_MS = 1_000;

export interface PhrNode {
  readonly services: NodeServices;
  /** Resolves with the cause when the node cannot go on: a failed disk sync, a certified block that does not apply. */
  readonly failure: Promise<unknown>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Makes a node: locks and opens its data directory, restores the newest state, wires network, consensus, proxy and
 * services. Nothing is on the network before `start`.
 *
 * @throws StartRefused `not-a-member` | `store-…`; StorageError `locked` and others
 */
export async function createNode(init: NodeInit): Promise<PhrNode> {
  const member = memberOf(init);
  const unlock = lockDirectory(init.config.dataDir);
  try {
    return new RunningNode(member, await openParts(member), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class RunningNode implements PhrNode {
  readonly services: NodeServices;
  readonly failure: Promise<unknown>;
  readonly #member: Member;
  readonly #parts: Parts;
  readonly #unlock: () => void;
  readonly #hub = new EventHub();
  readonly #startedAtMs: number;
  #cancelStatus: (() => void) | undefined;
  #stopped = false;
  #peers: readonly Peer[] | undefined;

  constructor(member: Member, parts: Parts, unlock: () => void) {
    this.#member = member;
    this.#parts = parts;
    this.#unlock = unlock;
    this.#startedAtMs = member.clock.now();
    this.failure = parts.driver.failure;
    this.services = createNodeServices({
      ...parts,
      nodeId: member.keys.id,
      chainId: member.chainId,
      submitTimeoutMs: member.config.limits.submitTimeoutMs,
      genesis: member.genesisBytes,
      identityKey: identityKeyStatement(member),
      backups: () => readBackupLog(member.config.dataDir),
      institutions: () => parts.roster.members().map(({ id }) => id),
      status: () => this.#status(),
      quorumInReach: () => this.#inReach() >= quorum(parts.roster.members().length),
      subscribe: (listener) => this.#hub.subscribe(listener),
      collectReceipts: (args, options) => parts.replication.collectReceipts(args, options),
      converted: (answers) => parts.evidence.answers(answers, (items) => Math.floor(Math.random() * items)),
      spread: (cids, options) => parts.replication.spread(cids, options),
      setTimeout: (fn, ms) => member.clock.setTimeout(fn, ms),
    });
  }

  async start(): Promise<void> {
    const {
      application,
      network,
      driver,
      relay,
      attachments,
      retention,
      unfinished,
      proxy,
      oracle,
      evidence,
      resharer,
    } = this.#parts;
    this.#followMembers();
    application.onCommit((committed) => this.#committed(committed));
    network.handle(PROXY_PROTOCOL, (_from, bytes, signal) => proxy.answer(bytes, signal), {
      requestBytesMax: PROXY_REQUEST_BYTES_MAX,
      responseBytesMax: PROXY_RESPONSE_BYTES_MAX,
      concurrentMax: PROXY_CONCURRENT_MAX,
    });
    network.handle(IDENTITY_PROTOCOL, (from, bytes) => Promise.resolve(oracle.answer(from, bytes)), {
      requestBytesMax: IDENTITY_MESSAGE_BYTES_MAX,
      responseBytesMax: IDENTITY_MESSAGE_BYTES_MAX,
      concurrentMax: IDENTITY_CONCURRENT_MAX,
    });
    network.gossip.subscribe(TRANSACTIONS_TOPIC, (_from, bytes) => relay.receive(bytes));
    network.gossip.subscribe(EVIDENCE_TOPIC, (_from, bytes) => evidence.receive(bytes));
    evidence.onAlarm(() => this.#emitStatus());
    network.onPeer((node, state) => {
      this.#hub.emit({ kind: 'peer', node, state });
      this.#emitStatus();
    });
    await network.start();
    await driver.start();
    relay.start();
    attachments.start();
    retention.start();
    unfinished.start();
    resharer.start();
    this.#emitStatus();
    const { height } = application.head();
    this.#member.logger.info({ height, addresses: network.addresses().join(' ') }, 'node-started');
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const { store, network, driver, relay, attachments, retention, unfinished, proxy, resharer } =
      this.#parts;
    this.#cancelStatus?.();
    await resharer.stop();
    relay.stop();
    await driver.stop();
    await attachments.stop();
    await unfinished.stop();
    await retention.stop();
    await network.stop();
    proxy.stop();
    store.close();
    this.#unlock();
    this.#member.logger.info({}, 'node-stopped');
  }

  #committed({ block, certificate }: CommittedBlock): void {
    const { header, transactions } = block;
    const decoded = transactions.map((wire) => this.#parts.application.decode(wire).transaction);
    for (const transaction of decoded) {
      if (transaction.kind === 'grant.revoke') this.#parts.proxy.revoked(transaction.body.grant);
    }
    this.#parts.retention.wake();
    this.#parts.resharer.wake();
    const proposer = this.#parts.application.validatorsAt(header.height)[header.proposer];
    this.#followMembers();
    this.#hub.emit({
      kind: 'block',
      block: {
        height: header.height,
        hash: toHex(hashHeader(header)),
        timeMs: header.time,
        round: certificate.round,
        proposer: proposer === undefined ? '' : toHex(proposer.id),
        transactions: transactions.length,
        signers: certificate.signatures.length,
      },
    });
    this.#emitStatus();
    this.#member.logger.debug(
      { height: header.height, transactions: transactions.length },
      'block-committed',
    );
  }

  /** Members in reach, this node included while it is one. */
  #inReach(): number {
    const { network, roster } = this.#parts;
    const { keys } = this.#member;
    const near = [keys.id, ...network.connected()];
    return roster.members().filter(
      (one) =>
        withId(
          near.map((id) => ({ id })),
          one.id,
        ) !== undefined,
    ).length;
  }

  /** Hangs up on whoever left, dials whoever is to join, as soon as the block says so. */
  #followMembers(): void {
    const { network, roster } = this.#parts;
    const peers = roster.peers();
    if (peers === this.#peers) return;
    const isFirst = this.#peers === undefined;
    this.#peers = peers;
    if (isFirst) return;
    network.membersChanged();
    this.#member.logger.info({ members: roster.members().length, left: roster.hasLeft() }, 'members-changed');
  }

  #emitStatus(): void {
    if (this.#stopped) return;
    this.#cancelStatus?.();
    this.#hub.emit({ kind: 'status', status: this.#status() });
    this.#cancelStatus = this.#member.clock.setTimeout(() => this.#emitStatus(), STATUS_MS);
  }

  #status(): NodeStatus {
    const { application, driver, evidence, network, roster } = this.#parts;
    const { config, genesis, keys, chainId } = this.#member;
    const consensus = driver.status();
    return statusOf({
      name: config.name,
      network: genesis.name,
      devnet: config.devnet,
      self: keys.id,
      nodes: roster.members(),
      chainId,
      startedAtMs: this.#startedAtMs,
      head: application.head(),
      stateRoot: application.state.root,
      consensus,
      connected: network.connected(),
      heightOf: (node) => consensus.lastSeen.find(({ id }) => equalBytes(id, node))?.height,
      mempool: application.mempool.size,
      fork: evidence.fork,
    });
  }
}
