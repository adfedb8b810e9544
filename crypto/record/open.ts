import type { CID } from 'multiformats/cid';
import type { Backend } from '../backend/backend.ts';
import { equalBytes } from '../bytes.ts';
import { laneBodyKey, type Compartment, type DelegateCompartment } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { openBody, type BodyOptions } from './body.ts';
import { paddedLength } from './body-layout.ts';
import { bodyKey, capsuleScalar, recordContext, slotContext, slotMask, xorBytes } from './context.ts';
import { slotCandidates, type RecordHeader } from './header.ts';

/** What a reader has: the opening scalar, or the group element that the proxies' conversions combine to. */
export type OpeningKey =
  | { readonly kind: 'owner'; readonly compartment: Compartment }
  | { readonly kind: 'converted'; readonly compartment: DelegateCompartment; readonly Y: Uint8Array };

export interface OpenRecordInit {
  /** A header that `verifyRecordHeader` accepted. */
  readonly header: RecordHeader;
  readonly fetch: (cid: CID) => Promise<Uint8Array>;
  readonly key: OpeningKey;
}

/** A shorter plaintext is copied out of the memory that it was opened into, which is up to 12 % longer. */
const KEPT_BYTES_MIN = 1024 * 1024;

/** What `fetch` threw: passed on as it was, since it says nothing about keys or content. */
class FetchFailure extends Error {}

/**
 * The body key through one slot, or undefined. Checks that the capsule was made from this sigma (r*G = E) and that
 * the commitment fits, the same for owner, custodian and delegate.
 */
function dekThroughSlot(
  backend: Backend,
  header: RecordHeader,
  slotIndex: number,
  key: OpeningKey,
): Uint8Array | undefined {
  const slot = header.slots[slotIndex];
  if (slot === undefined) return undefined;
  const { A, kappa } = key.compartment;
  const Y = key.kind === 'owner' ? backend.group.multiply(key.compartment.a, slot.E) : key.Y;
  const context = recordContext(header);
  const slotBinding = slotContext(context, A);
  const kappaLane = laneBodyKey(kappa, header.writer);
  const sigma = xorBytes(slot.box, slotMask(Y, kappaLane, slotBinding, slot.E));
  const r = capsuleScalar(slotBinding, sigma);
  if (!equalBytes(backend.group.multiplyBase(r), slot.E)) return undefined;
  const { dek, commitment } = bodyKey(sigma, context);
  return equalBytes(commitment, header.commitment) ? dek : undefined;
}

/**
 * True when this key (scalar or element of 32 bytes) opens a slot of the header, without its body. The optimistic
 * reader's check: false after a combination means that a conversion was false (SCHEME 5). Throws only what a failing
 * machine throws, never a CryptoError.
 */
export function canOpen(backend: Backend, header: RecordHeader, key: OpeningKey): boolean {
  return findDek(backend, header, key) !== undefined;
}

function findDek(backend: Backend, header: RecordHeader, key: OpeningKey): Uint8Array | undefined {
  try {
    for (const slotIndex of slotCandidates(header, key.compartment)) {
      const dek = dekThroughSlot(backend, header, slotIndex, key);
      if (dek !== undefined) return dek;
    }
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
  }
  return undefined;
}

/**
 * Opens a record piece by piece, each of at most 65,536 bytes (SCHEME 4), with the memory of pieces used again
 * on demand. Every piece was authenticated at its place; a record that turns out false in the middle throws, so a
 * caller uses the pieces only after the end or shows them as not yet complete. Throws CryptoError('open-failed'), or
 * what `fetch` threw.
 */
export async function* openRecordStream(
  backend: Backend,
  init: OpenRecordInit & BodyOptions,
): AsyncGenerator<Uint8Array> {
  const { header, key } = init;
  try {
    const dek = findDek(backend, header, key);
    if (dek === undefined) throw new CryptoError('open-failed');
    const fetch = async (cid: CID): Promise<Uint8Array> => {
      try {
        return await init.fetch(cid);
      } catch (error) {
        throw new FetchFailure('fetch', { cause: error });
      }
    };
    yield* openBody(dek, header, fetch, backend.bodies, init);
  } catch (error) {
    if (error instanceof FetchFailure) throw error.cause;
    throw new CryptoError('open-failed');
  }
}

/**
 * The whole plaintext, below 1 GiB (2^30 bytes), or nothing (SCHEME 4). Throws CryptoError('open-failed'), or what
 * `fetch` threw.
 */
export async function openRecord(backend: Backend, init: OpenRecordInit): Promise<Uint8Array> {
  // One array for all of it, and the memory of chunks serves again: fresh memory costs more than the cipher.
  let plaintext: Uint8Array = new Uint8Array(0);
  let length = 0;
  for await (const piece of openRecordStream(backend, { ...init, reuse: true })) {
    // A stream that gives a piece has shown that its first block is as long as the header says.
    if (length === 0) plaintext = new Uint8Array(paddedLength(init.header.bodyLength));
    plaintext.set(piece, length);
    length += piece.length;
  }
  return length < KEPT_BYTES_MIN ? plaintext.slice(0, length) : plaintext.subarray(0, length);
}
