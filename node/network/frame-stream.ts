import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { encodeFrame, FrameBuffer } from './frame-buffer.ts';
import { NetworkError } from './network-error.ts';

interface Waiting {
  readonly resolve: (frame: Uint8Array | undefined) => void;
  readonly reject: (error: NetworkError) => void;
}

/**
 * Frames over a libp2p stream, for one reader and one writer at a time.
 *
 * libp2p's own readers take in whatever arrives and reset the stream on overflow. This one pauses the stream once a
 * frame is complete, so that a fast sender is held back by the muxer's window, and at most one frame and one window
 * are in memory.
 */
export class FrameStream {
  readonly #stream: Stream;
  readonly #buffer: FrameBuffer;
  #waiting: Waiting | undefined;
  #failure: NetworkError | undefined;

  /** @param readBytesMax longest frame accepted from the peer, in bytes */
  constructor(stream: Stream, readBytesMax: number) {
    this.#stream = stream;
    this.#buffer = new FrameBuffer(readBytesMax);
    if (isDropped(stream)) this.#failure = new NetworkError('stream-closed');
    stream.addEventListener('message', this.#onMessage);
    stream.addEventListener('remoteCloseWrite', this.#deliver);
    stream.addEventListener('close', this.#onClose);
  }

  /** Bytes received and not yet read: what a fast sender makes this side hold. */
  get bufferedBytes(): number {
    return this.#buffer.byteLength + this.#stream.readBufferLength;
  }

  /**
   * The next frame, or undefined when the peer ended its side between two frames.
   * @throws NetworkError `frame-too-large` (the stream is dropped) | `stream-closed` | `aborted` | `timeout`
   */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (signal.aborted) throw abortCause(signal);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>();
    const onAbort = (): void => reject(abortCause(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting = { resolve, reject };
    try {
      this.#deliver();
      if (this.#waiting !== undefined) this.#resume();
      return await promise;
    } finally {
      this.#waiting = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Resolves when the frame has left the stream for the muxer: a peer that reads slowly makes the writer wait.
   * @throws NetworkError `stream-closed` | `aborted` | `timeout`
   */
  async write(payload: Uint8Array, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortCause(signal);
    try {
      this.#stream.send(encodeFrame(payload));
    } catch (error) {
      throw new NetworkError('stream-closed', { cause: error });
    }
    // "drain" means that some bytes may go, and may come long before the last of them has gone.
    while (this.#stream.writeBufferLength > 0) {
      if (isDropped(this.#stream)) break;
      await this.#progress(signal);
    }
    if (isDropped(this.#stream)) throw new NetworkError('stream-closed');
  }

  /** Ends our side; the peer may still send. Never throws: a stream that does not end in time is dropped. */
  async close(signal: AbortSignal): Promise<void> {
    try {
      await this.#stream.close({ signal });
    } catch {
      this.abort();
    }
  }

  /** Drops the stream and all it holds. */
  abort(): void {
    this.#fail(new NetworkError('stream-closed'));
    this.#stream.abort(new Error('dropped'));
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (this.#failure !== undefined) return;
    if (event.data instanceof Uint8Array) this.#buffer.append(event.data);
    else for (const chunk of event.data) this.#buffer.append(chunk);
    this.#deliver();
  };

  readonly #onClose = (event: StreamCloseEvent): void => {
    // First: a stream that was reset also looks as if it had ended well.
    if (event.error !== undefined)
      this.#failure ??= new NetworkError('stream-closed', { cause: event.error });
    this.#deliver();
  };

  /** Hands the reader what there is, or holds the sender back when nobody reads. */
  readonly #deliver = (): void => {
    try {
      if (this.#waiting === undefined) {
        if (this.#buffer.hasFrame()) this.#pause();
        return;
      }
      const frame = this.#buffer.take();
      if (frame !== undefined) this.#settle((waiting) => waiting.resolve(frame));
      else if (this.#failure !== undefined) this.#fail(this.#failure);
      else if (this.#isEnded()) this.#end();
    } catch (error) {
      this.#fail(error instanceof NetworkError ? error : new NetworkError('stream-closed', { cause: error }));
      this.#stream.abort(new Error('bad frame'));
    }
  };

  #isEnded(): boolean {
    return this.#stream.remoteWriteStatus !== 'writable' && this.#stream.readBufferLength === 0;
  }

  #end(): void {
    if (this.#buffer.byteLength === 0) this.#settle((waiting) => waiting.resolve(undefined));
    else this.#fail(new NetworkError('stream-closed'));
  }

  #fail(error: NetworkError): void {
    this.#failure ??= error;
    this.#settle((waiting) => waiting.reject(error));
  }

  #settle(outcome: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) outcome(waiting);
  }

  #pause(): void {
    if (this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  #resume(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume();
  }

  async #progress(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortCause(signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onProgress = (): void => resolve();
    const onAbort = (): void => reject(abortCause(signal));
    for (const event of PROGRESS_EVENTS) this.#stream.addEventListener(event, onProgress);
    signal.addEventListener('abort', onAbort);
    try {
      await promise;
    } finally {
      for (const event of PROGRESS_EVENTS) this.#stream.removeEventListener(event, onProgress);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

const PROGRESS_EVENTS = ['drain', 'idle', 'close'] as const;

function isDropped(stream: Stream): boolean {
  return stream.status === 'aborted' || stream.status === 'reset';
}

/** Why a signal fired: `timeout` for `AbortSignal.timeout`, else `aborted`. */
export function abortCause(signal: AbortSignal): NetworkError {
  const reason: unknown = signal.reason;
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  return new NetworkError(isTimeout ? 'timeout' : 'aborted');
}
