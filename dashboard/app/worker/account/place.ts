import { fromBase64Url, fromHex, nobleBackend } from '#crypto';
import { decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { genesisSchema } from '#node/client';
import type { AccountNode } from '#node/client';
import { askNode, statusOf } from './node-status.ts';

/** The node that serves this page, and the network that it belongs to. */
export interface Place extends AccountNode {
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
}

let known: Place | undefined;

/**
 * Asked once for the life of the worker. The genesis comes from the node that also serves this code: whoever wants
 * to check that node itself compares its chain id with a genesis file from elsewhere.
 */
export async function placeOf(signal: AbortSignal): Promise<Place> {
  if (known !== undefined) return known;
  const status = await statusOf(signal);
  const genesisBytes = fromBase64Url(genesisSchema.parse(await askNode('/genesis', signal)).genesis);
  known = {
    baseUrl: globalThis.location.origin,
    backend: nobleBackend,
    genesisBytes,
    genesis: decodeGenesis(genesisBytes),
    chainId: fromHex(status.chainId),
    nodeId: fromHex(status.node),
  };
  return known;
}
