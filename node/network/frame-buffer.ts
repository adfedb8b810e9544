import { NetworkError } from './network-error.ts';

const LENGTH_BYTES = 4;
const CAPACITY_BYTES_MIN = 4096;
/** A larger buffer is given back once it is empty. */
const CAPACITY_BYTES_KEPT = 256 * 1024;

/**
 * Bytes as they come in, frames as they go out: a frame is a 4-byte big-endian length and that many bytes.
 *
 * Chunks are copied into one buffer that grows with what has arrived, never with what a header promises: tiny chunks
 * would otherwise each keep alive the socket buffer that they came in.
 */
export class FrameBuffer {
  readonly #frameBytesMax: number;
  #bytes = new Uint8Array(CAPACITY_BYTES_MIN);
  #start = 0;
  #end = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Bytes held. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    this.#reserve(chunk.byteLength);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /** @throws NetworkError `frame-too-large` when the header at the front promises more than allowed */
  hasFrame(): boolean {
    const length = this.#frameLength();
    return length !== undefined && this.byteLength >= LENGTH_BYTES + length;
  }

  /** A copy of the frame at the front, taken out; undefined while it is incomplete. @throws NetworkError `frame-too-large` */
  take(): Uint8Array | undefined {
    const length = this.#frameLength();
    if (length === undefined || this.byteLength < LENGTH_BYTES + length) return undefined;
    const from = this.#start + LENGTH_BYTES;
    const frame = this.#bytes.slice(from, from + length);
    this.#start = from + length;
    if (this.#start === this.#end) this.clear();
    return frame;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.byteLength > CAPACITY_BYTES_KEPT) this.#bytes = new Uint8Array(CAPACITY_BYTES_MIN);
  }

  #frameLength(): number | undefined {
    if (this.byteLength < LENGTH_BYTES) return undefined;
    const bytes = new DataView(this.#bytes.buffer).getUint32(this.#start);
    if (bytes <= this.#frameBytesMax) return bytes;
    throw new NetworkError('frame-too-large', { facts: { bytes, bytesMax: this.#frameBytesMax } });
  }

  #reserve(extra: number): void {
    if (this.#end + extra <= this.#bytes.byteLength) return;
    const held = this.byteLength;
    const isRoomy = held + extra <= this.#bytes.byteLength / 2;
    const target = isRoomy ? this.#bytes : new Uint8Array(Math.max(this.#bytes.byteLength * 2, held + extra));
    target.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = target;
    this.#start = 0;
    this.#end = held;
  }
}

/** The frame around `payload`. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_BYTES + payload.byteLength);
  new DataView(frame.buffer).setUint32(0, payload.byteLength);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}
