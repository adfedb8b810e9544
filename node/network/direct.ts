import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { DIRECT_PROTOCOL, DirectChannel } from './direct-channel.ts';
import { FrameStream } from './frame-stream.ts';
import type { KnownMember, Membership } from './membership.ts';
import { nodeKey } from './membership.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkLimits } from './network-limits.ts';
import type { DirectBacklog, DirectHandler, NetworkDirect, NetworkLogger, NodeId } from './network.ts';

/** Streams a peer may have open on one connection: the one in use and those whose reset is still under way. */
const STREAMS_PER_CONNECTION_MAX = 8;
const NO_BACKLOG: DirectBacklog = { frames: 0, bytes: 0, dropped: 0 };

/**
 * Messages between members over long-lived streams, in the order sent, each at most once. A message may be lost with
 * its connection or dropped from a full queue; those who need it ask again.
 */
export class MemberDirect implements NetworkDirect {
  readonly #membership: Membership;
  readonly #limits: NetworkLimits;
  readonly #logger: NetworkLogger;
  readonly #channels = new Map<string, DirectChannel>();
  readonly #inbound = new Map<string, FrameStream>();
  readonly #handlers: DirectHandler[] = [];
  readonly #stopping = new AbortController();
  #libp2p: Libp2p | undefined;

  constructor(init: { membership: Membership; limits: NetworkLimits; logger: NetworkLogger }) {
    this.#membership = init.membership;
    this.#limits = init.limits;
    this.#logger = init.logger;
  }

  async start(libp2p: Libp2p): Promise<void> {
    this.#libp2p = libp2p;
    await libp2p.handle(DIRECT_PROTOCOL, (stream, connection) => this.#receive(stream, connection), {
      maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
      maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
    });
  }

  stop(): void {
    this.#stopping.abort();
    for (const channel of this.#channels.values()) channel.stop();
    for (const frames of this.#inbound.values()) frames.abort();
    this.#channels.clear();
    this.#inbound.clear();
    this.#libp2p = undefined;
  }

  /** A connection came or went. */
  peerChanged(node: NodeId, state: 'up' | 'down'): void {
    const channel = this.#channels.get(nodeKey(node));
    if (state === 'down') channel?.reset();
    else channel?.kick();
  }

  /** Forgets what waits for nodes that are no longer members. */
  prune(): void {
    const members = new Set(this.#membership.others().map((member) => member.key));
    for (const [key, channel] of this.#channels) {
      if (members.has(key)) continue;
      channel.stop();
      this.#channels.delete(key);
    }
  }

  send(to: NodeId, bytes: Uint8Array): void {
    this.#assertSize(bytes);
    const member = this.#membership.ofNode(to);
    if (member === undefined) throw new NetworkError('unknown-peer');
    this.#channel(member).push(bytes);
  }

  broadcast(bytes: Uint8Array): void {
    this.#assertSize(bytes);
    for (const member of this.#membership.others()) this.#channel(member).push(bytes);
  }

  onMessage(handler: DirectHandler): void {
    this.#handlers.push(handler);
  }

  backlog(to: NodeId): DirectBacklog {
    return this.#channels.get(nodeKey(to))?.backlog ?? NO_BACKLOG;
  }

  #channel(member: KnownMember): DirectChannel {
    const known = this.#channels.get(member.key);
    if (known !== undefined) return known;
    if (this.#libp2p === undefined) throw new NetworkError('not-started');
    const channel = new DirectChannel({
      libp2p: this.#libp2p,
      member,
      limits: this.#limits,
      logger: this.#logger,
      stopping: this.#stopping.signal,
    });
    this.#channels.set(member.key, channel);
    return channel;
  }

  async #receive(stream: Stream, connection: Connection): Promise<void> {
    const frames = new FrameStream(stream, this.#limits.directFrameBytesMax);
    const member = this.#membership.ofPeer(connection.remotePeer);
    if (member === undefined) {
      frames.abort();
      return;
    }
    // A peer that opens a new stream has given up the one before, whatever ours says.
    this.#inbound.get(member.key)?.abort();
    this.#inbound.set(member.key, frames);
    try {
      await this.#drain(frames, connection);
    } catch (error) {
      const code = error instanceof NetworkError ? error.code : 'internal';
      this.#logger.debug({ peer: member.key, error: code }, 'direct-stream-ended');
    } finally {
      frames.abort();
      if (this.#inbound.get(member.key) === frames) this.#inbound.delete(member.key);
    }
  }

  async #drain(frames: FrameStream, connection: Connection): Promise<void> {
    for (;;) {
      const bytes = await frames.read(this.#stopping.signal);
      // Asked again for every message: a member removed a moment ago is not heard.
      const member = this.#membership.ofPeer(connection.remotePeer);
      if (bytes === undefined || member === undefined) return;
      for (const handler of this.#handlers) await this.#deliver(handler, member, bytes);
    }
  }

  async #deliver(handler: DirectHandler, member: KnownMember, bytes: Uint8Array): Promise<void> {
    try {
      await handler(member.node, bytes);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#logger.warn({ peer: member.key, error: name }, 'direct-handler-failed');
    }
  }

  #assertSize(bytes: Uint8Array): void {
    const bytesMax = this.#limits.directFrameBytesMax;
    if (bytes.byteLength <= bytesMax) return;
    throw new NetworkError('frame-too-large', { facts: { bytes: bytes.byteLength, bytesMax } });
  }
}
