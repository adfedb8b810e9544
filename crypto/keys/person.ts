import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import type { Backend, SignatureKeyPair } from '../backend/backend.ts';
import { isAcceptablePublicKey } from '../backend/ed25519-strict.ts';
import { ROOT_BYTES } from '../bounds.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { frame, hash, hashToScalar, kdf } from '../hash.ts';
import { prove, verifyProof } from '../schnorr.ts';
import { isSealPublicKey } from './key-shape.ts';

/** What a person or a device shows the ledger. */
export interface PublicKeys {
  /** Ed25519, 32 bytes. */
  readonly sign: Uint8Array;
  /** X-Wing, 1216 bytes. */
  readonly seal: Uint8Array;
  /** B = b*G, 32 bytes: the key that grants are made for. */
  readonly delegate: Uint8Array;
  /** Schnorr proof of knowledge of b, bound to the other two keys, 64 bytes. */
  readonly possession: Uint8Array;
}

export interface SealKeyPair {
  /** X-Wing, 1216 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte X-Wing seed. */
  readonly secretKey: Uint8Array;
}

export interface PersonKeys {
  readonly id: Uint8Array;
  readonly sign: SignatureKeyPair;
  readonly seal: SealKeyPair;
  readonly delegate: { readonly public: Uint8Array; readonly secret: Uint8Array };
  readonly publicKeys: PublicKeys;
  readonly root: Uint8Array;
}

/**
 * All keys of a person or device out of one 32-byte root; each use has its own label (SCHEME 2). Throws
 * CryptoError('key-invalid').
 */
export function derivePersonKeys(backend: Backend, root: Uint8Array): PersonKeys {
  if (root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  const sign = backend.signatures.keyPair(kdf(DOMAIN.personSign, root, [], 32));
  const seal = deriveSealKeys(kdf(DOMAIN.personSeal, root, [], 32));
  const secret = hashToScalar(DOMAIN.personDelegate, root);
  const delegate = { public: backend.group.multiplyBase(secret), secret };
  const unproven = { sign: sign.publicKey, seal: seal.publicKey, delegate: delegate.public };
  const possession = prove(backend, possessionContext(unproven), [
    { witness: secret, pairs: [{ image: delegate.public }] },
  ]);
  const publicKeys = { ...unproven, possession };
  return { id: personIdOf(publicKeys), sign, seal, delegate, publicKeys, root: Uint8Array.from(root) };
}

/** X-Wing keys out of a 32-byte seed. */
export function deriveSealKeys(seed: Uint8Array): SealKeyPair {
  const { publicKey, secretKey } = xWing.keygen(seed);
  return { publicKey, secretKey };
}

/**
 * The id of SCHEME 2, 32 bytes: the hash of the three keys. The proof is left out, since it is not unique. Never
 * throws.
 */
export function personIdOf(keys: PublicKeys): Uint8Array {
  return hash(DOMAIN.personId, keys.sign, keys.seal, keys.delegate);
}

/**
 * True when all keys can be used (Ed25519 32, X-Wing 1216, element 32 bytes) and the proof of 64 bytes shows that
 * their owner knows b (SCHEME 2): nobody can register a delegation key made out of another's. Never throws.
 */
export function verifyPublicKeys(backend: Backend, keys: PublicKeys): boolean {
  return (
    isAcceptablePublicKey(keys.sign) &&
    isSealPublicKey(keys.seal) &&
    backend.group.isElement(keys.delegate) &&
    verifyProof(backend, possessionContext(keys), [{ pairs: [{ image: keys.delegate }] }], keys.possession)
  );
}

function possessionContext(keys: Pick<PublicKeys, 'sign' | 'seal'>) {
  return { tag: DOMAIN.possession, statement: frame(keys.sign, keys.seal) };
}
