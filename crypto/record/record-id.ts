import { DOMAIN } from '../domain-tags.ts';
import { hash, type Hash } from '../hash.ts';

export const RECORD_NONCE_BYTES = 32;

/**
 * The record id of SCHEME 4: H(patient 32, writer 32, nonce 32 bytes), 32 bytes. Never throws.
 *
 * It belongs to this writer for this patient: whoever sees a nonce on its way makes another id of it.
 */
export function recordIdOf(patient: Uint8Array, writer: Uint8Array, nonce: Uint8Array): Hash {
  return hash(DOMAIN.recordId, patient, writer, nonce);
}
