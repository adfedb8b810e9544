import { join } from 'node:path';
import { DOMAIN, signTagged, verifyTagged } from '#crypto';
import { quorum } from '#consensus';
import { storedHashOf } from '#consensus/ledger';
import { createNetwork, createReplication, recordLinks } from '#node/network';
import type { Network, Replication } from '#node/network';
import { Proxy } from '#node/proxy';
import {
  AttachmentKeeper,
  createConsensusDriver,
  LedgerApplication,
  TransactionRelay,
  TRANSACTIONS_TOPIC,
} from '#node/runtime';
import type { ConsensusDriver } from '#node/runtime';
import { openBlockstore, openJournal, openLedgerStore } from '#storage';
import type { DurableBlockstore, LedgerStore } from '#storage';
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
  readonly proxy: Proxy;
  readonly roster: Roster;
}

/** Opens what lies on disk and wires it to the network. @throws StartRefused, StorageError */
export async function openParts(member: Member): Promise<Parts> {
  const { dataDir } = member.config;
  const blockstore = await openBlockstore(join(dataDir, 'blocks'));
  const store = openLedgerStore(join(dataDir, 'ledger'));
  const { backend, genesis, chainId, clock, logger } = member;
  const now = (): number => clock.now();
  const application = new LedgerApplication({ backend, genesis, chainId, store, now, logger });
  const roster = new Roster(member, application);
  const network = await openNetwork(member, roster, blockstore);
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
    fetch: async (cid, signal) => network.blocks.put(cid, await network.blocks.get(cid, { signal })),
  });
  const replication = openReplication(member, roster, blockstore, network);
  const proxy = openProxy(member, roster, application, network, driver);
  return { store, application, network, driver, relay, replication, attachments, proxy, roster };
}

function openNetwork(member: Member, roster: Roster, blockstore: DurableBlockstore): Promise<Network> {
  const { config, keys, logger } = member;
  return createNetwork({
    peerSeed: keys.peerSeed,
    listen: config.listen,
    members: () => roster.peers(),
    self: keys.id,
    blockstore,
    topics: [TRANSACTIONS_TOPIC],
    logger,
    // Ciphertext is for every member: any of them may have to serve, search or convert it. Strangers never get here.
    authorizeBlock: (node) => withId(roster.peers(), node) !== undefined,
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
    transport: network.direct,
    application,
    logger,
  });
}

function openReplication(
  member: Member,
  roster: Roster,
  blockstore: DurableBlockstore,
  network: Network,
): Replication {
  const { backend, keys, chainId, logger } = member;
  return createReplication({
    network,
    self: keys.id,
    nodes: () => roster.members().map(({ id }) => id),
    chainId,
    blockstore,
    linksOf: recordLinks,
    storedHashOf,
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
  roster: Roster,
  application: LedgerApplication,
  network: Network,
  driver: ConsensusDriver,
): Proxy {
  const { backend, keys, chainId, clock, genesis } = member;
  return new Proxy({
    backend,
    keys,
    chainId,
    clock,
    head: () => ({ state: application.state, height: application.height }),
    fresh: () => driver.freshness().statements >= quorum(roster.members().length),
    accessWindowHeights: genesis.parameters.accessWindowHeights,
    fetchBlock: (cid, signal) => network.blocks.get(cid, { signal }),
  });
}
