import { fromBase64Url, fromHex, nobleBackend } from '#crypto';
import { decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { genesisSchema, statusSchema } from '#node/client';
import type { AccountNode, NodeStatus } from '#node/client';

/** The node that serves this page, and the network that it belongs to. */
export interface Place extends AccountNode {
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  readonly status: NodeStatus;
}

let known: Place | undefined;

/**
 * Asked once for the life of the worker. The genesis comes from the node that also serves this code: whoever wants
 * to check that node itself compares its chain id with a genesis file from elsewhere.
 */
export async function placeOf(signal: AbortSignal): Promise<Place> {
  if (known !== undefined) return known;
  const baseUrl = globalThis.location.origin;
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${baseUrl}/api/v1${path}`, { signal, cache: 'no-store' });
    return response.json();
  };
  const status = statusSchema.parse(await ask('/status'));
  const genesisBytes = fromBase64Url(genesisSchema.parse(await ask('/genesis')).genesis);
  known = {
    baseUrl,
    backend: nobleBackend,
    genesisBytes,
    genesis: decodeGenesis(genesisBytes),
    status,
    chainId: fromHex(status.chainId),
    nodeId: fromHex(status.node),
  };
  return known;
}
