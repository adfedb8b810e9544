import { DOMAIN, encode, personIdOf, signTagged, verifyTagged } from '#crypto';
import type { Backend, PublicKeys } from '#crypto';

function keyChangeBytes(chainId: Uint8Array, person: Uint8Array, keys: PublicKeys): Uint8Array {
  return encode([chainId, person, personIdOf(keys)]);
}

/** What shows that whoever holds the new keys wants them to be this person's: 64 bytes, under DOMAIN.keyChange. */
export function signKeyChange(
  backend: Backend,
  chainId: Uint8Array,
  person: Uint8Array,
  keys: PublicKeys,
  newSecretKey: Uint8Array,
): Uint8Array {
  return signTagged(backend, DOMAIN.keyChange, keyChangeBytes(chainId, person, keys), newSecretKey);
}

/** The counterpart of `signKeyChange`. Never throws. */
export function verifyKeyChange(
  backend: Backend,
  chainId: Uint8Array,
  person: Uint8Array,
  keys: PublicKeys,
  signature: Uint8Array,
): boolean {
  return verifyTagged(backend, DOMAIN.keyChange, keyChangeBytes(chainId, person, keys), signature, keys.sign);
}
