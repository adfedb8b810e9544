import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { Deadline } from './deadline.ts';
import { abortCause, FrameStream } from './frame-stream.ts';
import type { KnownMember, Membership } from './membership.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkLimits } from './network-limits.ts';
import type {
  HandleOptions,
  NetworkLogger,
  NodeId,
  ProtocolId,
  RequestHandler,
  RequestOptions,
} from './network.ts';
import { RequestSlots } from './request-slots.ts';

/** First byte of an answer: what follows is the answer itself, or the code of an error. */
const STATUS = { ok: 0, failed: 1, busy: 2 } as const;
const CODE = /^[a-z0-9-]{1,64}$/;
const STREAMS_PER_CONNECTION_MAX = 256;

interface Served {
  readonly protocol: ProtocolId;
  readonly handler: RequestHandler;
  readonly options: HandleOptions;
  readonly slots: RequestSlots;
}

/** Requests and answers, one stream each, with caps on size, time and number. */
export class Requests {
  readonly #membership: Membership;
  readonly #limits: NetworkLimits;
  readonly #logger: NetworkLogger;
  readonly #served = new Map<ProtocolId, Served>();
  readonly #stopping = new AbortController();
  #libp2p: Libp2p | undefined;

  constructor(init: { membership: Membership; limits: NetworkLimits; logger: NetworkLogger }) {
    this.#membership = init.membership;
    this.#limits = init.limits;
    this.#logger = init.logger;
  }

  async start(libp2p: Libp2p): Promise<void> {
    this.#libp2p = libp2p;
    for (const served of this.#served.values()) await this.#register(libp2p, served);
  }

  stop(): void {
    this.#stopping.abort();
    this.#libp2p = undefined;
  }

  handle(protocol: ProtocolId, handler: RequestHandler, options: HandleOptions): void {
    if (this.#served.has(protocol)) throw new NetworkError('protocol-taken', { facts: { protocol } });
    const served = { protocol, handler, options, slots: new RequestSlots(options.concurrentMax) };
    this.#served.set(protocol, served);
    if (this.#libp2p === undefined) return;
    this.#register(this.#libp2p, served).catch((error: unknown) => {
      this.#logger.error({ protocol, error: nameOf(error) }, 'protocol-not-registered');
    });
  }

  async request(
    to: NodeId,
    protocol: ProtocolId,
    bytes: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    if (this.#libp2p === undefined) throw new NetworkError('not-started');
    const member = this.#membership.ofNode(to);
    if (member === undefined) throw new NetworkError('unknown-peer');
    const deadline = this.#deadline(options.timeoutMs, options.signal);
    try {
      return await this.#exchange(
        this.#libp2p,
        member,
        { protocol, bytes, bytesMax: options.bytesMax },
        deadline.signal,
      );
    } finally {
      deadline.clear();
    }
  }

  async #exchange(
    libp2p: Libp2p,
    member: KnownMember,
    request: { protocol: string; bytes: Uint8Array; bytesMax: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (signal.aborted) throw abortCause(signal);
    const frames = new FrameStream(
      await this.#open(libp2p, member, request.protocol, signal),
      request.bytesMax + 1,
    );
    try {
      // The answer may come before all of the request is sent: a peer that is busy reads none of it.
      frames.write(request.bytes, signal).catch(() => undefined);
      const answer = await frames.read(signal);
      if (answer === undefined) throw new NetworkError('stream-closed');
      return unwrapAnswer(answer);
    } catch (error) {
      frames.abort();
      throw error;
    } finally {
      void frames.close(AbortSignal.timeout(this.#limits.dialTimeoutMs));
    }
  }

  async #open(libp2p: Libp2p, member: KnownMember, protocol: string, signal: AbortSignal): Promise<Stream> {
    try {
      return await libp2p.dialProtocol(member.peer, protocol, {
        signal,
        maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
      });
    } catch (error) {
      if (signal.aborted) throw abortCause(signal);
      const isRefused = error instanceof Error && error.name === 'UnsupportedProtocolError';
      throw new NetworkError(isRefused ? 'refused' : 'not-connected', { cause: error });
    }
  }

  async #register(libp2p: Libp2p, served: Served): Promise<void> {
    await libp2p.handle(served.protocol, (stream, connection) => this.#serve(served, stream, connection), {
      maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
      maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
    });
  }

  async #serve(served: Served, stream: Stream, connection: Connection): Promise<void> {
    const frames = new FrameStream(stream, served.options.requestBytesMax);
    const member = this.#membership.ofPeer(connection.remotePeer);
    if (member === undefined) {
      frames.abort();
      return;
    }
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    stream.addEventListener('close', onClose);
    const deadline = this.#deadline(served.options.timeoutMs, gone.signal);
    try {
      const answer = await this.#answer(served, member, frames, deadline.signal);
      await frames.write(answer, deadline.signal);
      await frames.close(deadline.signal);
    } catch (error) {
      this.#logger.debug(
        { protocol: served.protocol, peer: member.key, error: codeOf(error) },
        'request-dropped',
      );
      frames.abort();
    } finally {
      stream.removeEventListener('close', onClose);
      deadline.clear();
    }
  }

  /** The answer frame. Throws only when there is nobody left to answer. */
  async #answer(
    served: Served,
    member: KnownMember,
    frames: FrameStream,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const release = served.slots.take(member.key);
    if (release === undefined) return new Uint8Array([STATUS.busy]);
    let working: Promise<Uint8Array> | undefined;
    try {
      const request = await frames.read(signal);
      if (request === undefined) throw new NetworkError('stream-closed');
      working = served.handler(member.node, request, signal);
      const answer = await untilAborted(working, signal);
      const bytesMax = served.options.responseBytesMax ?? this.#limits.responseBytesMax;
      if (answer.byteLength > bytesMax) return failure('answer-too-large');
      return prefixed(STATUS.ok, answer);
    } catch (error) {
      this.#logger.debug(
        { protocol: served.protocol, peer: member.key, error: codeOf(error) },
        'request-failed',
      );
      if (working === undefined) throw error;
      return failure(codeOf(error));
    } finally {
      // A handler that ignores its signal keeps its slot until it really ends: the bound is on work, not on patience.
      if (working === undefined) release();
      else void working.then(release, release);
    }
  }

  #deadline(timeoutMs: number | undefined, other: AbortSignal | undefined): Deadline {
    const others = other === undefined ? [] : [other];
    return new Deadline(timeoutMs ?? this.#limits.requestTimeoutMs, [this.#stopping.signal, ...others]);
  }
}

function unwrapAnswer(answer: Uint8Array): Uint8Array {
  const status = answer[0];
  if (status === STATUS.ok) return answer.subarray(1);
  if (status === STATUS.busy) throw new NetworkError('busy');
  if (status !== STATUS.failed) throw new NetworkError('malformed');
  const claimed = Buffer.from(answer.subarray(1, 65)).toString('latin1');
  throw new NetworkError('remote-failed', { remoteCode: CODE.test(claimed) ? claimed : undefined });
}

function failure(code: string): Uint8Array {
  return prefixed(STATUS.failed, Buffer.from(code, 'latin1'));
}

function prefixed(status: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + payload.byteLength);
  frame[0] = status;
  frame.set(payload, 1);
  return frame;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw abortCause(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortCause(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The stable code of an error of ours; any other error is `internal`, so that no text leaves the node. */
function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : 'internal';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
