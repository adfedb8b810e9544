import type { Backend } from '../backend/backend.ts';
import { openBox, sealBox } from '../box.ts';
import { concatBytes, equalBytes, toHex, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hash, type Hash } from '../hash.ts';
import type { SealKeyPair } from '../keys/person.ts';
import { checkIndices, sharePublic } from './polynomial.ts';

/** Feldman's commitments of several polynomials: one list for every scalar that is shared, 32 bytes each. */
export type CommitmentLists = readonly (readonly Uint8Array[])[];

/** A node that holds shares: its id, its index in 1..255 and its X-Wing key. */
export interface ShareHolder {
  readonly id: Uint8Array;
  readonly index: number;
  readonly seal: Uint8Array;
}

/**
 * Refuses holders that are not different institutions with different indices in 1..255: one of them under two indices
 * would count twice. Throws CryptoError('input-invalid').
 */
export function checkHolders(holders: readonly ShareHolder[]): void {
  checkIndices(holders.map(({ index }) => index));
  const ids = new Set(holders.map(({ id }) => toHex(id)));
  if (ids.size !== holders.length || holders.some(({ id }) => id.length !== 32))
    throw new CryptoError('input-invalid', 'ids of holders');
}

/** What a holder has of a grant or of a sharing. */
export interface HeldPart {
  /** 32 bytes each, one a scalar. */
  readonly shares: readonly Uint8Array[];
  /** z of a sharing, 32 bytes, the same for every holder; empty for a grant. */
  readonly lock: Uint8Array;
}

/** What the ledger has of z: H(sharing id, z). */
export function lockCommitmentOf(owner: Hash, lock: Uint8Array): Hash {
  return hash(DOMAIN.sharingLockCommitment, owner, lock);
}

/** All that one holder gets, joined in one box for it (SCHEME 2). */
export function sealShareBox(
  backend: Backend,
  init: {
    readonly sender: { readonly id: Uint8Array; readonly secretKey: Uint8Array };
    readonly recipientSeal: Uint8Array;
    readonly context: Hash;
    readonly part: HeldPart;
  },
): Uint8Array {
  const { sender, recipientSeal, context, part } = init;
  const plaintext = concatBytes(...part.shares, part.lock);
  const box = sealBox(backend, { sender, recipientSeal, context, plaintext });
  wipe(plaintext);
  return box;
}

export interface OpenShareBoxInit {
  readonly sender: { readonly id: Uint8Array; readonly signPublicKey: Uint8Array };
  readonly recipient: SealKeyPair;
  readonly context: Hash;
  /** Share index of the recipient. */
  readonly index: number;
  /** How many scalars are shared. */
  readonly count: number;
  /** What every share is checked against, one list a scalar. */
  readonly commitments?: CommitmentLists | undefined;
  /** Of a sharing: its id, and the hash of z that the ledger has. */
  readonly lock?: { readonly owner: Hash; readonly commitment: Hash } | undefined;
  readonly box: Uint8Array;
}

/**
 * What one holder was given: z against its hash, and every share of 32 bytes against its commitments if they are given
 * (f(i)*G = sum of i^k * C_k). Throws CryptoError('share-invalid') whatever is wrong.
 */
export function openShareBox(backend: Backend, init: OpenShareBoxInit): HeldPart {
  const { sender, recipient, context, index, count, commitments, lock: known, box } = init;
  try {
    const bytes = openBox(backend, {
      senderPublicKey: sender.signPublicKey,
      senderId: sender.id,
      recipient,
      context,
      box,
    });
    const lockBytes = known === undefined ? 0 : 32;
    if (bytes.length !== 32 * count + lockBytes) throw new CryptoError('share-invalid');
    const shares = Array.from({ length: count }, (_, j) => bytes.slice(32 * j, 32 * (j + 1)));
    const lock = bytes.slice(32 * count);
    wipe(bytes);
    if (known !== undefined && !equalBytes(lockCommitmentOf(known.owner, lock), known.commitment))
      throw new CryptoError('share-invalid');
    if (commitments === undefined) return { shares, lock };
    const fit = shares.every((share, j) => isShareOf(backend, commitments[j] ?? [], index, share));
    if (commitments.length !== count || !fit) throw new CryptoError('share-invalid');
    return { shares, lock };
  } catch {
    throw new CryptoError('share-invalid');
  }
}

/** True when f(index) of the committed polynomial is this scalar of 32 bytes. Throws as `sharePublic` does. */
export function isShareOf(
  backend: Backend,
  commitments: readonly Uint8Array[],
  index: number,
  share: Uint8Array,
): boolean {
  return equalBytes(backend.group.multiplyBase(share), sharePublic(backend, commitments, index));
}
