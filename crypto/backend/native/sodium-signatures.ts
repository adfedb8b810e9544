import { Buffer } from 'node:buffer';
import sodium from 'sodium-native';
import { CryptoError } from '../../crypto-error.ts';
import type { Signatures } from '../backend.ts';
import { hasStrictEncoding } from '../ed25519-strict.ts';

/** The binding wants Buffers; this is a view, not a copy. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** libsodium keeps seed and public key together as its 64-byte secret key; callers hold the 32-byte seed only. */
function expand(seed: Uint8Array): { publicKey: Buffer; expanded: Buffer } {
  if (seed.length !== 32) throw new CryptoError('key-invalid', 'a signing seed has 32 bytes');
  const publicKey = Buffer.alloc(32);
  const expanded = Buffer.alloc(64);
  sodium.crypto_sign_seed_keypair(publicKey, expanded, view(seed));
  return { publicKey, expanded };
}

/** Ed25519 of libsodium's native build. */
export const sodiumSignatures: Signatures = {
  keyPair: (seed) => ({
    publicKey: new Uint8Array(expand(seed).publicKey),
    secretKey: Uint8Array.from(seed),
  }),
  sign(message, secretKey) {
    const { expanded } = expand(secretKey);
    const signature = Buffer.alloc(64);
    sodium.crypto_sign_detached(signature, view(message), expanded);
    expanded.fill(0);
    return new Uint8Array(signature);
  },
  verify(signature, message, publicKey) {
    if (!hasStrictEncoding(signature, publicKey)) return false;
    return sodium.crypto_sign_verify_detached(view(signature), view(message), view(publicKey));
  },
};
