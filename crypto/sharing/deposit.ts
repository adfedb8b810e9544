import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Backend } from '../backend/backend.ts';
import { concatBytes, equalBytes, uint32, wipe } from '../bytes.ts';
import type { Compartment } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { commit, evaluate, randomPolynomial } from '../grant/polynomial.ts';
import {
  checkHolders,
  lockCommitmentOf,
  openShareBox,
  sealShareBox,
  type CommitmentLists,
  type HeldPart,
  type ShareHolder,
} from '../grant/share-box.ts';
import { frame, hash, hashToScalar, kdf, type Hash } from '../hash.ts';
import type { PersonKeys, SealKeyPair } from '../keys/person.ts';
import { invertScalar, nonzeroScalarFromBytes, reduceScalar, scalarToBytes } from '../scalar.ts';

export const SHARING_NONCE_BYTES = 16;
export const SHARED_BYTES_MAX = 1024;
/** Commitment and tag: what `sealed` has more than the bytes in it. */
export const SEALED_OVERHEAD_BYTES = 48;
const SHARING_HOLDERS_MAX = 64;
const SHARING_THRESHOLD_MIN = 2;
export const EMERGENCY_BYTES = 64;

/** What is shared: an opening scalar (emergency access) or none (recovery), and bytes. */
export interface SharedSecret {
  readonly scalar?: Uint8Array;
  /** 1 to 1024 bytes; 64 beside a scalar. */
  readonly bytes: Uint8Array;
}

/** What the ledger has of a sharing: it names neither the compartment nor anything else of the secret. */
export interface PublicSharing {
  readonly id: Hash;
  /** Of r, which opens `sealed` together with z; then of b = a / m, when a scalar is shared. */
  readonly commitments: CommitmentLists;
  /** H(sharing id, z). */
  readonly lock: Hash;
}

/** r and z, 32 bytes each: what opens a sharing. z alone is no secret from holders; r is from fewer than t of them. */
export interface Opening {
  readonly r: Uint8Array;
  readonly z: Uint8Array;
}

export interface CreateSharingInit {
  readonly issuer: PersonKeys;
  /** Whose secret it is, 32 bytes. */
  readonly patient: Uint8Array;
  readonly secret: SharedSecret;
  /** At least 2: no holder opens alone. */
  readonly threshold: number;
  /** At most 64, none twice. */
  readonly holders: readonly ShareHolder[];
  /** 16 bytes; random when absent. */
  readonly nonce?: Uint8Array;
}

export interface Sharing {
  readonly sharingId: Hash;
  readonly nonce: Uint8Array;
  readonly commitments: CommitmentLists;
  readonly lock: Hash;
  /** The bytes of the secret under r and z: 48 bytes more. */
  readonly sealed: Uint8Array;
  readonly boxes: readonly { readonly id: Uint8Array; readonly index: number; readonly box: Uint8Array }[];
}

/**
 * What emergency access shares of a compartment (SCHEME 7): `a` as a scalar, kappa and ix as 64 bytes. Never throws.
 */
export function emergencySecret(compartment: Compartment): SharedSecret {
  return { scalar: compartment.a, bytes: concatBytes(compartment.kappa, compartment.ix) };
}

/**
 * The sharing id of SCHEME 7: H(issuer 32, patient 32, nonce 16 bytes), 32 bytes, never the id of a grant. Never
 * throws.
 */
export function sharingIdOf(issuer: Uint8Array, patient: Uint8Array, nonce: Uint8Array): Hash {
  return hash(DOMAIN.sharing, issuer, patient, nonce);
}

function sealingKeys(sharingId: Hash, { r, z }: Opening) {
  const output = kdf(DOMAIN.sharingSealed, concatBytes(r, z), [sharingId], 32 + 24 + 32);
  return { key: output.subarray(0, 32), nonce: output.subarray(32, 56), commitment: output.subarray(56) };
}

/** m, 32 bytes: what b is to be multiplied with. Only who has r and z has it. */
export function maskOf(sharingId: Hash, { r, z }: Opening): Uint8Array {
  return hashToScalar(DOMAIN.sharingMask, sharingId, r, z);
}

/** The 1 to 1024 bytes under r and z. Throws CryptoError('share-invalid') when the issuer sealed something else. */
export function unseal(sharingId: Hash, opening: Opening, sealed: Uint8Array): Uint8Array {
  const { key, nonce, commitment } = sealingKeys(sharingId, opening);
  const length = sealed.length - SEALED_OVERHEAD_BYTES;
  try {
    if (length < 1 || length > SHARED_BYTES_MAX) throw new CryptoError('share-invalid');
    if (!equalBytes(commitment, sealed.subarray(0, 32))) throw new CryptoError('share-invalid');
    return xchacha20poly1305(key, nonce).decrypt(sealed.subarray(32));
  } catch (cause) {
    throw new CryptoError('share-invalid', 'does not open', { cause });
  }
}

function partContext(
  { id, commitments }: Pick<PublicSharing, 'id' | 'commitments'>,
  holder: Uint8Array,
  index: number,
): Hash {
  const publicParts = commitments.map((list) => frame(...list));
  return hash(DOMAIN.sharingPart, id, holder, uint32(index), frame(...publicParts));
}

/** Refuses what is no t-of-n of a sharing: 2 <= t <= n <= 64 different holders. Throws CryptoError('input-invalid'). */
export function checkSharingHolders(threshold: number, holders: readonly ShareHolder[]): void {
  checkHolders(holders);
  const isThreshold = Number.isInteger(threshold) && threshold >= SHARING_THRESHOLD_MIN;
  if (!isThreshold || threshold > holders.length || holders.length > SHARING_HOLDERS_MAX)
    throw new CryptoError('input-invalid', 'threshold or holders');
}

/** Refuses all but one or two lists of one length, at least 2. Throws CryptoError('share-invalid'). */
export function checkSharingLists(lists: CommitmentLists): void {
  const [first = []] = lists;
  const isSound = first.length >= SHARING_THRESHOLD_MIN && lists.length <= 2;
  if (!isSound || lists.some(({ length }) => length !== first.length))
    throw new CryptoError('share-invalid', 'commitments');
}

function checkSecret({ scalar, bytes: { length } }: SharedSecret): void {
  const isLength =
    scalar === undefined ? length >= 1 && length <= SHARED_BYTES_MAX : length === EMERGENCY_BYTES;
  if (!isLength) throw new CryptoError('input-invalid', 'secret length');
}

/**
 * Shares a secret t-of-n among institutions (SCHEME 7): its bytes under a random scalar r and 32 bytes z, r by the
 * polynomials of a grant with Feldman's commitments, z as it is in every holder's box, so that logarithms alone open
 * nothing; a scalar as b = a / m with m out of r and z, so that no commitment is A. All
 * commitments can be public, and holders share r and b again as they do the rekeys of a grant. Throws
 * CryptoError('input-invalid' | 'key-invalid' | 'scalar-invalid').
 */
export function createSharing(backend: Backend, init: CreateSharingInit): Sharing {
  const { issuer, patient, secret, threshold, holders } = init;
  const nonce = init.nonce ?? backend.random(SHARING_NONCE_BYTES);
  checkSharingHolders(threshold, holders);
  checkSecret(secret);
  if (nonce.length !== SHARING_NONCE_BYTES || patient.length !== 32)
    throw new CryptoError('input-invalid', 'nonce or patient');
  const id = sharingIdOf(issuer.id, patient, nonce);
  const { scalar = new Uint8Array(0), bytes } = secret;
  const isEmergency = secret.scalar !== undefined;
  const a = isEmergency ? nonzeroScalarFromBytes(scalar) : 0n;
  // Hedged: with a weak generator both still come out of the secret.
  const random = backend.random(32);
  const source = concatBytes(random, scalar, bytes);
  const opening = {
    r: hashToScalar(DOMAIN.sharingOpening, random, id, scalar, bytes),
    z: kdf(DOMAIN.sharingLock, source, [id], 32),
  };
  const mask = maskOf(id, opening);
  const constants = [nonzeroScalarFromBytes(opening.r)];
  if (isEmergency) constants.push(reduceScalar(a * invertScalar(nonzeroScalarFromBytes(mask))));
  const indices = holders.map(({ index }) => index);
  const polynomials = constants.map((constant) => randomPolynomial(backend, constant, threshold, indices));
  const commitments = polynomials.map((polynomial) => commit(backend, polynomial));
  const { key, nonce: sealNonce, commitment } = sealingKeys(id, opening);
  const sealed = concatBytes(commitment, xchacha20poly1305(key, sealNonce).encrypt(bytes));
  const lock = lockCommitmentOf(id, opening.z);
  wipe(opening.r, mask, key, source);
  const boxes = holders.map(({ id: holder, index, seal }) => {
    const shares = polynomials.map((polynomial) => scalarToBytes(evaluate(polynomial, index)));
    const box = sealShareBox(backend, {
      sender: { id: issuer.id, secretKey: issuer.sign.secretKey },
      recipientSeal: seal,
      context: partContext({ id, commitments }, holder, index),
      part: { shares, lock: opening.z },
    });
    wipe(...shares);
    return { id: holder, index, box };
  });
  wipe(opening.z);
  return { sharingId: id, nonce, commitments, lock, sealed, boxes };
}

export interface OpenPartInit {
  readonly holder: { readonly id: Uint8Array; readonly seal: SealKeyPair };
  readonly index: number;
  readonly issuer: { readonly id: Uint8Array; readonly signPublicKey: Uint8Array };
  readonly sharing: PublicSharing;
  readonly box: Uint8Array;
}

/**
 * A holder's shares of r and, for an emergency, of b, and z, 32 bytes each, checked against what the ledger has of them
 * (SCHEME 7). Throws CryptoError('share-invalid') whatever is wrong.
 */
export function openPart(backend: Backend, init: OpenPartInit): HeldPart {
  const { holder, index, issuer, sharing, box } = init;
  checkSharingLists(sharing.commitments);
  return openShareBox(backend, {
    sender: issuer,
    recipient: holder.seal,
    context: partContext(sharing, holder.id, index),
    index,
    count: sharing.commitments.length,
    commitments: sharing.commitments,
    lock: { owner: sharing.id, commitment: sharing.lock },
    box,
  });
}
