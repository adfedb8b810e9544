import type { ServerResponse } from 'node:http';
import { toHex } from '#crypto';
import { blockEventSchema, statusSchema } from '#node/client';
import type { BlockEvent } from '#node/client';
import type { NodeServices, ServiceEvent } from '#node/services';
import { describeFailure, HttpError } from './api/errors.ts';
import type { Clock, DashboardLimits, Logger } from './options.ts';

/** A viewer that has heard nothing for longer than two of these may say that the connection is lost. */
export const HEARTBEAT_MS = 5_000;
/** How soon a change of status that no event announced reaches the viewers. */
export const STATUS_POLL_MS = 1_000;
export const RECENT_BLOCKS_MAX = 20;
/** A viewer that lets this many bytes pile up unread is cut off; its browser comes back by itself. */
export const STREAM_BACKLOG_BYTES_MAX = 256 * 1024;

interface Viewer {
  response: ServerResponse;
  address: string;
  /** The session that it was opened with. */
  session: string | undefined;
}

const SESSION_ENDED = frame('session', JSON.stringify({ state: 'ended' }));
/** A suspension, or another key: nothing of this person's is for whoever sits before the window. */
const SESSION_CLOSED = frame('session', JSON.stringify({ state: 'closed' }));

/**
 * Live views by server-sent events: `block`, `status`, `peer` and `session`.
 *
 * A new viewer gets the status and the recent blocks at once. A status at least every HEARTBEAT_MS is the
 * heartbeat. Number of viewers, per address and altogether, and what may lie unread for each are bounded.
 */
export class EventHub {
  readonly #services: NodeServices;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: Pick<DashboardLimits, 'streamsMax' | 'streamsPerAddressMax'>;
  readonly #viewers = new Set<Viewer>();
  #recent: BlockEvent[] = [];
  #lastStatus = '';
  #lastStatusAtMs = 0;
  #cancelPoll: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(init: {
    services: NodeServices;
    clock: Clock;
    logger: Logger;
    limits: Pick<DashboardLimits, 'streamsMax' | 'streamsPerAddressMax'>;
  }) {
    this.#services = init.services;
    this.#clock = init.clock;
    this.#logger = init.logger;
    this.#limits = init.limits;
  }

  start(): void {
    this.#unsubscribe = this.#services.onEvent((event) => this.#onEvent(event));
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
    for (const viewer of this.#viewers) viewer.response.end();
    this.#viewers.clear();
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * Turns a response into a live view.
   *
   * @param init.afterHeight newest block that the viewer knows already (Last-Event-ID)
   * @param init.session the live session that it came with, or that the one it came with is over: told at once
   * @throws HttpError `streams-full`
   */
  attach(
    response: ServerResponse,
    init: { address: string; afterHeight: number; session?: { id: string } | 'ended' | undefined },
  ): void {
    const fromAddress = [...this.#viewers].filter(({ address }) => address === init.address).length;
    if (this.#viewers.size >= this.#limits.streamsMax || fromAddress >= this.#limits.streamsPerAddressMax) {
      throw new HttpError('streams-full', {}, { 'Retry-After': '10' });
    }
    // Before the first byte goes out: when the node can not say its status, the viewer gets an error instead.
    const first = [
      `retry: 2000\n\n`,
      frame('status', JSON.stringify(statusSchema.parse(this.#services.status()))),
    ];
    for (const block of this.#recent) if (block.height > init.afterHeight) first.push(blockFrame(block));
    if (init.session === 'ended') first.push(SESSION_ENDED);
    const session = typeof init.session === 'object' ? init.session.id : undefined;
    const viewer: Viewer = { response, address: init.address, session };
    this.#viewers.add(viewer);
    response.once('close', () => this.#drop(viewer));
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'X-Accel-Buffering': 'no',
    });
    this.#send(viewer, first.join(''));
    this.#cancelPoll ??= this.#clock.setTimeout(() => this.#poll(), STATUS_POLL_MS);
  }

  /** Tells the views that were opened with a session that it is over; they stay open, for what is public. */
  sessionEnded(id: string, isClosed: boolean): void {
    for (const viewer of this.#viewers) {
      if (viewer.session !== id) continue;
      viewer.session = undefined;
      this.#send(viewer, isClosed ? SESSION_CLOSED : SESSION_ENDED);
    }
  }

  /** The views of a session go on with the one that took its place. */
  sessionReplaced(id: string, next: string): void {
    for (const viewer of this.#viewers) if (viewer.session === id) viewer.session = next;
  }

  #onEvent(event: ServiceEvent): void {
    try {
      switch (event.kind) {
        case 'block':
          this.#recent = [...this.#recent, blockEventSchema.parse(event.block)].slice(-RECENT_BLOCKS_MAX);
          this.#broadcast(blockFrame(event.block));
          return;
        case 'status':
          this.#broadcastStatus(JSON.stringify(statusSchema.parse(event.status)));
          return;
        case 'peer':
          this.#broadcast(frame('peer', JSON.stringify({ node: toHex(event.node), state: event.state })));
          return;
      }
    } catch (error) {
      this.#logger.error({ kind: event.kind, ...describeFailure(error) }, 'event-not-sent');
    }
  }

  /** Runs only while somebody looks. */
  #poll(): void {
    if (this.#viewers.size === 0) {
      this.#cancelPoll = undefined;
      return;
    }
    this.#cancelPoll = this.#clock.setTimeout(() => this.#poll(), STATUS_POLL_MS);
    try {
      const status = JSON.stringify(statusSchema.parse(this.#services.status()));
      const isDue = this.#clock.now() - this.#lastStatusAtMs >= HEARTBEAT_MS;
      if (isDue || status !== this.#lastStatus) this.#broadcastStatus(status);
    } catch (error) {
      this.#logger.error({ kind: 'status', ...describeFailure(error) }, 'event-not-sent');
    }
  }

  #broadcastStatus(status: string): void {
    this.#lastStatus = status;
    this.#lastStatusAtMs = this.#clock.now();
    this.#broadcast(frame('status', status));
  }

  #broadcast(text: string): void {
    for (const viewer of this.#viewers) this.#send(viewer, text);
  }

  #send(viewer: Viewer, text: string): void {
    if (viewer.response.writableLength + text.length > STREAM_BACKLOG_BYTES_MAX) {
      this.#drop(viewer);
      viewer.response.destroy();
      return;
    }
    viewer.response.write(text);
  }

  #drop(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }
}

function blockFrame(block: BlockEvent): string {
  return `id: ${block.height}\n${frame('block', JSON.stringify(block))}`;
}

function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
