import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import type { GossipSub, Message } from '@chainsafe/libp2p-gossipsub';
import type { PeerId } from '@libp2p/interface';
import type { Membership } from './membership.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkLimits } from './network-limits.ts';
import type { GossipValidator, GossipVerdict, NetworkGossip, NetworkLogger } from './network.ts';

const RESULT: Record<GossipVerdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** Gossip on a fixed set of topics; nothing is forwarded before its validator accepted it. */
export class MemberGossip implements NetworkGossip {
  readonly #topics: ReadonlySet<string>;
  readonly #membership: Membership;
  readonly #limits: NetworkLimits;
  readonly #logger: NetworkLogger;
  readonly #validators = new Map<string, GossipValidator>();
  #pubsub: GossipSub | undefined;

  constructor(init: {
    topics: readonly string[];
    membership: Membership;
    limits: NetworkLimits;
    logger: NetworkLogger;
  }) {
    this.#topics = new Set(init.topics);
    this.#membership = init.membership;
    this.#limits = init.limits;
    this.#logger = init.logger;
  }

  start(pubsub: GossipSub): void {
    this.#pubsub = pubsub;
    for (const topic of this.#validators.keys()) this.#attach(pubsub, topic);
  }

  stop(): void {
    this.#pubsub = undefined;
  }

  async publish(topic: string, bytes: Uint8Array): Promise<void> {
    this.#assertTopic(topic);
    const bytesMax = this.#limits.gossipBytesMax;
    if (bytes.byteLength > bytesMax) {
      throw new NetworkError('frame-too-large', { facts: { bytes: bytes.byteLength, bytesMax } });
    }
    if (this.#pubsub === undefined) throw new NetworkError('not-started');
    await this.#pubsub.publish(topic, bytes);
  }

  subscribe(topic: string, validate: GossipValidator): void {
    this.#assertTopic(topic);
    if (this.#validators.has(topic)) throw new NetworkError('protocol-taken', { facts: { topic } });
    this.#validators.set(topic, validate);
    if (this.#pubsub !== undefined) this.#attach(this.#pubsub, topic);
  }

  #attach(pubsub: GossipSub, topic: string): void {
    // The validator goes first: a message must never find a subscription that nobody judges.
    pubsub.topicValidators.set(topic, async (peer, message) => this.#judge(topic, peer, message));
    pubsub.subscribe(topic);
  }

  async #judge(topic: string, peer: PeerId, message: Message): Promise<TopicValidatorResult> {
    const member = this.#membership.ofPeer(peer);
    const validate = this.#validators.get(topic);
    if (member === undefined || validate === undefined) return TopicValidatorResult.Ignore;
    if (message.data.byteLength > this.#limits.gossipBytesMax) return TopicValidatorResult.Reject;
    try {
      const verdict = await validate(member.node, message.data);
      if (verdict === 'reject') this.#logger.debug({ topic, peer: member.key }, 'gossip-rejected');
      return RESULT[verdict];
    } catch (error) {
      // Our fault or a message nobody foresaw: not forwarded, and not held against the neighbour.
      this.#logger.warn({ topic, peer: member.key, error: nameOf(error) }, 'gossip-validator-failed');
      return TopicValidatorResult.Ignore;
    }
  }

  #assertTopic(topic: string): void {
    if (!this.#topics.has(topic)) throw new NetworkError('topic-unknown', { facts: { topic } });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
