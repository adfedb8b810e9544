import { API_PREFIX, statusSchema } from '#node/client';
import type { NodeStatus } from '#node/client';

const STATUS_BYTES_MAX = 256 * 1024;

/** Why a node gave no usable status. */
export type StatusFailure = 'not-reachable' | 'not-a-node' | 'timeout';

export type StatusAnswer = { ok: true; status: NodeStatus } | { ok: false; reason: StatusFailure };

/**
 * Asks a node for its status once.
 *
 * @param apiUrl e.g. `http://127.0.0.1:7401`
 * @returns the checked status, or why there is none; never throws
 */
export async function readStatus(
  apiUrl: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<StatusAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${apiUrl}${API_PREFIX}/status`, {
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      redirect: 'error',
    });
    const text = await response.text();
    if (!response.ok || text.length > STATUS_BYTES_MAX) return { ok: false, reason: 'not-a-node' };
    const parsed = statusSchema.safeParse(JSON.parse(text));
    return parsed.success ? { ok: true, status: parsed.data } : { ok: false, reason: 'not-a-node' };
  } catch (error) {
    if (limit.aborted) return { ok: false, reason: 'timeout' };
    return { ok: false, reason: error instanceof SyntaxError ? 'not-a-node' : 'not-reachable' };
  }
}
