import type { Libp2p, PeerId } from '@libp2p/interface';
import type { HostServices } from './libp2p-host.ts';
import type { KnownMember, Membership } from './membership.ts';
import type { NetworkLimits } from './network-limits.ts';
import type { NetworkLogger, NodeId } from './network.ts';

interface Backoff {
  readonly attempts: number;
  readonly notBeforeMs: number;
}

export interface PeerKeeperInit {
  readonly libp2p: Libp2p<HostServices>;
  readonly membership: Membership;
  readonly limits: NetworkLimits;
  readonly logger: NetworkLogger;
  readonly onPeer: (node: NodeId, state: 'up' | 'down') => void;
}

/**
 * Keeps one connection to every member for as long as it is a member. libp2p's own keep-alive gives up after five
 * tries (about 31 s); this one never does, it only slows down.
 *
 * Of two nodes that miss each other, the one with the lower peer id dials at once and the other a round later, so that
 * they do not cross.
 */
export class PeerKeeper {
  readonly #init: PeerKeeperInit;
  readonly #backoff = new Map<string, Backoff>();
  readonly #dialling = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #misses = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(init: PeerKeeperInit) {
    this.#init = init;
  }

  start(): void {
    const { libp2p } = this.#init;
    libp2p.addEventListener('peer:connect', this.#onConnect);
    libp2p.addEventListener('peer:disconnect', this.#onDisconnect);
    // Peers that dialled us while we were starting.
    for (const peer of libp2p.getPeers()) this.#welcome(peer);
    this.#timer = setInterval(this.tick, this.#init.limits.keepIntervalMs);
    this.#timer.unref();
    this.#heartbeat = setInterval(this.#beat, this.#init.limits.heartbeatMs);
    this.#heartbeat.unref();
    this.tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearInterval(this.#heartbeat);
    this.#stopping.abort();
    this.#init.libp2p.removeEventListener('peer:connect', this.#onConnect);
    this.#init.libp2p.removeEventListener('peer:disconnect', this.#onDisconnect);
  }

  /** One round: hang up strangers, dial the missing. */
  readonly tick = (): void => {
    const { libp2p, membership } = this.#init;
    for (const peer of libp2p.getPeers()) {
      if (membership.ofPeer(peer) === undefined) this.#hangUp(peer);
    }
    for (const member of membership.others()) {
      if (libp2p.getConnections(member.peer).length === 0) this.#consider(member);
    }
  };

  readonly #onConnect = (event: CustomEvent<PeerId>): void => this.#welcome(event.detail);

  readonly #onDisconnect = (event: CustomEvent<PeerId>): void => {
    const member = this.#init.membership.ofPeer(event.detail);
    if (member === undefined) return;
    this.#init.logger.info({ peer: member.key }, 'peer-down');
    this.#init.onPeer(member.node, 'down');
  };

  /** Finds peers that vanished without closing: TCP alone may take a quarter of an hour to notice. */
  readonly #beat = (): void => {
    const { libp2p, membership } = this.#init;
    for (const member of membership.others()) {
      if (libp2p.getConnections(member.peer).length > 0) void this.#ping(member);
    }
  };

  async #ping(member: KnownMember): Promise<void> {
    const { libp2p, limits, logger } = this.#init;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limits.heartbeatTimeoutMs)]);
    try {
      await libp2p.services.ping.ping(member.peer, { signal });
      this.#misses.delete(member.key);
    } catch {
      if (this.#stopping.signal.aborted) return;
      const misses = (this.#misses.get(member.key) ?? 0) + 1;
      this.#misses.set(member.key, misses);
      if (misses < limits.heartbeatMissesMax) return;
      logger.warn({ peer: member.key, misses }, 'peer-silent');
      this.#misses.delete(member.key);
      for (const connection of libp2p.getConnections(member.peer)) connection.abort(new Error('silent'));
    }
  }

  #welcome(peer: PeerId): void {
    const member = this.#init.membership.ofPeer(peer);
    if (member === undefined) {
      this.#hangUp(peer);
      return;
    }
    this.#backoff.delete(member.key);
    this.#init.logger.info({ peer: member.key }, 'peer-up');
    this.#init.onPeer(member.node, 'up');
  }

  #hangUp(peer: PeerId): void {
    this.#init.logger.warn({ peerId: peer.toString() }, 'non-member-hung-up');
    const signal = AbortSignal.timeout(this.#init.limits.dialTimeoutMs);
    this.#init.libp2p.hangUp(peer, { signal }).catch((error: unknown) => {
      this.#init.logger.debug({ peerId: peer.toString(), error: nameOf(error) }, 'hang-up-failed');
    });
  }

  #consider(member: KnownMember): void {
    if (this.#dialling.has(member.key)) return;
    const { limits, libp2p } = this.#init;
    const now = performance.now();
    const backoff = this.#backoff.get(member.key) ?? { attempts: 0, notBeforeMs: 0 };
    if (now < backoff.notBeforeMs) return;
    const isSecond = libp2p.peerId.toString() > member.peer.toString();
    if (backoff.attempts === 0 && isSecond) {
      this.#backoff.set(member.key, { attempts: 1, notBeforeMs: now + limits.keepIntervalMs });
      return;
    }
    const waitMs = Math.min(
      limits.keepBackoffMsMax,
      limits.keepIntervalMs * 2 ** Math.min(backoff.attempts, 16),
    );
    // Spread, so that peers that went down together do not come back in step.
    const spread = 0.75 + Math.random() / 2;
    this.#backoff.set(member.key, { attempts: backoff.attempts + 1, notBeforeMs: now + waitMs * spread });
    void this.#dial(member);
  }

  async #dial(member: KnownMember): Promise<void> {
    const { libp2p, limits, logger } = this.#init;
    this.#dialling.add(member.key);
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limits.dialTimeoutMs)]);
      await libp2p.peerStore.merge(member.peer, { multiaddrs: [...member.addresses] });
      await libp2p.dial(member.peer, { signal });
    } catch (error) {
      logger.debug({ peer: member.key, error: nameOf(error) }, 'dial-failed');
    } finally {
      this.#dialling.delete(member.key);
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
