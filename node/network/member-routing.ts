import { contentRoutingSymbol, NotFoundError, peerRoutingSymbol } from '@libp2p/interface';
import type { ContentRouting, PeerInfo, PeerRouting } from '@libp2p/interface';
import { placement } from '#storage';
import type { KnownMember, Membership } from './membership.ts';
import { nodeKey } from './membership.ts';

/**
 * libp2p's routing, answered from the member list: no DHT and no discovery. Without a content router Helia refuses
 * even local work, and without a peer router a lookup by peer id would fail.
 */
export interface MemberRouting {
  readonly [contentRoutingSymbol]: ContentRouting;
  readonly [peerRoutingSymbol]: PeerRouting;
}

export function memberRouting(membership: Membership): () => MemberRouting {
  const infoOf = (member: KnownMember): PeerInfo => ({ id: member.peer, multiaddrs: [...member.addresses] });
  const closest = (key: Uint8Array): KnownMember[] => holderOrder(membership, key);
  const content: ContentRouting = {
    // Every member may hold every block, and placement says who should: there is nothing to announce or withdraw.
    async provide() {},
    async cancelReprovide() {},
    async put() {},
    async get() {
      throw new NotFoundError('no records are kept');
    },
    async *findProviders(cid) {
      for (const member of closest(cid.multihash.bytes)) yield { ...infoOf(member), routing: 'phr-members' };
    },
  };
  const peers: PeerRouting = {
    async findPeer(id) {
      const member = membership.ofPeer(id);
      if (member === undefined) throw new NotFoundError('not a member');
      return infoOf(member);
    },
    async *getClosestPeers(key) {
      for (const member of closest(key)) yield infoOf(member);
    },
  };
  return () => ({ [contentRoutingSymbol]: content, [peerRoutingSymbol]: peers });
}

/** Members other than self in the rendezvous order of `key`, likeliest holder first. */
export function holderOrder(membership: Membership, key: Uint8Array): KnownMember[] {
  const others = membership.others();
  const byKey = new Map(others.map((member) => [member.key, member]));
  const order = placement(
    key,
    others.map((member) => member.node),
    others.length,
  );
  return order.flatMap((node) => byKey.get(nodeKey(node)) ?? []);
}
