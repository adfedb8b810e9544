import { DOMAIN, prf, sha256 } from '#crypto';
import type { Compartment } from '#crypto';

/**
 * The nonce of the record of these bytes in this compartment: PRF(ix, SHA-256(bytes)), 32 bytes.
 *
 * Who imports a file a second time, from whichever device, finds what is anchored already, since everybody who holds
 * the patient's seeds computes the same nonce, and of it the id of each writer. To all others it is as good as drawn at
 * random; who holds `ix`, now or from an ended grant, can tell whether a record with exactly these bytes is there, as
 * with a search tag (SCHEME 6).
 */
export function contentNonceOf({ ix }: Pick<Compartment, 'ix'>, resource: Uint8Array): Uint8Array {
  return prf(DOMAIN.contentId, ix, sha256(resource));
}
