import type { CID } from 'multiformats/cid';
import { concatBytes, uint64, utf8 } from '../bytes.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hash, hashToScalar, kdf, prf, type Hash } from '../hash.ts';

/** The only suite: ristretto255, SHA-256/512, Ed25519, AES-256-GCM, tags `phr-mesh/v1/`. Signed, never negotiated. */
export const SUITE = 'phr-mesh/v1';

export const SIGMA_BYTES = 32;
export const SLOT_HINT_BYTES = 4;

/** What a record's keys are bound to. */
export interface RecordIdentity {
  readonly chainId: Hash;
  readonly recordId: Uint8Array;
  readonly patient: Uint8Array;
  readonly sequence: number;
  readonly previous: CID | null;
  readonly writer: Uint8Array;
}

/** ctx0 of SCHEME 4: everything that says which record this is. */
export function recordContext(record: RecordIdentity): Hash {
  return hash(
    DOMAIN.recordContext,
    utf8(SUITE),
    record.chainId,
    record.recordId,
    record.patient,
    uint64(record.sequence),
    record.previous === null ? new Uint8Array(0) : record.previous.bytes,
    record.writer,
  );
}

/** ctx_s = H(ctx0, A_s). */
export function slotContext(context: Hash, A: Uint8Array): Hash {
  return hash(DOMAIN.slotContext, context, A);
}

/** r_s: the capsule's scalar, out of sigma, so that who opens can check how the capsule was made. */
export function capsuleScalar(slot: Hash, sigma: Uint8Array): Uint8Array {
  return hashToScalar(DOMAIN.fo, slot, sigma);
}

/** What hides sigma in a slot: one key of both locks, Y (proxies) and kappa (grant). 32 bytes. */
export function slotMask(Y: Uint8Array, kappaLane: Uint8Array, slot: Hash, E: Uint8Array): Uint8Array {
  return kdf(DOMAIN.slotLock, concatBytes(Y, kappaLane), [slot, E], SIGMA_BYTES);
}

/** The body key and the commitment to it. */
export function bodyKey(sigma: Uint8Array, context: Hash): { dek: Uint8Array; commitment: Uint8Array } {
  const output = kdf(DOMAIN.recordKey, sigma, [context], 64);
  return { dek: output.slice(0, 32), commitment: output.slice(32) };
}

/** Lets a reader of the compartment find its slot; random to everybody else. 4 bytes. */
export function slotHint(ixLane: Uint8Array, E: Uint8Array): Uint8Array {
  return prf(DOMAIN.slotHint, ixLane, E).slice(0, SLOT_HINT_BYTES);
}

export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}
