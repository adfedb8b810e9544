import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import type { Backend } from './backend/backend.ts';
import { concatBytes, equalBytes, wipe } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';
import { DOMAIN } from './domain-tags.ts';
import { frame, kdf } from './hash.ts';
import { isSealPublicKey } from './keys/key-shape.ts';
import type { SealKeyPair } from './keys/person.ts';
import { signTagged, verifyTagged } from './signed.ts';

const BOX_VERSION = 1;
const KEM_BYTES = 1120;
const COMMITMENT_BYTES = 32;
const SIGNATURE_BYTES = 64;
const AEAD_TAG_BYTES = 16;

/** What a box is longer than its plaintext: version, capsule, key commitment, signature, AEAD tag. */
export const BOX_OVERHEAD_BYTES = 1 + KEM_BYTES + COMMITMENT_BYTES + SIGNATURE_BYTES + AEAD_TAG_BYTES;

/** 16 MiB: boxes carry keys and terms, not documents. */
export const BOX_PLAINTEXT_BYTES_MAX = 16 * 1024 * 1024;

export interface SealBoxInit {
  readonly sender: { readonly id: Uint8Array; readonly secretKey: Uint8Array };
  /** X-Wing public key, 1216 bytes. */
  readonly recipientSeal: Uint8Array;
  /** Whatever the box must not be moved away from. */
  readonly context: Uint8Array;
  readonly plaintext: Uint8Array;
}

export interface OpenBoxInit {
  readonly senderPublicKey: Uint8Array;
  readonly senderId: Uint8Array;
  readonly recipient: SealKeyPair;
  readonly context: Uint8Array;
  readonly box: Uint8Array;
}

/** Nonce, key and commitment of one box; the key is used once, so the nonce may be derived as well. */
function boxKeys(shared: Uint8Array, parts: readonly Uint8Array[]) {
  const output = kdf(DOMAIN.box, shared, parts, 32 + 24 + COMMITMENT_BYTES);
  return { key: output.subarray(0, 32), nonce: output.subarray(32, 56), commitment: output.subarray(56) };
}

/**
 * Seals up to 16 MiB to an X-Wing key of 1216 bytes (ML-KEM-768 and X25519), XChaCha20-Poly1305 with a key commitment
 * (SCHEME 2). The sender's signature is inside, over context, both parties, capsule and plaintext: only the recipient
 * learns who sent it. The box is 1233 bytes longer than the plaintext. Throws CryptoError('key-invalid' |
 * 'too-large').
 */
export function sealBox(backend: Backend, init: SealBoxInit): Uint8Array {
  const { sender, recipientSeal, context, plaintext } = init;
  if (plaintext.length > BOX_PLAINTEXT_BYTES_MAX) throw new CryptoError('too-large', 'box plaintext');
  if (!isSealPublicKey(recipientSeal)) throw new CryptoError('key-invalid', 'not an X-Wing public key');
  const { cipherText, sharedSecret } = xWing.encapsulate(recipientSeal, backend.random(64));
  const parties = [context, sender.id, recipientSeal, cipherText];
  const signature = signTagged(backend, DOMAIN.boxSignature, frame(...parties, plaintext), sender.secretKey);
  const { key, nonce, commitment } = boxKeys(sharedSecret, parties);
  const sealed = xchacha20poly1305(key, nonce).encrypt(concatBytes(signature, plaintext));
  const box = concatBytes(Uint8Array.of(BOX_VERSION), cipherText, commitment, sealed);
  wipe(sharedSecret, key);
  return box;
}

/**
 * Opens a box of at least 1233 bytes to its plaintext (SCHEME 2); throws CryptoError('open-failed') whatever is
 * wrong.
 */
export function openBox(backend: Backend, init: OpenBoxInit): Uint8Array {
  try {
    return openBoxOrThrow(backend, init);
  } catch {
    throw new CryptoError('open-failed');
  }
}

function openBoxOrThrow(backend: Backend, init: OpenBoxInit): Uint8Array {
  const { box, recipient, context, senderId } = init;
  if (box.length < BOX_OVERHEAD_BYTES || box.length > BOX_OVERHEAD_BYTES + BOX_PLAINTEXT_BYTES_MAX) {
    throw new RangeError('length');
  }
  if (box[0] !== BOX_VERSION) throw new RangeError('version');
  const capsule = box.subarray(1, 1 + KEM_BYTES);
  const claimed = box.subarray(1 + KEM_BYTES, 1 + KEM_BYTES + COMMITMENT_BYTES);
  const sealed = box.subarray(1 + KEM_BYTES + COMMITMENT_BYTES);
  const parties = [context, senderId, recipient.publicKey, capsule];
  const { key, nonce, commitment } = boxKeys(xWing.decapsulate(capsule, recipient.secretKey), parties);
  if (!equalBytes(commitment, claimed)) throw new RangeError('commitment');
  const opened = xchacha20poly1305(key, nonce).decrypt(sealed);
  const signature = opened.subarray(0, SIGNATURE_BYTES);
  const plaintext = opened.slice(SIGNATURE_BYTES);
  const message = frame(...parties, plaintext);
  if (!verifyTagged(backend, DOMAIN.boxSignature, message, signature, init.senderPublicKey)) {
    throw new RangeError('signature');
  }
  wipe(key, opened);
  return plaintext;
}
