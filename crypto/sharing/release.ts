import type { Backend } from '../backend/backend.ts';
import { openBox, sealBox } from '../box.ts';
import { equalBytes, uint32 } from '../bytes.ts';
import type { CompartmentName, DelegateCompartment } from '../compartment.ts';
import {
  combineUnmasked,
  convert,
  verifyConversion,
  type Conversion,
  type ConversionContext,
} from '../conversion/conversion.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import { hash, type Hash } from '../hash.ts';
import type { PersonKeys } from '../keys/person.ts';
import { expectBytes, expectList, expectMap } from '../shape.ts';
import { joinBytes } from './byte-shares.ts';
import { dealingFrom, encodeDealing, isDealtShare, type Dealing, type HeldPart } from './dealing.ts';

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
  readonly holder: { readonly id: Uint8Array; readonly secretKey: Uint8Array };
  readonly part: HeldPart;
  readonly context: ReleaseContext;
  /** X-Wing key of the requester, 1216 bytes. */
  readonly requesterSeal: Uint8Array;
  /** 0 (recovery) to 256 capsules. */
  readonly capsules: readonly ReleaseCapsule[];
}

/** A holder's release, opened and checked. */
export interface Release {
  readonly index: number;
  readonly dealing: Dealing;
  readonly bytes: Uint8Array;
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
 * What a holder gives out after the ledger committed the request (SCHEME 7): partial decryptions with their proofs
 * and the share of the bytes, at most 64 KiB, sealed to the requester (X-Wing, 1216 bytes), so that no other holder
 * and no listener gets a share. The scalar share stays. Throws CryptoError('input-invalid' | 'point-invalid' |
 * 'key-invalid').
 */
export function sealRelease(backend: Backend, init: SealReleaseInit): Uint8Array {
  const { holder, part, context, capsules } = init;
  if (capsules.length > RELEASE_CAPSULES_MAX || (capsules.length > 0 && part.scalar.length === 0)) {
    throw new CryptoError('input-invalid', 'capsules');
  }
  const conversions = capsules.map((capsule) => {
    const { point, proof } = convert(backend, {
      share: part.scalar,
      E: capsule.E,
      index: part.index,
      context: releaseConversionContext(context, capsule),
    });
    return { point, proof };
  });
  return sealBox(backend, {
    sender: holder,
    recipientSeal: init.requesterSeal,
    context: boxContext(context, holder.id, part.index),
    plaintext: encode({
      dealing: encodeDealing(part.dealing),
      bytes: part.bytes,
      salt: part.salt,
      conversions,
    }),
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
  /** The ledger's commitment to the dealing. */
  readonly commitment: Hash;
  readonly capsules: readonly ReleaseCapsule[];
  readonly box: Uint8Array;
}

/**
 * Opens one holder's release (at most 64 KiB; SCHEME 7) and checks all of it: its dealing against the ledger, the
 * byte share against the dealing, every conversion's proof. Throws CryptoError('share-invalid'): this holder's
 * release is not to be used, whoever holds the others.
 */
export function openRelease(backend: Backend, init: OpenReleaseInit): Release {
  const { holder, context, capsules } = init;
  try {
    const opened = openBox(backend, {
      senderPublicKey: holder.signPublicKey,
      senderId: holder.id,
      recipient: init.requester.seal,
      context: boxContext(context, holder.id, holder.index),
      box: init.box,
    });
    const keys = ['dealing', 'bytes', 'salt', 'conversions'] as const;
    const map = expectMap(decode(opened, RELEASE_BYTES_MAX), keys, 'release');
    const dealing = dealingFrom(map.dealing, context.sharingId, init.commitment);
    const bytes = expectBytes(map.bytes, dealing.length, 'byte share');
    const salt = expectBytes(map.salt, 32, 'salt');
    const { index } = holder;
    const isHolder = dealing.holders.some((one) => one.index === index && equalBytes(one.id, holder.id));
    if (!isHolder || !isDealtShare(context.sharingId, dealing, { index, bytes, salt })) {
      throw new CryptoError('share-invalid');
    }
    const list = expectList(map.conversions, capsules.length, capsules.length, 'conversions');
    const conversions = capsules.map((capsule, i) => {
      const { point, proof } = expectMap(list[i], ['point', 'proof'], 'conversion');
      const conversion = {
        index,
        point: expectBytes(point, 32, 'point'),
        proof: expectBytes(proof, 64, 'proof'),
      };
      const claim = { rekey: dealing, E: capsule.E, conversion };
      const request = releaseConversionContext(context, capsule);
      if (!verifyConversion(backend, { ...claim, context: request })) throw new CryptoError('share-invalid');
      return conversion;
    });
    return { index, dealing, bytes, conversions };
  } catch {
    throw new CryptoError('share-invalid');
  }
}

/** The first of exactly t releases. */
function requireReleases(releases: readonly Release[]): Release {
  const [first] = releases;
  if (first === undefined || releases.length !== first.dealing.threshold) {
    throw new CryptoError('share-invalid', 'exactly t releases');
  }
  return first;
}

/**
 * The shared bytes, 1 to 1024, out of exactly t releases of one sharing (SCHEME 7). Throws
 * CryptoError('share-invalid').
 */
export function joinReleases(releases: readonly Release[]): Uint8Array {
  requireReleases(releases);
  return joinBytes(releases.map(({ index, bytes }) => ({ index, bytes })));
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
  const first = requireReleases(releases);
  const { commitments, threshold } = first.dealing;
  const [A] = commitments;
  const bytes = joinReleases(releases);
  if (A === undefined || bytes.length !== 64) throw new CryptoError('share-invalid', 'not emergency access');
  const elements = first.conversions.map((_, at) => {
    const conversions = releases.flatMap((release) => release.conversions.slice(at, at + 1));
    return combineUnmasked(backend, conversions, threshold);
  });
  return { compartment: { name, A, kappa: bytes.slice(0, 32), ix: bytes.slice(32) }, elements };
}
