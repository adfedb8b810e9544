import type { Libp2p, Stream } from '@libp2p/interface';
import { FrameQueue } from './frame-queue.ts';
import { FrameStream } from './frame-stream.ts';
import type { KnownMember } from './membership.ts';
import type { NetworkLimits } from './network-limits.ts';
import type { DirectBacklog, NetworkLogger } from './network.ts';

export const DIRECT_PROTOCOL = '/phr/consensus/1.0.0';
const REOPEN_MS = 200;

export interface DirectChannelInit {
  readonly libp2p: Libp2p;
  readonly member: KnownMember;
  readonly limits: NetworkLimits;
  readonly logger: NetworkLogger;
  readonly stopping: AbortSignal;
}

/** The outgoing half of the direct link to one member: a bounded queue and one long-lived stream that drains it. */
export class DirectChannel {
  readonly #init: DirectChannelInit;
  readonly #queue: FrameQueue;
  #frames: FrameStream | undefined;
  #pumping = false;
  #reopenTimer: NodeJS.Timeout | undefined;

  constructor(init: DirectChannelInit) {
    this.#init = init;
    this.#queue = new FrameQueue(init.limits.directQueueFramesMax, init.limits.directQueueBytesMax);
  }

  get backlog(): DirectBacklog {
    return { frames: this.#queue.length, bytes: this.#queue.bytes, dropped: this.#queue.dropped };
  }

  push(frame: Uint8Array): void {
    this.#queue.push(frame);
    this.kick();
  }

  /** Starts sending if there is something to send and a connection to send it on. */
  readonly kick = (): void => {
    const { libp2p, member, stopping } = this.#init;
    if (this.#pumping || stopping.aborted || this.#queue.length === 0) return;
    if (libp2p.getConnections(member.peer).length === 0) return;
    this.#pumping = true;
    clearTimeout(this.#reopenTimer);
    this.#pump().then(
      () => {
        this.#pumping = false;
        this.kick();
      },
      () => this.#reopenLater(),
    );
  };

  /** Drops the stream: the connection under it is gone. What is queued waits for the next one. */
  reset(): void {
    this.#frames?.abort();
    this.#frames = undefined;
  }

  stop(): void {
    clearTimeout(this.#reopenTimer);
    this.reset();
    this.#queue.clear();
  }

  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      this.#frames ??= await this.#open();
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      await this.#frames.write(frame, this.#stallSignal());
    }
  }

  async #open(): Promise<FrameStream> {
    const { libp2p, member } = this.#init;
    const stream: Stream = await libp2p.dialProtocol(member.peer, DIRECT_PROTOCOL, {
      signal: this.#stallSignal(),
    });
    // Nothing is ever read on this half.
    return new FrameStream(stream, 0);
  }

  #reopenLater(): void {
    const { member, logger, stopping } = this.#init;
    this.#pumping = false;
    this.reset();
    if (stopping.aborted) return;
    logger.debug({ peer: member.key, waiting: this.#queue.length }, 'direct-stream-lost');
    this.#reopenTimer = setTimeout(this.kick, REOPEN_MS);
    this.#reopenTimer.unref();
  }

  #stallSignal(): AbortSignal {
    return AbortSignal.any([this.#init.stopping, AbortSignal.timeout(this.#init.limits.directStallMs)]);
  }
}
