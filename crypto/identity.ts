import { createOPRF } from '@noble/curves/abstract/oprf.js';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { Backend } from './backend/backend.ts';
import { utf8 } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';
import { DOMAIN } from './domain-tags.ts';
import { hash, kdf } from './hash.ts';
import { ROOT_BYTES } from './bounds.ts';

/**
 * Finding one person's registrations at several institutions (SCHEME 9): the verifiable oblivious PRF of RFC 9497,
 * suite ristretto255-SHA512, mode 0x01. The institution that evaluates sees a random point; who asked can check that
 * the key was the published one, and learns the value at this input alone.
 */
const { voprf } = createOPRF({
  name: 'ristretto255-SHA512',
  Point: ristretto255.Point,
  hash: sha512,
  hashToGroup: ristretto255_hasher.hashToCurve,
  hashToScalar: ristretto255_hasher.hashToScalar,
});

export const IDENTITY_PROOF_BYTES = 64;
/** Names with birth date, and a number that a person keeps for life. */
export const IDENTITY_INPUTS_MAX = 2;

export interface IdentityKeys {
  /** 32 bytes, a scalar: whoever has it can test guesses against this institution's tags. */
  readonly secretKey: Uint8Array;
  /** 32 bytes, an element; published once. */
  readonly publicKey: Uint8Array;
}

/** One input on its way: `blind` stays with who asks, `blinded` (32 bytes) goes out. */
export interface BlindedIdentity {
  readonly input: Uint8Array;
  readonly blind: Uint8Array;
  readonly blinded: Uint8Array;
}

/** Points multiplied by the institution's key, in the order asked, and one proof (64 bytes) for all of them. */
export interface IdentityEvaluation {
  readonly evaluated: readonly Uint8Array[];
  readonly proof: Uint8Array;
}

/**
 * An institution's key for identities, out of its node's root of 32 bytes (SCHEME 9): the same after every restart.
 * @throws CryptoError `key-invalid` for a root of another length
 */
export function deriveIdentityKeys(root: Uint8Array): IdentityKeys {
  if (root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  const seed = kdf(DOMAIN.nodeIdentity, root, [], 32);
  return voprf.deriveKeyPair(seed, utf8(DOMAIN.nodeIdentity));
}

/** 32 bytes to evaluate (SCHEME 9): attributes that were normalised, and what kind they are of. Never throws. */
export function identityInput(kind: string, ...attributes: readonly string[]): Uint8Array {
  return hash(DOMAIN.identityInput, utf8(kind), ...attributes.map(utf8));
}

/**
 * The input of 32 bytes under a fresh blind (SCHEME 9; RFC 9497, 3.3.2): two queries for one person have nothing in
 * common. Throws only what a failing generator throws.
 */
export function blindIdentity(backend: Backend, input: Uint8Array): BlindedIdentity {
  const { blind, blinded } = voprf.blind(input, (length = 32) => backend.random(length));
  return { input, blind, blinded };
}

/**
 * Multiplies one or two blinded elements of 32 bytes by the key, with one proof for all of them (SCHEME 9; RFC 9497,
 * 3.3.2).
 * @throws CryptoError `point-invalid` for what is no canonical element, or the identity, and for any other number
 */
export function evaluateIdentities(
  backend: Backend,
  { secretKey, publicKey }: IdentityKeys,
  blinded: readonly Uint8Array[],
): IdentityEvaluation {
  const isFit = blinded.length > 0 && blinded.length <= IDENTITY_INPUTS_MAX;
  if (!isFit || !blinded.every((point) => backend.group.isElement(point)))
    throw new CryptoError('point-invalid', 'a blinded identity');
  const random = (length = 32): Uint8Array => backend.random(length);
  return voprf.blindEvaluateBatch(secretKey, publicKey, [...blinded], random);
}

/**
 * The institution's tags of the inputs, 32 bytes each, the same whoever asks (SCHEME 9).
 * @throws CryptoError `evaluation-invalid` unless the evaluation was made with the key behind `publicKey`
 */
export function identityTags(
  items: readonly BlindedIdentity[],
  { evaluated, proof }: IdentityEvaluation,
  publicKey: Uint8Array,
): Uint8Array[] {
  const isFit = items.length > 0 && items.length <= IDENTITY_INPUTS_MAX && evaluated.length === items.length;
  if (!isFit) throw new CryptoError('evaluation-invalid', 'number of evaluations');
  try {
    const all = items.map((item, i) => ({ ...item, evaluated: evaluated[i] ?? new Uint8Array() }));
    return voprf
      .finalizeBatch(all, publicKey, proof)
      .map((output) => hash(DOMAIN.identityTag, publicKey, output));
  } catch (cause) {
    throw new CryptoError('evaluation-invalid', 'evaluation of an identity', { cause });
  }
}

/**
 * What the ledger keeps of an identity (SCHEME 9): the tags of the home and of another institution in one hash, 32
 * bytes. No single institution's key makes it, the home's included. Never throws.
 */
export function witnessedTag(home: Uint8Array, witness: Uint8Array): Uint8Array {
  return hash(DOMAIN.identityWitnessed, home, witness);
}
