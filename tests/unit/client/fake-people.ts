import { derivePersonKeys, sha256 } from '#crypto';
import type { Backend, PersonKeys } from '#crypto';
import type { Vault } from '#node/client';

/** The keys that come out of a name. */
export const personal = (backend: Backend, name: string): PersonKeys =>
  derivePersonKeys(backend, sha256(new TextEncoder().encode(name)));

/** How a client of this network is made. */
export interface FakeClientOptions {
  vault?: Vault;
  members?: string;
  now?: () => number;
}
