import { DOMAIN, derivePersonKeys, hash, toHex, utf8 } from '#crypto';
import type { Backend, PersonKeys } from '#crypto';

/**
 * Keys of a development network. They are computed from a seed that everybody may know: DEV ONLY. A node without
 * `devnet: true` refuses them.
 */
export function nodeRootOf(seed: string, node: string): Uint8Array {
  return hash(DOMAIN.devnet, utf8('node'), utf8(seed), utf8(node));
}

export function personRootOf(seed: string, person: string): Uint8Array {
  return hash(DOMAIN.devnet, utf8('person'), utf8(seed), utf8(person));
}

export function personKeysOf(backend: Backend, seed: string, person: string): PersonKeys {
  return derivePersonKeys(backend, personRootOf(seed, person));
}

/** The passphrase of a seeded person: DEV ONLY, it stands in the terminal. */
export function passphraseOf(seed: string, person: string): string {
  const text = toHex(hash(DOMAIN.devnet, utf8('passphrase'), utf8(seed), utf8(person)));
  return `${person}-${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8, 12)}`;
}
