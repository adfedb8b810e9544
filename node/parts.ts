import { join } from 'node:path';
import { DOMAIN, signTagged, verifyTagged } from '#crypto';
import type { CID } from '#crypto';
import { quorum } from '#consensus';
import { hashTransaction, storedHashOf } from '#consensus/ledger';
import { bodyBlocks, createNetwork, createReplication, namedRecord } from '#node/network';
import type { Network, Replication } from '#node/network';
import { Proxy, Resharer } from '#node/proxy';
import {
  AttachmentKeeper,
  BlockLinks,
  BlockRetention,
  createConsensusDriver,
  LedgerApplication,
  ServingGate,
  TransactionRelay,
  TRANSACTIONS_TOPIC,
  UnfinishedBlocks,
} from '#node/runtime';
import type { ConsensusDriver } from '#node/runtime';
import { IdentityOracle } from '#node/services';
import { DiskSpace, openBlockstore, openJournal, openLedgerStore } from '#storage';
import type { DurableBlockstore, LedgerStore } from '#storage';
import { EVIDENCE_TOPIC, EvidenceRelay } from './evidence-relay.ts';
import type { Member } from './member.ts';
import { Roster, withId } from './roster.ts';

/** The parts of a node, made but not started. */
export interface Parts {
  readonly store: LedgerStore;
  readonly application: LedgerApplication;
  readonly network: Network;
  readonly driver: ConsensusDriver;
  readonly relay: TransactionRelay;
  readonly replication: Replication;
  readonly attachments: AttachmentKeeper;
  readonly retention: BlockRetention;
  readonly unfinished: UnfinishedBlocks;
  readonly disk: DiskSpace;
  readonly proxy: Proxy;
  readonly oracle: IdentityOracle;
  readonly evidence: EvidenceRelay;
  readonly resharer: Resharer;
  readonly roster: Roster;
}

/** Opens what lies on disk and wires it to the network. @throws StartRefused, StorageError */
export async function openParts(member: Member): Promise<Parts> {
  const { dataDir } = member.config;
  const store = openLedgerStore(join(dataDir, 'ledger'));
  const links = new BlockLinks(store);
  const isErased = (digest: Uint8Array): boolean => links.isErased(digest);
  const blockstore = await openBlockstore(join(dataDir, 'blocks'), { isErased });
  const { backend, genesis, chainId, clock, logger } = member;
  const now = (): number => clock.now();
  const application = new LedgerApplication({ backend, genesis, chainId, store, now, logger });
  const roster = new Roster(member, application);
  const gate = new ServingGate(() => driver.freshness().statements >= quorum(roster.members().length));
  const network = await openNetwork(member, roster, blockstore, gate);
  const driver = openDriver(member, application, network);
  const relay = new TransactionRelay({
    mempool: application.mempool,
    store,
    clock,
    publish: (bytes) => network.gossip.publish(TRANSACTIONS_TOPIC, bytes),
    notifyWork: () => driver.notifyWork(),
  });
  const attachments = new AttachmentKeeper({
    store,
    clock,
    logger,
    has: (cid) => network.blocks.has(cid),
    isErased: (cid) => isErased(cid.multihash.digest),
    fetch: async (cid, signal) => network.blocks.put(cid, await network.blocks.get(cid, { signal })),
  });
  const unfinished = new UnfinishedBlocks({
    store,
    links,
    clock,
    logger,
    // The same that lets this node serve: it has seen what a quorum has, and has gone through all of it.
    isSettled: () => gate.isOpen() && retention.settled(),
    delete: (cid) => blockstore.delete(cid),
  });
  const disk = new DiskSpace(dataDir);
  const replication = openReplication(member, { roster, blockstore, network, unfinished, disk });
  const evidence = new EvidenceRelay({
    ...member,
    application,
    store,
    publish: (bytes) => network.gossip.publish(EVIDENCE_TOPIC, bytes),
    notifyWork: () => driver.notifyWork(),
  });
  driver.onEvidence((votes) => evidence.equivocation(votes));
  driver.onFork((fork) => evidence.forked(fork));
  const proxy = openProxy(member, { roster, application, network, driver, evidence, store });
  const oracle = new IdentityOracle({ ...member, state: () => application.state, rows: store });
  const retention = openRetention({ store, links, application, blockstore, proxy, attachments }, member);
  gate.watch(retention);
  const resharer = openResharer(member, { application, network, replication, relay });
  return {
    store,
    application,
    network,
    driver,
    relay,
    replication,
    attachments,
    retention,
    unfinished,
    disk,
    proxy,
    oracle,
    evidence,
    resharer,
    roster,
  };
}

function openRetention(
  parts: Pick<Parts, 'store' | 'application' | 'proxy' | 'attachments'> & {
    links: BlockLinks;
    blockstore: DurableBlockstore;
  },
  { clock, logger }: Member,
): BlockRetention {
  const { store, links, application, blockstore, proxy, attachments } = parts;
  const read = async (cid: CID): Promise<Uint8Array | undefined> => {
    try {
      return await blockstore.readEvenErased(cid);
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundError') return undefined;
      throw error;
    }
  };
  return new BlockRetention({
    store,
    links,
    clock,
    logger,
    state: () => application.state,
    height: () => application.height,
    decode: application.decode,
    bodyOf: (header) => bodyBlocks(header, read),
    delete: (cid) => blockstore.delete(cid),
    want: (cids) => attachments.want(cids),
    onRelease: (owner) => proxy.released(owner),
  });
}

function openNetwork(
  member: Member,
  roster: Roster,
  blockstore: DurableBlockstore,
  gate: ServingGate,
): Promise<Network> {
  const { config, keys, logger } = member;
  return createNetwork({
    peerSeed: keys.peerSeed,
    listen: config.listen,
    members: () => roster.peers(),
    self: keys.id,
    blockstore,
    topics: [TRANSACTIONS_TOPIC, EVIDENCE_TOPIC],
    logger,
    // Ciphertext is for every member: any of them may have to serve, search or convert it. Strangers never get here.
    // Nothing goes out before this node has caught up: it may hold what the others have erased while it was away.
    authorizeBlock: (node) => gate.isOpen() && withId(roster.peers(), node) !== undefined,
    limits: { requestTimeoutMs: config.limits.peerRequestTimeoutMs },
  });
}

function openDriver(member: Member, application: LedgerApplication, network: Network): ConsensusDriver {
  const { backend, keys, chainId, clock, logger, config } = member;
  return createConsensusDriver({
    backend,
    identity: { id: keys.id, publicKey: keys.validator.publicKey, secretKey: keys.validator.secretKey },
    chainId,
    clock,
    journal: openJournal(join(config.dataDir, 'journal')),
    isNewKey: member.takeUnused(),
    transport: network.direct,
    application,
    logger,
  });
}

function openReplication(
  member: Member,
  {
    roster,
    blockstore,
    network,
    unfinished,
    disk,
  }: Pick<Parts, 'roster' | 'network' | 'unfinished' | 'disk'> & { blockstore: DurableBlockstore },
): Replication {
  const { backend, keys, chainId, logger } = member;
  return createReplication({
    network,
    self: keys.id,
    nodes: () => roster.members().map(({ id }) => id),
    chainId,
    blockstore,
    recordOf: namedRecord,
    storedHashOf,
    custody: {
      take: async (blocks) => {
        await disk.require(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
        unfinished.stage(blocks);
      },
      promise: (cids) => unfinished.promise(cids),
      undisturbed: (run) => unfinished.undisturbed(run),
    },
    signReceipt: (storedHash) => signTagged(backend, DOMAIN.receipt, storedHash, keys.validator.secretKey),
    verifyReceipt: (node, storedHash, signature) => {
      const key = withId(roster.members(), node)?.validatorKey;
      return key !== undefined && verifyTagged(backend, DOMAIN.receipt, storedHash, signature, key);
    },
    logger,
  });
}

function openProxy(
  member: Member,
  {
    roster,
    application,
    network,
    driver,
    evidence,
    store,
  }: Pick<Parts, 'roster' | 'application' | 'network' | 'driver' | 'evidence' | 'store'>,
): Proxy {
  const { backend, keys, chainId, clock, genesis } = member;
  return new Proxy({
    backend,
    keys,
    chainId,
    clock,
    head: () => ({ ...headOf(application), state: application.state }),
    isForked: () => evidence.fork !== undefined,
    fresh: () => driver.freshness().statements >= quorum(roster.members().length),
    accessWindowHeights: genesis.parameters.accessWindowHeights,
    fetchBlock: (cid, signal) => network.blocks.get(cid, { signal }),
    refusalStore: store,
  });
}

/** A node's own transactions go the way of its people's: durable here until a block has them. */
function openResharer(
  member: Member,
  {
    application,
    network,
    replication,
    relay,
  }: Pick<Parts, 'application' | 'network' | 'replication' | 'relay'>,
): Resharer {
  return new Resharer({
    ...member,
    head: () => ({ ...headOf(application), state: application.state }),
    fetchBlock: (cid, signal) => network.blocks.get(cid, { signal }),
    spread: async (boxes, signal) => {
      for (const { cid, bytes } of boxes) await network.blocks.put(cid, bytes);
      if (boxes.length > 0)
        await replication.spread(
          boxes.map(({ cid }) => cid),
          { signal },
        );
    },
    submit: async (wire, signal) => {
      const settled = application.mempool.wait(hashTransaction(wire), signal);
      const { kind } = relay.submit(wire);
      if (kind === 'new' || kind === 'known') await settled;
    },
  });
}

function headOf(application: LedgerApplication): { height: number; timeMs: number; hash: Uint8Array } {
  const { height, time, hash } = application.head();
  return { height, timeMs: time, hash };
}
