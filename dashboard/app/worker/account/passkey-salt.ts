import { fromHex, passkeySalt } from '#crypto';
import { statusOf } from './node-status.ts';

/** What a passkey of this node is asked with, 32 bytes. Apart from the sign-in: a browser lets a click wait only so long. */
export async function saltOf(signal: AbortSignal): Promise<Uint8Array> {
  const { chainId, node } = await statusOf(signal);
  return passkeySalt({ chainId: fromHex(chainId), nodeId: fromHex(node) });
}
