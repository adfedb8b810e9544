import { randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes, decode, DOMAIN, encode, kdf, prf, toHex, utf8 } from '#crypto';
import { GatewayError } from './gateway-error.ts';

const NONCE_BYTES = 24;
/** A day of one source at 1 Hz is about 1 MB. */
const PLAINTEXT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * What lies on the gateway's disk: XChaCha20-Poly1305 under a key out of the gateway's root, a random nonce for each
 * box, and the box's place as associated data, so that no row can be put in another's stead.
 */
export class DiskSeal {
  readonly #key: Uint8Array;
  readonly #nameKey: Uint8Array;

  constructor(root: Uint8Array) {
    this.#key = kdf(DOMAIN.gatewayDisk, root, [utf8('boxes')], 32);
    this.#nameKey = kdf(DOMAIN.gatewayDisk, root, [utf8('names')], 32);
  }

  /** Canonical CBOR of `value`, sealed for `place`. */
  seal(place: string, value: unknown): Uint8Array {
    const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
    return concatBytes(nonce, xchacha20poly1305(this.#key, nonce, utf8(place)).encrypt(encode(value)));
  }

  /** @throws GatewayError `disk-damaged` */
  open(place: string, box: Uint8Array): unknown {
    try {
      const cipher = xchacha20poly1305(this.#key, box.subarray(0, NONCE_BYTES), utf8(place));
      return decode(cipher.decrypt(box.subarray(NONCE_BYTES)), PLAINTEXT_BYTES_MAX);
    } catch (cause) {
      throw new GatewayError('disk-damaged', { place: place.split(':')[0] ?? '' }, { cause });
    }
  }

  /** A stable name for something whose real name should not lie on the disk: 32 hex digits. */
  pseudonym(name: string): string {
    return toHex(prf(DOMAIN.gatewayDisk, this.#nameKey, utf8(name)).subarray(0, 16));
  }
}
