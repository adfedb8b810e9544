import { setTimeout as delay } from 'node:timers/promises';

export const POLL_MS = 50;

/**
 * Asks until the answer is there or the deadline comes.
 *
 * @param ask returns undefined for "not yet"
 * @returns the answer, or undefined after `timeoutMs`
 */
export async function poll<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | undefined> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
