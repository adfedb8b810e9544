/**
 * A signal that fires after a time, or with any of the given signals, until it is cleared. Unlike `AbortSignal.timeout`
 * it never fires for work that is done, and leaves no timer and no listener behind.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #others: readonly AbortSignal[];
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, others: readonly AbortSignal[] = []) {
    this.#others = others;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DOMException('time is over', 'TimeoutError'));
    }, timeoutMs);
    this.#timer.unref();
    for (const other of others) {
      if (other.aborted) this.#controller.abort(other.reason);
      else other.addEventListener('abort', this.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
    for (const other of this.#others) other.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (event: Event): void => {
    const { target } = event;
    this.#controller.abort(target instanceof AbortSignal ? target.reason : undefined);
  };
}
