import type { PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { BlockExchange } from './block-exchange.ts';
import { MemberDirect } from './direct.ts';
import { MemberGossip } from './gossip.ts';
import { HeliaBlocks } from './helia-blocks.ts';
import { createHost, privateKeyOf } from './libp2p-host.ts';
import type { Host } from './libp2p-host.ts';
import { Membership } from './membership.ts';
import { NetworkError } from './network-error.ts';
import { NETWORK_LIMITS } from './network-limits.ts';
import type { NetworkLimits } from './network-limits.ts';
import type {
  HandleOptions,
  Network,
  NetworkBlocks,
  NetworkInit,
  NodeId,
  ProtocolId,
  RequestHandler,
  RequestOptions,
} from './network.ts';
import { PeerKeeper } from './peer-keeper.ts';
import { Requests } from './requests.ts';

type PeerListener = (node: NodeId, state: 'up' | 'down') => void;

/** One host: started once, stopped once. */
class MemberNetwork implements Network {
  readonly peerId: string;
  readonly blocks: NetworkBlocks;
  readonly gossip: MemberGossip;
  readonly direct: MemberDirect;
  readonly #host: Host;
  readonly #membership: Membership;
  readonly #requests: Requests;
  readonly #init: NetworkInit;
  readonly #limits: NetworkLimits;
  readonly #listeners: PeerListener[] = [];
  #keeper: PeerKeeper | undefined;
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor(init: NetworkInit, privateKey: PrivateKey) {
    const limits = { ...NETWORK_LIMITS, ...init.limits };
    const { logger, blockstore } = init;
    const membership = new Membership(init.members, init.self);
    const parts = { membership, limits, logger };
    this.#init = init;
    this.#limits = limits;
    this.#membership = membership;
    this.#host = createHost({ ...parts, privateKey, listen: init.listen, topics: init.topics, blockstore });
    this.#requests = new Requests(parts);
    this.gossip = new MemberGossip({ ...parts, topics: init.topics });
    this.direct = new MemberDirect(parts);
    this.blocks = new HeliaBlocks({ host: () => this.#started(), store: blockstore, membership });
    this.#host.addBlockBroker(
      new BlockExchange({
        ...parts,
        requests: this.#requests,
        blockstore,
        authorizeBlock: init.authorizeBlock,
        holdersFirst: init.holdersFirst,
        isConnected: (member) => this.#started().libp2p.getConnections(member.peer).length > 0,
      }),
    );
    this.peerId = peerIdFromPrivateKey(privateKey).toString();
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new NetworkError('not-started', { facts: { state: this.#state } });
    await this.#host.start().catch((cause: unknown) => {
      throw new NetworkError('listen-failed', { facts: { listen: this.#init.listen.join(' ') }, cause });
    });
    this.#state = 'started';
    const { libp2p } = this.#host;
    await this.#requests.start(libp2p);
    await this.direct.start(libp2p);
    this.gossip.start(libp2p.services.pubsub);
    // Dial last: a peer that connects finds every protocol answered.
    this.#keeper = new PeerKeeper({
      libp2p,
      membership: this.#membership,
      limits: this.#limits,
      logger: this.#init.logger,
      onPeer: (node, state) => this.#peerChanged(node, state),
    });
    this.#keeper.start();
    this.#init.logger.info({ peerId: this.peerId, addresses: this.addresses() }, 'network-started');
  }

  async stop(): Promise<void> {
    if (this.#state !== 'started') return;
    this.#state = 'stopped';
    this.#keeper?.stop();
    this.gossip.stop();
    this.direct.stop();
    this.#requests.stop();
    await this.#host.stop();
  }

  addresses(): string[] {
    if (this.#state !== 'started') return [];
    return this.#host.libp2p
      .getMultiaddrs()
      .map((address) => address.toString().replace(/\/p2p\/[^/]+$/, ''));
  }

  connected(): NodeId[] {
    if (this.#state !== 'started') return [];
    const { libp2p } = this.#host;
    return this.#membership
      .others()
      .filter((member) => libp2p.getConnections(member.peer).length > 0)
      .map((member) => member.node);
  }

  async request(
    to: NodeId,
    protocol: ProtocolId,
    bytes: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    return this.#requests.request(to, protocol, bytes, options);
  }

  handle(protocol: ProtocolId, handler: RequestHandler, options: HandleOptions): void {
    this.#requests.handle(protocol, handler, options);
  }

  onPeer(listener: PeerListener): void {
    this.#listeners.push(listener);
  }

  membersChanged(): void {
    this.direct.prune();
    this.#keeper?.tick();
  }

  #peerChanged(node: NodeId, state: 'up' | 'down'): void {
    this.direct.peerChanged(node, state);
    for (const listener of this.#listeners) listener(node, state);
  }

  #started(): Host {
    if (this.#state !== 'started') throw new NetworkError('not-started');
    return this.#host;
  }
}

/** A host of the private net, not yet started. @throws Error when `peerSeed` is not 32 bytes */
export async function createNetwork(init: NetworkInit): Promise<Network> {
  return new MemberNetwork(init, await privateKeyOf(init.peerSeed));
}
