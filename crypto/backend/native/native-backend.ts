import { useSha256 } from '../../digest.ts';
import type { Backend } from '../backend.ts';
import { systemRandom } from '../random.ts';
import { nodeBodies } from './node-bodies.ts';
import { nodeSha256 } from './node-digest.ts';
import { createLibsodiumGroup } from './libsodium-group.ts';
import { sodiumSignatures } from './sodium-signatures.ts';

/**
 * For Node only (SCHEME 1, the same bytes as `nobleBackend`): libsodium for the group (WebAssembly) and for
 * signatures (native addon), OpenSSL for bodies and, for the whole process, for every SHA-256. Throws when a module does not
 * load.
 */
export async function createNativeBackend(): Promise<Backend> {
  const group = await createLibsodiumGroup();
  useSha256(nodeSha256);
  return { name: 'native', group, signatures: sodiumSignatures, bodies: nodeBodies, random: systemRandom };
}
