import { statusSchema } from '#node/client';
import type { NodeStatus } from '#node/client';

let known: NodeStatus | undefined;

/** An answer of the node that serves this page, in the shape that it has not been checked for. */
export async function askNode(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(`${globalThis.location.origin}/api/v1${path}`, { signal, cache: 'no-store' });
  return response.json();
}

/** What the node says of itself and its network: asked once for the life of the worker, its word, not proven. */
export async function statusOf(signal: AbortSignal): Promise<NodeStatus> {
  known ??= statusSchema.parse(await askNode('/status', signal));
  return known;
}
