import { concatBytes, equalBytes } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hash } from '../hash.ts';
import { ROOT_BYTES } from '../bounds.ts';

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECKSUM_BYTES = 3;
const CODE_BYTES = ROOT_BYTES + CHECKSUM_BYTES;
const CODE_LETTERS = (CODE_BYTES * 8) / 5;
const GROUP_LETTERS = 4;

function checksum(root: Uint8Array): Uint8Array {
  return hash(DOMAIN.recoveryCode, root).subarray(0, CHECKSUM_BYTES);
}

/**
 * A root of 32 bytes to write down (SCHEME 7): 14 groups of 4 letters, 24 bits of checksum at the end. Throws
 * CryptoError('key-invalid').
 */
export function recoveryCodeOf(root: Uint8Array): string {
  if (root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  const bytes = concatBytes(root, checksum(root));
  let letters = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      letters += ALPHABET.charAt((buffer >> bits) & 31);
    }
  }
  return (letters.match(new RegExp(`.{${GROUP_LETTERS}}`, 'g')) ?? []).join('-');
}

/**
 * Reads a code as people write it back to 32 bytes (SCHEME 7): any case of A to Z, white space or hyphens anywhere, O for
 * 0, I and L for 1. Throws CryptoError('recovery-code-invalid') for a wrong letter, length or checksum.
 */
export function rootFromRecoveryCode(code: string): Uint8Array {
  const refuse = (): never => {
    throw new CryptoError('recovery-code-invalid');
  };
  if (code.length > 4 * CODE_LETTERS) refuse();
  // ASCII only: upper-casing by Unicode would turn letters of other alphabets into these.
  const upper = code.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const letters = upper.replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (letters.length !== CODE_LETTERS) refuse();
  const bytes = new Uint8Array(CODE_BYTES);
  let buffer = 0;
  let bits = 0;
  let offset = 0;
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) refuse();
    buffer = ((buffer << 5) | value) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[offset++] = (buffer >> bits) & 0xff;
  }
  const root = bytes.slice(0, ROOT_BYTES);
  if (!equalBytes(checksum(root), bytes.subarray(ROOT_BYTES))) refuse();
  return root;
}
