/** #node/network: the private libp2p of the member institutions, their block exchange and record replication. */
export { BLOCK_PROTOCOL } from './block-exchange.ts';
export { createNetwork } from './create-network.ts';
export { DIRECT_PROTOCOL } from './direct-channel.ts';
export { peerIdOf } from './libp2p-host.ts';
export { NETWORK_ERROR_CODES, NetworkError } from './network-error.ts';
export type { NetworkErrorCode, NetworkFacts } from './network-error.ts';
export { NETWORK_LIMITS } from './network-limits.ts';
export type { NetworkLimits } from './network-limits.ts';
export type {
  DirectBacklog,
  DirectHandler,
  GossipValidator,
  GossipVerdict,
  HandleOptions,
  Member,
  Network,
  NetworkBlocks,
  NetworkDirect,
  NetworkGossip,
  NetworkInit,
  NetworkLogger,
  NodeId,
  ProtocolId,
  RequestHandler,
  RequestOptions,
} from './network.ts';
export { bodyBlocks, BODY_LINKS_MAX, namedRecord, walkRecords } from './record-dag.ts';
export type { RecordOf, RecordDag } from './record-dag.ts';
export { RECEIPT_HEADERS_MAX, REPLICA_PROTOCOL } from './replica-messages.ts';
export { createReplication, receiptsNeeded, replicaCount } from './replication.ts';
export type { Receipt } from './receipt-gathering.ts';
export type { Replication, ReplicationInit } from './replication.ts';
