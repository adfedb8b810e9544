import type { Backend, SignatureKeyPair } from '../backend/backend.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hash, kdf } from '../hash.ts';
import { ROOT_BYTES } from '../bounds.ts';
import { deriveSealKeys, type SealKeyPair } from './person.ts';

export interface NodeKeys {
  /** 32 bytes: hash of the validator key and the seal key. */
  readonly id: Uint8Array;
  readonly validator: SignatureKeyPair;
  readonly seal: SealKeyPair;
  /** 32 bytes: seed of the libp2p Ed25519 identity. */
  readonly peerSeed: Uint8Array;
}

/** All keys of an institution's node out of one 32-byte root (SCHEME 2). Throws CryptoError('key-invalid'). */
export function deriveNodeKeys(backend: Backend, root: Uint8Array): NodeKeys {
  if (root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  const validator = backend.signatures.keyPair(kdf(DOMAIN.nodeValidator, root, [], 32));
  const seal = deriveSealKeys(kdf(DOMAIN.nodeSeal, root, [], 32));
  const peerSeed = kdf(DOMAIN.nodePeer, root, [], 32);
  return { id: nodeIdOf(validator.publicKey, seal.publicKey), validator, seal, peerSeed };
}

/** The id of the node with these public keys of 32 and 1216 bytes (SCHEME 2): 32 bytes. Never throws. */
export function nodeIdOf(validatorKey: Uint8Array, sealKey: Uint8Array): Uint8Array {
  return hash(DOMAIN.nodeId, validatorKey, sealKey);
}
