import type { ConnectionGater, PeerId } from '@libp2p/interface';
import type { Membership } from './membership.ts';

/**
 * Lets members through and nobody else, in both directions. Inbound peers are unknown until Noise has proven their
 * key, so they are judged right after encryption, before any protocol is spoken; relays are never used.
 */
export function memberGater(membership: Membership): ConnectionGater {
  const isStranger = (peer: PeerId): boolean => membership.ofPeer(peer) === undefined;
  const always = (): boolean => true;
  return {
    denyDialPeer: isStranger,
    // The default gater judges addresses too; members may live on private ones.
    denyDialMultiaddr: () => false,
    denyInboundEncryptedConnection: isStranger,
    denyOutboundEncryptedConnection: isStranger,
    denyInboundUpgradedConnection: isStranger,
    denyOutboundUpgradedConnection: isStranger,
    denyInboundRelayReservation: always,
    denyInboundRelayedConnection: always,
    denyOutboundRelayedConnection: always,
  };
}
