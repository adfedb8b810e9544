import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Member, NodeId } from './network.ts';

/** A member with its libp2p forms parsed. */
export interface KnownMember {
  readonly node: NodeId;
  /** Hex of `node`: a map key. */
  readonly key: string;
  readonly peer: PeerId;
  readonly addresses: readonly Multiaddr[];
}

/**
 * The member list as the network sees it: node ids on our side, peer ids on libp2p's. Read afresh at each question,
 * parsed once per list; an entry that does not parse is left out, so it can neither dial nor be dialled.
 */
export class Membership {
  readonly #members: () => readonly Member[];
  readonly #self: string;
  #source: readonly Member[] | undefined;
  #byPeer = new Map<string, KnownMember>();
  #byNode = new Map<string, KnownMember>();

  constructor(members: () => readonly Member[], self: NodeId) {
    this.#members = members;
    this.#self = nodeKey(self);
  }

  /** The member behind a peer id, self excluded; undefined for strangers and for those removed. */
  ofPeer(peer: PeerId): KnownMember | undefined {
    this.#refresh();
    return this.#byPeer.get(peer.toString());
  }

  /** The member with this node id, self excluded. */
  ofNode(node: NodeId): KnownMember | undefined {
    this.#refresh();
    return this.#byNode.get(nodeKey(node));
  }

  /** Every member but self. */
  others(): KnownMember[] {
    this.#refresh();
    return [...this.#byNode.values()];
  }

  #refresh(): void {
    const source = this.#members();
    if (source === this.#source && source.length > 0) return;
    this.#source = source;
    this.#byPeer = new Map();
    this.#byNode = new Map();
    for (const member of source) {
      const known = parse(member);
      if (known === undefined || known.key === this.#self) continue;
      this.#byPeer.set(member.peerId, known);
      this.#byNode.set(known.key, known);
    }
  }
}

/** Hex of a node id. */
export function nodeKey(node: NodeId): string {
  return Buffer.from(node).toString('hex');
}

function parse(member: Member): KnownMember | undefined {
  try {
    return {
      node: member.id,
      key: nodeKey(member.id),
      peer: peerIdFromString(member.peerId),
      addresses: member.addresses.map((address) => multiaddr(address)),
    };
  } catch {
    return undefined;
  }
}
