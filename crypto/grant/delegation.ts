import type { Backend } from '../backend/backend.ts';
import { equalBytes, uint32 } from '../bytes.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hash, hashToScalar, type Hash } from '../hash.ts';
import type { PersonKeys } from '../keys/person.ts';

/** The public part of one re-encryption key: X = x*G and Feldman's commitments, exactly t of them. */
export interface Rekey {
  readonly X: Uint8Array;
  readonly commitments: readonly Uint8Array[];
}

/** The grant id of SCHEME 5: H(issuer 32, patient 32, nonce 16 bytes), 32 bytes. Never throws. */
export function grantIdOf(issuer: Uint8Array, patient: Uint8Array, nonce: Uint8Array): Hash {
  return hash(DOMAIN.grant, issuer, patient, nonce);
}

/** d_j of SCHEME 5; `shared` is x*B at the issuer and b*X at the delegate. */
export function delegationScalar(
  grantId: Hash,
  rekeyIndex: number,
  X: Uint8Array,
  B: Uint8Array,
  shared: Uint8Array,
): Uint8Array {
  return hashToScalar(DOMAIN.delegation, grantId, uint32(rekeyIndex), X, B, shared);
}

export interface DelegateRekeyInit {
  readonly delegate: PersonKeys;
  readonly grantId: Hash;
  readonly rekeyIndex: number;
  readonly rekey: Rekey;
}

/** d_j as the delegate computes it. Throws CryptoError('point-invalid') for a bad X. */
export function delegateScalar(backend: Backend, init: DelegateRekeyInit): Uint8Array {
  const { delegate, grantId, rekeyIndex, rekey } = init;
  const shared = backend.group.multiply(delegate.delegate.secret, rekey.X);
  return delegationScalar(grantId, rekeyIndex, rekey.X, delegate.delegate.public, shared);
}

/**
 * The delegate's check at receipt (SCHEME 5): d_j * C_0 = A_j (32 bytes), so the rekey is one for this compartment.
 * Never throws.
 */
export function checkRekey(backend: Backend, init: DelegateRekeyInit & { readonly A: Uint8Array }): boolean {
  const [constant] = init.rekey.commitments;
  if (constant === undefined) return false;
  try {
    return equalBytes(backend.group.multiply(delegateScalar(backend, init), constant), init.A);
  } catch {
    return false;
  }
}
