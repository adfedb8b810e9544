/** Frames that wait for one peer: bounded in number and bytes, oldest dropped first. */
export class FrameQueue {
  readonly #framesMax: number;
  readonly #bytesMax: number;
  #frames: (Uint8Array | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(framesMax: number, bytesMax: number) {
    this.#framesMax = framesMax;
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#frames.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Frames dropped since the queue was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a frame and drops old ones until the bounds hold; a frame larger than the whole queue is dropped itself. */
  push(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
    while (this.length > this.#framesMax || this.#bytes > this.#bytesMax) {
      this.shift();
      this.#dropped += 1;
    }
  }

  shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= frame.byteLength;
    // Removing from the front one by one would move the rest each time.
    if (this.#head > 64 && this.#head * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
