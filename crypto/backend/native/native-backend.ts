import type { Backend } from '../backend.ts';
import { systemRandom } from '../random.ts';
import { nodeBodies } from './node-bodies.ts';
import { createLibsodiumGroup } from './libsodium-group.ts';
import { sodiumSignatures } from './sodium-signatures.ts';

/**
 * For Node only (SCHEME 1, the same bytes as `nobleBackend`): libsodium for the group (WebAssembly) and for
 * signatures (native addon), OpenSSL for bodies. Throws when a module does not load.
 */
export async function createNativeBackend(): Promise<Backend> {
  const group = await createLibsodiumGroup();
  return { name: 'native', group, signatures: sodiumSignatures, bodies: nodeBodies, random: systemRandom };
}
