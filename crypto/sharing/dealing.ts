import type { Backend } from '../backend/backend.ts';
import { openBox, sealBox } from '../box.ts';
import { concatBytes, equalBytes, uint32 } from '../bytes.ts';
import type { Compartment } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import type { ShareHolder } from '../grant/node-shares.ts';
import { commit, evaluate, randomPolynomial, SHARE_INDEX_MAX, sharePublic } from '../grant/polynomial.ts';
import { hash, type Hash } from '../hash.ts';
import type { PersonKeys, SealKeyPair } from '../keys/person.ts';
import { nonzeroScalarFromBytes, scalarToBytes } from '../scalar.ts';
import { expectBytes, expectInteger, expectList, expectMap } from '../shape.ts';
import { checkIndices, SHARED_BYTES_MAX, splitBytes } from './byte-shares.ts';

export const SHARING_NONCE_BYTES = 16;
const SHARING_HOLDERS_MAX = 64;
const DEALING_BYTES_MAX = 16 * 1024;

/** What is shared: an opening scalar (emergency access) or none (recovery), and bytes. */
export interface SharedSecret {
  readonly scalar?: Uint8Array;
  /** 1 to 1024 bytes. */
  readonly bytes: Uint8Array;
}

/** What all holders know, and nobody else: the ledger has its hash only, since C_0 is the compartment's A. */
export interface Dealing {
  readonly threshold: number;
  /** Feldman's commitments C_0 .. C_(t-1); none when no scalar is shared. */
  readonly commitments: readonly Uint8Array[];
  readonly length: number;
  readonly holders: readonly {
    readonly id: Uint8Array;
    readonly index: number;
    /** H(sharing id, index, salt, byte share): names the holder of a wrong one. */
    readonly digest: Hash;
  }[];
}

/** One holder's part, checked against the dealing. */
export interface HeldPart {
  readonly dealing: Dealing;
  readonly index: number;
  /** f(index); empty when no scalar is shared. */
  readonly scalar: Uint8Array;
  readonly bytes: Uint8Array;
  /** 32 bytes that keep the digest from being a test of guesses. */
  readonly salt: Uint8Array;
}

export interface CreateSharingInit {
  readonly issuer: PersonKeys;
  /** Whose secret it is, 32 bytes. */
  readonly patient: Uint8Array;
  readonly secret: SharedSecret;
  /** At least 2: no holder opens alone. */
  readonly threshold: number;
  /** At most 64. */
  readonly holders: readonly ShareHolder[];
  /** 16 bytes; random when absent. */
  readonly nonce?: Uint8Array;
}

export interface Sharing {
  readonly sharingId: Hash;
  readonly nonce: Uint8Array;
  /** For the ledger: hides the dealing, and every holder checks it. */
  readonly commitment: Hash;
  readonly boxes: readonly { readonly id: Uint8Array; readonly index: number; readonly box: Uint8Array }[];
}

/**
 * What emergency access shares of a compartment (SCHEME 7): `a` by the scalar field, kappa and ix as 64 bytes. Never
 * throws.
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

function digestOf(sharingId: Hash, share: Pick<HeldPart, 'index' | 'bytes' | 'salt'>): Hash {
  return hash(DOMAIN.sharingDigest, sharingId, uint32(share.index), share.salt, share.bytes);
}

/** True when these bytes are the share of this index that was dealt. */
export function isDealtShare(
  sharingId: Hash,
  dealing: Dealing,
  share: Pick<HeldPart, 'index' | 'bytes' | 'salt'>,
): boolean {
  const holder = dealing.holders.find(({ index }) => index === share.index);
  return holder !== undefined && equalBytes(holder.digest, digestOf(sharingId, share));
}

export function encodeDealing(dealing: Dealing): Uint8Array {
  const { threshold, commitments, length, holders } = dealing;
  return encode({
    threshold,
    commitments: [...commitments],
    length,
    holders: holders.map(({ id, index, digest }) => ({ id, index, digest })),
  });
}

/** Bytes to a dealing whose parts fit together; throws CryptoError('encoding' | 'input-invalid'). */
export function decodeDealing(bytes: Uint8Array): Dealing {
  const keys = ['threshold', 'commitments', 'length', 'holders'] as const;
  const map = expectMap(decode(bytes, DEALING_BYTES_MAX), keys, 'dealing');
  const holders = expectList(map.holders, 2, SHARING_HOLDERS_MAX, 'holders').map((holder) => {
    const { id, index, digest } = expectMap(holder, ['id', 'index', 'digest'], 'holder');
    return {
      id: expectBytes(id, 32, 'holder'),
      index: expectInteger(index, 1, SHARE_INDEX_MAX, 'index'),
      digest: expectBytes(digest, 32, 'digest'),
    };
  });
  checkIndices(holders.map(({ index }) => index));
  const threshold = expectInteger(map.threshold, 2, holders.length, 'threshold');
  const list = expectList(map.commitments, 0, threshold, 'commitments');
  if (list.length !== 0 && list.length !== threshold) throw new CryptoError('encoding', 'commitments');
  return {
    threshold,
    commitments: list.map((point) => expectBytes(point, 32, 'commitment')),
    length: expectInteger(map.length, 1, SHARED_BYTES_MAX, 'length'),
    holders,
  };
}

/** What the ledger keeps of a dealing: 32 bytes. */
export function dealingCommitment(sharingId: Hash, dealing: Uint8Array): Hash {
  return hash(DOMAIN.sharingDealing, sharingId, dealing);
}

function partContext(sharingId: Hash, holder: Uint8Array, index: number): Hash {
  return hash(DOMAIN.sharingPart, sharingId, holder, uint32(index));
}

/**
 * Shares a secret t-of-n among institutions or guardians (SCHEME 7): Shamir over the scalar field with Feldman's
 * commitments, the polynomials of a grant with d = 1, and Shamir over GF(2^8) for bytes with a digest a share. All
 * goes out sealed; the ledger gets one hash of 32 bytes. Throws CryptoError('input-invalid' | 'key-invalid' |
 * 'scalar-invalid').
 */
export function createSharing(backend: Backend, init: CreateSharingInit): Sharing {
  const { issuer, patient, secret, threshold, holders } = init;
  const nonce = init.nonce ?? backend.random(SHARING_NONCE_BYTES);
  const indices = holders.map(({ index }) => index);
  checkIndices(indices);
  const isThreshold = Number.isInteger(threshold) && threshold >= 2 && threshold <= holders.length;
  if (!isThreshold || holders.length > SHARING_HOLDERS_MAX || patient.length !== 32) {
    throw new CryptoError('input-invalid', 'threshold, holders or patient');
  }
  if (nonce.length !== SHARING_NONCE_BYTES) throw new CryptoError('input-invalid', 'nonce');
  const sharingId = sharingIdOf(issuer.id, patient, nonce);
  const polynomial =
    secret.scalar === undefined
      ? undefined
      : randomPolynomial(backend, nonzeroScalarFromBytes(secret.scalar), threshold, indices);
  const shares = splitBytes(backend, secret.bytes, threshold, indices).map((share) => ({
    ...share,
    salt: backend.random(32),
  }));
  const dealing = encodeDealing({
    threshold,
    commitments: polynomial === undefined ? [] : commit(backend, polynomial),
    length: secret.bytes.length,
    holders: shares.map((share, i) => ({
      id: holders[i]?.id ?? new Uint8Array(0),
      index: share.index,
      digest: digestOf(sharingId, share),
    })),
  });
  const boxes = shares.map(({ index, bytes, salt }, i) => {
    const { id, seal } = holders[i] ?? { id: new Uint8Array(0), seal: new Uint8Array(0) };
    const scalar = polynomial === undefined ? new Uint8Array(0) : scalarToBytes(evaluate(polynomial, index));
    const plaintext = encode({ dealing, scalar, bytes, salt });
    const box = sealBox(backend, {
      sender: { id: issuer.id, secretKey: issuer.sign.secretKey },
      recipientSeal: seal,
      context: partContext(sharingId, id, index),
      plaintext,
    });
    return { id, index, box };
  });
  return { sharingId, nonce, commitment: dealingCommitment(sharingId, dealing), boxes };
}

export interface OpenPartInit {
  /** A node, or a guardian. */
  readonly holder: { readonly id: Uint8Array; readonly seal: SealKeyPair };
  readonly index: number;
  readonly issuer: { readonly id: Uint8Array; readonly signPublicKey: Uint8Array };
  readonly sharingId: Hash;
  /** From the ledger. */
  readonly commitment: Hash;
  readonly box: Uint8Array;
}

/**
 * A holder's part (SCHEME 7: a scalar of 32 bytes or none, and 1 to 1024 bytes), checked against the ledger's
 * commitment; throws CryptoError('share-invalid') whatever is wrong.
 */
export function openPart(backend: Backend, init: OpenPartInit): HeldPart {
  const { holder, index, issuer, sharingId } = init;
  try {
    const opened = openBox(backend, {
      senderPublicKey: issuer.signPublicKey,
      senderId: issuer.id,
      recipient: holder.seal,
      context: partContext(sharingId, holder.id, index),
      box: init.box,
    });
    const keys = ['dealing', 'scalar', 'bytes', 'salt'] as const;
    const map = expectMap(decode(opened, 2 * DEALING_BYTES_MAX), keys, 'part');
    const dealing = dealingFrom(map.dealing, sharingId, init.commitment);
    const bytes = expectBytes(map.bytes, dealing.length, 'byte share');
    const scalar = expectBytes(map.scalar, dealing.commitments.length === 0 ? 0 : 32, 'scalar share');
    const salt = expectBytes(map.salt, 32, 'salt');
    const isHolder = dealing.holders.some((one) => one.index === index && equalBytes(one.id, holder.id));
    if (!isHolder || !isDealtShare(sharingId, dealing, { index, bytes, salt })) {
      throw new CryptoError('share-invalid');
    }
    if (scalar.length > 0) {
      const image = sharePublic(backend, dealing.commitments, index);
      if (!equalBytes(backend.group.multiplyBase(scalar), image)) throw new CryptoError('share-invalid');
    }
    return { dealing, index, scalar, bytes, salt };
  } catch {
    throw new CryptoError('share-invalid');
  }
}

/** A dealing that came in with a part or a release: the one that the ledger's commitment names, or none. */
export function dealingFrom(value: unknown, sharingId: Hash, commitment: Hash): Dealing {
  if (!(value instanceof Uint8Array) || !equalBytes(dealingCommitment(sharingId, value), commitment)) {
    throw new CryptoError('share-invalid', 'not the dealing of the ledger');
  }
  return decodeDealing(value);
}
