import type { Backend } from '../backend/backend.ts';
import { openBox, sealBox } from '../box.ts';
import { equalBytes, uint32 } from '../bytes.ts';
import type { CompartmentName, DelegateCompartment } from '../compartment.ts';
import {
  combineMasked,
  convert,
  verifyConversion,
  type Conversion,
  type ConversionContext,
} from '../conversion/conversion.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import { checkIndices, interpolateShares } from '../grant/polynomial.ts';
import { isShareOf, lockCommitmentOf, type HeldPart } from '../grant/share-box.ts';
import { hash, type Hash } from '../hash.ts';
import type { PersonKeys } from '../keys/person.ts';
import { matchesLink, type CID } from '../link.ts';
import { nonzeroScalarFromBytes } from '../scalar.ts';
import { expectBytes, expectBytesUpTo, expectList, expectMap } from '../shape.ts';
import {
  checkSharingLists,
  EMERGENCY_BYTES,
  maskOf,
  SEALED_OVERHEAD_BYTES,
  SHARED_BYTES_MAX,
  unseal,
  type Opening,
  type PublicSharing,
} from './deposit.ts';

export const RELEASE_CAPSULES_MAX = 256;
const RELEASE_BYTES_MAX = 64 * 1024;

/** The committed request that a release answers. */
export interface ReleaseContext {
  readonly chainId: Hash;
  readonly sharingId: Hash;
  /** Id of the doctor, or of the person who recovers. */
  readonly requester: Uint8Array;
  readonly accessId: Hash;
  readonly height: number;
}

/** One slot of one anchored record. */
export interface ReleaseCapsule {
  readonly E: Uint8Array;
  readonly recordId: Uint8Array;
  readonly slot: number;
}

export interface SealReleaseInit {
  readonly holder: { readonly id: Uint8Array; readonly index: number; readonly secretKey: Uint8Array };
  /** What the holder has: shares of r and, for an emergency, of b, and z. */
  readonly part: HeldPart;
  /** The block that r and z open. */
  readonly sealed: Uint8Array;
  readonly context: ReleaseContext;
  /** X-Wing key of the requester, 1216 bytes. */
  readonly requesterSeal: Uint8Array;
  /** 0 (recovery) to 256 capsules. */
  readonly capsules: readonly ReleaseCapsule[];
}

/** A holder's release, opened and checked. */
export interface Release {
  readonly index: number;
  /** What it was checked against, in canonical bytes: request, capsules in their order, deposit. Only equals join. */
  readonly basis: Uint8Array;
  readonly sharing: PublicSharing;
  /** f(index) of r. */
  readonly share: Uint8Array;
  /** z. */
  readonly lock: Uint8Array;
  readonly sealed: Uint8Array;
  /** In the order of the capsules. */
  readonly conversions: readonly Conversion[];
}

/** The access request of one capsule: a release is a conversion under the sharing's id and rekey 0. */
export function releaseConversionContext(
  context: ReleaseContext,
  capsule: ReleaseCapsule,
): ConversionContext {
  const { chainId, sharingId, requester, accessId, height } = context;
  const { recordId, slot } = capsule;
  return { chainId, grantId: sharingId, rekey: 0, recordId, slot, delegate: requester, accessId, height };
}

function boxContext(context: ReleaseContext, holder: Uint8Array, index: number): Hash {
  const { chainId, sharingId, requester, accessId } = context;
  return hash(DOMAIN.sharingRelease, chainId, sharingId, requester, accessId, holder, uint32(index));
}

/**
 * What a holder gives out after the ledger committed the request (SCHEME 7): its share of r, z, the block that both
 * open, and partial decryptions with their proofs, at most 64 KiB, sealed to the requester (X-Wing, 1216 bytes), so that no
 * other holder and no listener gets any of it. The share of b stays. Throws CryptoError('input-invalid' |
 * 'scalar-invalid' | 'point-invalid' | 'key-invalid').
 */
export function sealRelease(backend: Backend, init: SealReleaseInit): Uint8Array {
  const { holder, part, sealed, context, capsules } = init;
  checkIndices([holder.index]);
  const [share, scalar, ...more] = part.shares;
  if (share === undefined || more.length > 0 || part.lock.length !== 32)
    throw new CryptoError('input-invalid', 'shares');
  if (capsules.length > RELEASE_CAPSULES_MAX) throw new CryptoError('input-invalid', 'capsules');
  for (const one of part.shares) nonzeroScalarFromBytes(one);
  const conversions = capsules.map((capsule) => {
    if (scalar === undefined) throw new CryptoError('input-invalid', 'capsules');
    const { point, proof } = convert(backend, {
      share: scalar,
      E: capsule.E,
      index: holder.index,
      context: releaseConversionContext(context, capsule),
    });
    return { point, proof };
  });
  return sealBox(backend, {
    sender: holder,
    recipientSeal: init.requesterSeal,
    context: boxContext(context, holder.id, holder.index),
    plaintext: encode({ share, lock: part.lock, sealed, conversions }),
  });
}

export interface OpenReleaseInit {
  readonly requester: Pick<PersonKeys, 'seal'>;
  readonly holder: {
    readonly id: Uint8Array;
    readonly index: number;
    readonly signPublicKey: Uint8Array;
  };
  readonly context: ReleaseContext;
  /** As the ledger has it, with the link of the sealed block. */
  readonly sharing: PublicSharing & { readonly sealed: CID };
  readonly capsules: readonly ReleaseCapsule[];
  readonly box: Uint8Array;
}

function basisOf({ context, sharing, capsules }: OpenReleaseInit): Uint8Array {
  const { chainId, sharingId, requester, accessId, height } = context;
  const { commitments, lock, sealed } = sharing;
  const asked = capsules.map(({ E, recordId, slot }) => [E, recordId, slot]);
  return encode([chainId, sharingId, requester, accessId, height, asked, commitments, lock, sealed]);
}

/**
 * Opens one holder's release (at most 65,536 bytes; SCHEME 7) and checks all of it against the ledger: the share of r
 * (32 bytes) and every conversion's proof against the commitments, the sealed block against its link. Throws
 * CryptoError('share-invalid'): this holder's release is not to be used, whoever holds the others.
 */
export function openRelease(backend: Backend, init: OpenReleaseInit): Release {
  const { holder, context, sharing, capsules } = init;
  const { index } = holder;
  try {
    checkSharingLists(sharing.commitments);
    if (capsules.length > RELEASE_CAPSULES_MAX) throw new CryptoError('share-invalid');
    const opened = openBox(backend, {
      senderPublicKey: holder.signPublicKey,
      senderId: holder.id,
      recipient: init.requester.seal,
      context: boxContext(context, holder.id, index),
      box: init.box,
    });
    const keys = ['share', 'lock', 'sealed', 'conversions'] as const;
    const map = expectMap(decode(opened, RELEASE_BYTES_MAX), keys, 'release');
    const share = expectBytes(map.share, 32, 'share');
    const lock = expectBytes(map.lock, 32, 'lock');
    const sealed = expectBytesUpTo(map.sealed, SHARED_BYTES_MAX + SEALED_OVERHEAD_BYTES, 'sealed');
    const [ofOpening, ofScalar] = sharing.commitments;
    const isSound =
      equalBytes(sharing.id, context.sharingId) &&
      isShareOf(backend, ofOpening ?? [], index, share) &&
      equalBytes(lockCommitmentOf(sharing.id, lock), sharing.lock) &&
      matchesLink(sharing.sealed, sealed);
    if (!isSound) throw new CryptoError('share-invalid');
    const list = expectList(map.conversions, capsules.length, capsules.length, 'conversions');
    const conversions = capsules.map((capsule, i) => {
      const { point, proof } = expectMap(list[i], ['point', 'proof'], 'conversion');
      const conversion = {
        index,
        point: expectBytes(point, 32, 'point'),
        proof: expectBytes(proof, 64, 'proof'),
      };
      const claim = { rekey: { commitments: ofScalar ?? [] }, E: capsule.E, conversion };
      const request = releaseConversionContext(context, capsule);
      if (!verifyConversion(backend, { ...claim, context: request })) throw new CryptoError('share-invalid');
      return conversion;
    });
    return {
      index,
      basis: basisOf(init),
      sharing: { id: sharing.id, commitments: sharing.commitments, lock: sharing.lock },
      share,
      lock,
      sealed,
      conversions,
    };
  } catch {
    throw new CryptoError('share-invalid');
  }
}

/** r and z, and the first of exactly t releases of one basis. Throws CryptoError('share-invalid'). */
function openingOf(releases: readonly Release[]): { first: Release; opening: Opening } {
  const [first] = releases;
  if (first === undefined || releases.length !== first.sharing.commitments[0]?.length) {
    throw new CryptoError('share-invalid', 'exactly t releases');
  }
  // Proofs fit each release alone: elements of other requests, or in another order, would join to a wrong Y.
  if (releases.some(({ basis }) => !equalBytes(basis, first.basis)))
    throw new CryptoError('share-invalid', 'releases of one request');
  return { first, opening: { r: interpolateShares(releases), z: first.lock } };
}

/**
 * The bytes of a recovery, 1 to 1024, out of exactly t releases of one request (SCHEME 7). Throws
 * CryptoError('share-invalid').
 */
export function joinReleases(releases: readonly Release[]): Uint8Array {
  const { first, opening } = openingOf(releases);
  if (first.sharing.commitments.length !== 1) throw new CryptoError('share-invalid', 'not a recovery');
  return unseal(first.sharing.id, opening, first.sealed);
}

/**
 * What an emergency doctor opens records with (SCHEME 7): the compartment without its scalar, and Y = a*E of 32 bytes
 * for every capsule. The record must still open under it (`canOpen`). Throws CryptoError('share-invalid' |
 * 'conversion-invalid').
 */
export function combineReleases(
  backend: Backend,
  releases: readonly Release[],
  name: CompartmentName,
): { readonly compartment: DelegateCompartment; readonly elements: readonly Uint8Array[] } {
  const { first, opening } = openingOf(releases);
  const B = first.sharing.commitments[1]?.[0];
  const bytes = unseal(first.sharing.id, opening, first.sealed);
  if (B === undefined || bytes.length !== EMERGENCY_BYTES)
    throw new CryptoError('share-invalid', 'not emergency access');
  const mask = maskOf(first.sharing.id, opening);
  const elements = first.conversions.map((_, at) => {
    const conversions = releases.flatMap((release) => release.conversions.slice(at, at + 1));
    return combineMasked(backend, conversions, releases.length, mask);
  });
  const A = backend.group.multiply(mask, B);
  return { compartment: { name, A, kappa: bytes.slice(0, 32), ix: bytes.slice(32) }, elements };
}
