import { createHash } from 'node:crypto';
import { gossipsub } from '@chainsafe/libp2p-gossipsub';
import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import { noise } from '@chainsafe/libp2p-noise';
import { withLibp2pLight } from '@helia/libp2p';
import type { HeliaWithLibp2p } from '@helia/libp2p';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { PrivateKey, ServiceMap } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { ping } from '@libp2p/ping';
import type { Ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { MemoryDatastore } from 'datastore-core';
import { createHeliaLight } from 'helia';
import type { DurableBlockstore } from '#storage';
import { memberGater } from './member-gater.ts';
import { memberRouting } from './member-routing.ts';
import type { Membership } from './membership.ts';
import type { NetworkLimits } from './network-limits.ts';

const MIB = 1 << 20;
const GOSSIP_ID_BYTES = 20;

export interface HostServices extends ServiceMap {
  readonly pubsub: GossipSub;
  readonly ping: Ping;
}

export type Host = HeliaWithLibp2p<HostServices>;

export interface HostInit {
  readonly privateKey: PrivateKey;
  readonly listen: readonly string[];
  readonly topics: readonly string[];
  readonly membership: Membership;
  readonly blockstore: DurableBlockstore;
  readonly limits: NetworkLimits;
}

/**
 * Helia over a private libp2p: TCP, Noise, Yamux, identify, ping and gossip. No discovery, DHT, relay, hole punching,
 * Bitswap or HTTP; peers and routes come from the member list alone.
 */
export function createHost(init: HostInit): Host {
  const helia = createHeliaLight({ blockstore: init.blockstore, datastore: new MemoryDatastore() });
  return withLibp2pLight<typeof helia, HostServices>(helia, {
    privateKey: init.privateKey,
    addresses: { listen: [...init.listen] },
    transports: [tcp({ maxConnections: init.limits.connectionsMax })],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: {
          maxStreamWindowSize: MIB,
          maxReadBufferLength: 4 * MIB,
          maxWriteBufferLength: 32 * MIB,
        },
      }),
    ],
    connectionGater: memberGater(init.membership),
    // One ping missed under load would cost every connection; the peer keeper has its own, patient heartbeat.
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: init.limits.connectionsMax,
      // A devnet has all its members behind one address, which would otherwise pass for a flood.
      inboundConnectionThreshold: 64,
      maxIncomingPendingConnections: 64,
    },
    peerDiscovery: [],
    services: {
      identify: identify(),
      ping: ping(),
      routing: memberRouting(init.membership),
      pubsub: gossip(init.topics, init.limits),
    },
  });
}

/** The text form of the peer id that `peerSeed` (32 bytes) gives. */
export async function peerIdOf(peerSeed: Uint8Array): Promise<string> {
  return peerIdFromPrivateKey(await privateKeyOf(peerSeed)).toString();
}

/** The libp2p Ed25519 key of a 32-byte seed. */
export async function privateKeyOf(peerSeed: Uint8Array): Promise<PrivateKey> {
  return generateKeyPairFromSeed('Ed25519', peerSeed);
}

function gossip(topics: readonly string[], limits: NetworkLimits): ReturnType<typeof gossipsub> {
  return gossipsub({
    // Everything gossiped carries a signature of its author in itself; a second one by the forwarder buys nothing.
    globalSignaturePolicy: 'StrictNoSign',
    allowedTopics: new Set(topics),
    fallbackToFloodsub: false,
    doPX: false,
    floodPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    msgIdFn: (message) => gossipId(message.topic, message.data),
    fastMsgIdFn: (message) => gossipId(message.topic, message.data ?? new Uint8Array(0)).toString('latin1'),
    msgIdToStrFn: (id) => Buffer.from(id).toString('latin1'),
    // Judge before taking in more: the next message of a peer waits for the verdict on this one.
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    idontwantMinDataSize: 64 * 1024,
    // One RPC may carry several messages; a longer one costs the sender its stream.
    maxInboundDataLength: 4 * limits.gossipBytesMax,
    maxOutboundBufferSize: 16 * MIB,
    maxTopicBytesPerPeer: 32 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 32,
      maxMessages: 256,
      maxIhaveMessageIDs: 2000,
      maxIwantMessageIDs: 2000,
      maxIdontwantMessageIDs: 256,
      maxControlMessages: 64,
      maxPeerInfos: 0,
    },
    // Members are known by name, so many on one address are no attack, and a quiet topic is no offence.
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyThreshold: 6, topics: {} },
  });
}

function gossipId(topic: string, data: Uint8Array): Buffer {
  return createHash('sha256').update(topic).update('\0').update(data).digest().subarray(0, GOSSIP_ID_BYTES);
}
