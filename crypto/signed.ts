import type { Backend } from './backend/backend.ts';
import type { DomainTag } from './domain-tags.ts';
import { hash } from './hash.ts';

/**
 * The Sig of SCHEME 1, 64 bytes: Ed25519 over `hash(tag, message)`. A signature made for one purpose is none for
 * another. Throws CryptoError('key-invalid') for a key that has not 32 bytes.
 */
export function signTagged(
  backend: Backend,
  tag: DomainTag,
  message: Uint8Array,
  secretKey: Uint8Array,
): Uint8Array {
  return backend.signatures.sign(hash(tag, message), secretKey);
}

/** The counterpart of `signTagged` (SCHEME 1): 64 bytes of signature, 32 of key, the strict reading. Never throws. */
export function verifyTagged(
  backend: Backend,
  tag: DomainTag,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return backend.signatures.verify(signature, hash(tag, message), publicKey);
}
