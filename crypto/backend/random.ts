import { CryptoError } from '../crypto-error.ts';

const RANDOM_BYTES_MAX = 65_536;

/** Bytes of the system's generator (Web Crypto). At most 64 KiB at once, its own limit. */
export function systemRandom(length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > RANDOM_BYTES_MAX) {
    throw new CryptoError('input-invalid', `0 to ${RANDOM_BYTES_MAX} random bytes`);
  }
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
