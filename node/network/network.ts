import type { CID } from 'multiformats/cid';
import type { DurableBlockstore } from '#storage';
import type { NetworkLimits } from './network-limits.ts';

/** 32 bytes: the id of a node (institution) as in the genesis file, not its libp2p peer id. */
export type NodeId = Uint8Array;

/** One institution's node: only members may dial, be dialled, gossip, ask or be asked. */
export interface Member {
  readonly id: NodeId;
  /** Text form of the libp2p peer id, as `peerIdOf(peerSeed)` gives it. */
  readonly peerId: string;
  /** Multiaddrs without the peer id, such as `/ip4/10.0.0.7/tcp/4001`. */
  readonly addresses: readonly string[];
}

/** Structured log sink; pino fits. Fields hold ids, codes and counts only. */
export interface NetworkLogger {
  debug(fields: Record<string, unknown>, event: string): void;
  info(fields: Record<string, unknown>, event: string): void;
  warn(fields: Record<string, unknown>, event: string): void;
  error(fields: Record<string, unknown>, event: string): void;
}

export interface NetworkInit {
  /** 32-byte seed of the libp2p Ed25519 key. */
  readonly peerSeed: Uint8Array;
  /** Multiaddrs to listen on, such as `/ip4/127.0.0.1/tcp/0`. */
  readonly listen: readonly string[];
  /** The members of this moment, self included; read again at every decision, so a removal takes effect at once. */
  readonly members: () => readonly Member[];
  readonly self: NodeId;
  readonly blockstore: DurableBlockstore;
  /** The only gossip topics that this node speaks. */
  readonly topics: readonly string[];
  readonly logger: NetworkLogger;
  /** Whether a member may fetch a block from here. Anything but `true`, a throw included, refuses. */
  readonly authorizeBlock: (node: NodeId, cid: CID) => boolean | Promise<boolean>;
  /** Nodes to ask first for a block, best first; all other members follow in rendezvous order. */
  readonly holdersFirst?: (cid: CID) => readonly NodeId[];
  readonly limits?: Partial<NetworkLimits>;
}

export type GossipVerdict = 'accept' | 'ignore' | 'reject';

/** Judges a gossip message before it is forwarded; it is also where the message is taken in. */
export type GossipValidator = (from: NodeId, bytes: Uint8Array) => GossipVerdict | Promise<GossipVerdict>;

/** Answers one request. What it throws reaches the asking peer as its `code` only, never as text. */
export type RequestHandler = (from: NodeId, bytes: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** Takes a direct message. A promise holds back the next message of that peer until it settles. */
export type DirectHandler = (from: NodeId, bytes: Uint8Array) => void | Promise<void>;

export interface NetworkBlocks {
  /**
   * The block from the local store, else from the holders. A damaged local block is set aside, fetched again and
   * stored whole.
   * @throws NetworkError `block-unavailable` | `aborted`
   */
  get(cid: CID, options?: { signal?: AbortSignal; holders?: readonly NodeId[] }): Promise<Uint8Array>;
  /** Stores durably; returns after the disk has it. @throws StorageError `block-mismatch` | `block-too-large` | `write-failed` */
  put(cid: CID, bytes: Uint8Array): Promise<void>;
  /** Whether the local store has the block. */
  has(cid: CID): Promise<boolean>;
  delete(cid: CID): Promise<void>;
}

export interface NetworkGossip {
  /** @throws NetworkError `topic-unknown` | `frame-too-large` | `not-started` */
  publish(topic: string, bytes: Uint8Array): Promise<void>;
  /** One validator a topic. @throws NetworkError `topic-unknown` | `protocol-taken` */
  subscribe(topic: string, validate: GossipValidator): void;
}

/** What waits for one peer, and what was dropped because the peer did not take it. */
export interface DirectBacklog {
  readonly frames: number;
  readonly bytes: number;
  readonly dropped: number;
}

export interface NetworkDirect {
  /** Queues without waiting; a full queue drops its oldest frames. @throws NetworkError `frame-too-large` */
  send(to: NodeId, bytes: Uint8Array): void;
  /** `send` to every member but self. */
  broadcast(bytes: Uint8Array): void;
  onMessage(handler: DirectHandler): void;
  backlog(to: NodeId): DirectBacklog;
}

export interface HandleOptions {
  readonly requestBytesMax: number;
  /** Requests answered at the same time, all peers together; one peer gets at most half, at least one. */
  readonly concurrentMax: number;
  /** Longest answer in bytes; default `NetworkLimits.responseBytesMax`. */
  readonly responseBytesMax?: number;
  /** Time a handler has; default `NetworkLimits.requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Longest answer accepted, in bytes. */
  readonly bytesMax: number;
  /** Default `NetworkLimits.requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** A protocol id of this project. */
export type ProtocolId = `/phr/${string}`;

export interface Network {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly peerId: string;
  /** Multiaddrs listened on, without the peer id; empty before `start`. */
  addresses(): string[];
  /** Members with an open connection. */
  connected(): NodeId[];
  readonly blocks: NetworkBlocks;
  readonly gossip: NetworkGossip;
  readonly direct: NetworkDirect;
  /**
   * One request, one answer.
   * @throws NetworkError `unknown-peer` | `not-connected` | `timeout` | `aborted` | `busy` | `refused` | `remote-failed` |
   *   `frame-too-large` | `stream-closed`
   */
  request(to: NodeId, protocol: ProtocolId, bytes: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  handle(protocol: ProtocolId, handler: RequestHandler, options: HandleOptions): void;
  onPeer(listener: (node: NodeId, state: 'up' | 'down') => void): void;
  /** Call when the member list changed: hangs up those removed, dials those added. */
  membersChanged(): void;
}
