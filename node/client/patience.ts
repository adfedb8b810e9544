import { ClientError } from './client-error.ts';
import type { CallOptions } from './deadline.ts';

const PAUSE_MS_FIRST = 250;
const PAUSE_MS_MAX = 5_000;

/** Refusals of a node that are about this moment, not about the request. */
const PASSING: ReadonlySet<string> = new Set([
  'rate-limited',
  'no-quorum',
  'not-committed-in-time',
  'mempool-full',
  'not-enough-holders',
  'block-unavailable',
  'unavailable',
  'sessions-full',
]);

/** Whether waiting can help: the node is away, busy, or alone. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  if (error.code === 'unreachable' || error.code === 'timed-out') return true;
  return error.api !== undefined && PASSING.has(error.api.code);
}

/**
 * Does it again, with growing pauses, as long as it fails in a way that passes, and `options.patienceMs` lasts.
 * @throws what it threw last; ClientError `aborted`
 */
export async function patiently<T>(
  options: CallOptions,
  run: () => Promise<T>,
  passes: (error: unknown) => boolean = isPassing,
): Promise<T> {
  const { patienceMs = 0, signal, onProgress } = options;
  let sinceMs: number | undefined;
  for (let pauseMs = PAUSE_MS_FIRST; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
    try {
      return await run();
    } catch (error) {
      if (patienceMs === 0 || !passes(error)) throw error;
      const nowMs = performance.now();
      sinceMs ??= nowMs;
      const waitedMs = nowMs - sinceMs;
      if (waitedMs > patienceMs) throw error;
      onProgress?.({
        what: 'waiting',
        done: Math.round(waitedMs / 1000),
        total: Math.round(patienceMs / 1000),
      });
      await pause(Math.max(pauseMs, retryAfterMsOf(error)), signal);
    }
  }
}

function retryAfterMsOf(error: unknown): number {
  const asked = error instanceof ClientError ? error.api?.facts?.['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? Math.min(60_000, Math.max(0, asked)) : 0;
}

/** @throws ClientError `aborted` */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw new ClientError('aborted');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = (): void => reject(new ClientError('aborted'));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
