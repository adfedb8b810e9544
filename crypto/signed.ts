import type { Backend } from './backend/backend.ts';
import type { DomainTag } from './domain-tags.ts';
import { hash } from './hash.ts';

/** Ed25519 over `hash(tag, message)`: a signature made for one purpose is none for another. 64 bytes. */
export function signTagged(
  backend: Backend,
  tag: DomainTag,
  message: Uint8Array,
  secretKey: Uint8Array,
): Uint8Array {
  return backend.signatures.sign(hash(tag, message), secretKey);
}

/** The counterpart of `signTagged`. Never throws. */
export function verifyTagged(
  backend: Backend,
  tag: DomainTag,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return backend.signatures.verify(signature, hash(tag, message), publicKey);
}
