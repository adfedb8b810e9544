import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { systemRandom } from '../backend/random.ts';
import { concatBytes, equalBytes, uint32, utf8, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { kdf, prf } from '../hash.ts';

/** What somebody typed and has not sent yet: a note is the longest. */
export const DRAFT_BYTES_MAX = 256 * 1024;
const SALT_BYTES = 32;
const COMMITMENT_BYTES = 32;
const LENGTH_BYTES = 4;
const TAG_BYTES = 16;
/** Drafts are as long as the next multiple of this: the length of a text says little. */
const PADDED_BYTES = 1024;

/** Where one person's drafts lie on a device, and what opens them. */
export interface DraftKeys {
  /** 32 bytes: names her drafts together, says nothing of who she is, and is not derived back to anything. */
  readonly owner: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** Out of the 32-byte root and the person's id (SCHEME 7). Never throws. */
export function draftKeys(root: Uint8Array, person: Uint8Array): DraftKeys {
  const output = kdf(DOMAIN.draft, root, [utf8('place'), person], 64);
  return { owner: output.slice(0, 32), secret: output.slice(32) };
}

/** Under which name a form's draft is kept, 32 bytes: the name does not tell which form it is (SCHEME 7). Never throws. */
export function draftSlot({ secret }: DraftKeys, form: string): Uint8Array {
  return prf(DOMAIN.draft, secret, utf8(form));
}

function boxKeys({ secret }: DraftKeys, slot: Uint8Array, salt: Uint8Array) {
  const output = kdf(DOMAIN.draft, secret, [utf8('box'), slot, salt], 32 + 24 + COMMITMENT_BYTES);
  return { key: output.subarray(0, 32), nonce: output.subarray(32, 56), commitment: output.subarray(56) };
}

function paddedLength(length: number): number {
  return Math.ceil((LENGTH_BYTES + length) / PADDED_BYTES) * PADDED_BYTES;
}

/**
 * Seals at most 262,144 bytes for one slot: XChaCha20-Poly1305 under a key of its own, with a key commitment, padded to
 * the next 1024 bytes (SCHEME 7). @throws CryptoError `too-large`
 */
export function sealDraft(keys: DraftKeys, slot: Uint8Array, plaintext: Uint8Array): Uint8Array {
  if (plaintext.length > DRAFT_BYTES_MAX) throw new CryptoError('too-large', 'draft');
  const salt = systemRandom(SALT_BYTES);
  const { key, nonce, commitment } = boxKeys(keys, slot, salt);
  const padded = new Uint8Array(paddedLength(plaintext.length));
  padded.set(uint32(plaintext.length));
  padded.set(plaintext, LENGTH_BYTES);
  const box = concatBytes(salt, commitment, xchacha20poly1305(key, nonce).encrypt(padded));
  wipe(key, padded);
  return box;
}

/**
 * What `sealDraft` sealed for this slot, at most 262,144 bytes (SCHEME 7).
 * @throws CryptoError `open-failed` for another person, another slot and a damaged box alike
 */
export function openDraft(keys: DraftKeys, slot: Uint8Array, box: Uint8Array): Uint8Array {
  const head = SALT_BYTES + COMMITMENT_BYTES;
  if (box.length > DRAFT_BYTES_MAX + PADDED_BYTES + head + TAG_BYTES) throw new CryptoError('open-failed');
  try {
    const { key, nonce, commitment } = boxKeys(keys, slot, box.subarray(0, SALT_BYTES));
    if (!equalBytes(commitment, box.subarray(SALT_BYTES, head))) throw new RangeError('commitment');
    const padded = xchacha20poly1305(key, nonce).decrypt(box.subarray(head));
    const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
    if (length > DRAFT_BYTES_MAX || paddedLength(length) !== padded.length) throw new RangeError('length');
    if (padded.subarray(LENGTH_BYTES + length).some((byte) => byte !== 0)) throw new RangeError('padding');
    const plaintext = padded.slice(LENGTH_BYTES, LENGTH_BYTES + length);
    wipe(key, padded);
    return plaintext;
  } catch {
    throw new CryptoError('open-failed');
  }
}
