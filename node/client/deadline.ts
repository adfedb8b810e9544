import { ClientError } from './client-error.ts';

/** Long enough for a committed block with one dead proposer, short enough that nobody stares at a blank screen. */
export const CALL_TIMEOUT_MS = 30_000;

/** One step of a long work: `done` of `total` units of `what`. */
export interface Progress {
  readonly what: 'sealed' | 'stored' | 'anchored' | 'searched' | 'opened' | 'read' | 'waiting';
  readonly done: number;
  readonly total: number;
}

/** Common to every call that waits on the network. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Limit of each request to the node, not of the whole work. Default CALL_TIMEOUT_MS. */
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * How long a request that fails in a way that passes (the node is away, the network cannot agree just now) is sent
   * again, counted from its first failure. Every request means the same when it comes twice. Default: not at all.
   */
  readonly patienceMs?: number;
}

/** The caller's signal and the time limit in one. */
export function deadline(options: CallOptions): AbortSignal {
  const limit = AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS);
  return options.signal ? AbortSignal.any([options.signal, limit]) : limit;
}

/** Throws `aborted` when the caller has ended the work. */
export function checkAborted(options: CallOptions): void {
  if (options.signal?.aborted) throw new ClientError('aborted');
}

/** What an aborted or failed fetch means for the caller. */
export function networkError(cause: unknown, options: CallOptions, signal: AbortSignal): ClientError {
  if (options.signal?.aborted) return new ClientError('aborted', {}, { cause });
  if (signal.aborted)
    return new ClientError('timed-out', { timeoutMs: options.timeoutMs ?? CALL_TIMEOUT_MS }, { cause });
  return new ClientError('unreachable', {}, { cause });
}
