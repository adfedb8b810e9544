import { hash } from 'node:crypto';

const DIGEST_BYTES = 32;

/**
 * SHA-256 of OpenSSL. The answer comes as a text with one character a byte, the form that costs least: a Buffer for each
 * hash would take longer than hashing 200 bytes.
 */
export function nodeSha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary');
  const digest = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}
