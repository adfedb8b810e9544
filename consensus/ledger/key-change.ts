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

function deviceConsentBytes(chainId: Uint8Array, patient: Uint8Array, keys: PublicKeys): Uint8Array {
  return encode([chainId, patient, personIdOf(keys)]);
}

/**
 * What shows that a device wants to be this patient's: 64 bytes, under DOMAIN.deviceConsent. Keys and their proof of
 * possession can be copied out of anybody's transaction; without this a patient could take the id of somebody who is
 * about to register, or the keys of a recovery that is under way.
 */
export function signDeviceConsent(
  backend: Backend,
  chainId: Uint8Array,
  patient: Uint8Array,
  keys: PublicKeys,
  secretKey: Uint8Array,
): Uint8Array {
  return signTagged(backend, DOMAIN.deviceConsent, deviceConsentBytes(chainId, patient, keys), secretKey);
}

/** The counterpart of `signDeviceConsent`. Never throws. */
export function verifyDeviceConsent(
  backend: Backend,
  chainId: Uint8Array,
  patient: Uint8Array,
  keys: PublicKeys,
  signature: Uint8Array,
): boolean {
  const bytes = deviceConsentBytes(chainId, patient, keys);
  return verifyTagged(backend, DOMAIN.deviceConsent, bytes, signature, keys.sign);
}
