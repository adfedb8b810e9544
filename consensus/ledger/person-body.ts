import type { CID, PublicKeys } from '#crypto';
import { COVER_DOCTORS_MAX, IDENTIFIERS_MAX, SIGNATURE_BYTES, TIME_MS_MAX } from './bounds.ts';
import {
  bytesShape,
  idShape,
  integerShape,
  linkShape,
  listShape,
  objectShape,
  orNull,
  publicKeysShape,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** `signature` is the new key's over `keyChangeBytes`, 64 bytes; the envelope is signed with the key that goes. */
export interface RotateKeysBody {
  keys: PublicKeys;
  signature: Uint8Array;
}

/** `signature` is the device's over `deviceConsentBytes`, 64 bytes: nobody enrols keys that are not in his hands. */
export interface DeviceEnrolBody {
  keys: PublicKeys;
  signature: Uint8Array;
}

/** As `RotateKeysBody`, for a person who can not sign any more. */
export interface RecoveryStartBody extends RotateKeysBody {
  person: Uint8Array;
}

/** One act for several doctors, at most COVER_DOCTORS_MAX, until `untilMs` of block time. */
export interface CoverBody {
  patient: Uint8Array;
  doctors: readonly Uint8Array[];
  untilMs: number;
}

/** `reason` links a block sealed to the administrators: the ground (age, incapacity) is not for the ledger. */
export interface GuardianshipBody {
  patient: Uint8Array;
  guardian: Uint8Array;
  untilMs: number;
  reason: CID | null;
}

export interface GuardianBody {
  patient: Uint8Array;
  guardian: Uint8Array;
}

/**
 * A patient asks another institution to be her home; her present one takes that back. `profile` is sealed to the
 * administrators of the institution that she asks, as at a registration.
 */
export interface MoveBody {
  patient: Uint8Array;
  home: Uint8Array;
  profile: CID | null;
}

/** `identifiers`: tags of the identity at the new home, one to four of them, or none. */
export interface ReceiveBody {
  person: Uint8Array;
  identifiers: readonly Uint8Array[];
}

/** An institution's key for identities (SCHEME 9), 32 bytes, and its node's signature over `identityKeyBytes`. */
export interface IdentityKeyBody {
  publicKey: Uint8Array;
  signature: Uint8Array;
}

/** `release`: hash of everything that the institution's node serves to browsers, 32 bytes. */
export interface DashboardBody {
  release: Uint8Array;
}

/** Bodies about who a person is and who acts in whose place. */
export interface PersonBodies {
  'person.rotate-keys': RotateKeysBody;
  'person.erase': { patient: Uint8Array };
  'person.move': MoveBody;
  'person.receive': ReceiveBody;
  'recovery.start': RecoveryStartBody;
  'recovery.veto': { person: Uint8Array };
  'recovery.finish': { person: Uint8Array };
  'cover.create': CoverBody;
  'cover.end': { patient: Uint8Array; doctor: Uint8Array };
  'guardianship.create': GuardianshipBody;
  'guardianship.confirm': GuardianBody;
  'guardianship.end': GuardianBody;
  'identity.publish': IdentityKeyBody;
  'dashboard.declare': DashboardBody;
}

const untilShape = integerShape(1, TIME_MS_MAX);
const signatureShape = bytesShape(SIGNATURE_BYTES);
export const deviceEnrolShape = objectShape<DeviceEnrolBody>({
  keys: publicKeysShape,
  signature: signatureShape,
});
const personShape = objectShape({ person: idShape });
const guardianShape = objectShape<GuardianBody>({ patient: idShape, guardian: idShape });

export const PERSON_BODY_SHAPES: { readonly [K in keyof PersonBodies]: Shape<PersonBodies[K]> } = {
  'person.rotate-keys': objectShape<RotateKeysBody>({ keys: publicKeysShape, signature: signatureShape }),
  'person.erase': objectShape({ patient: idShape }),
  'person.move': objectShape<MoveBody>({ patient: idShape, home: idShape, profile: orNull(linkShape) }),
  'person.receive': objectShape<ReceiveBody>({
    person: idShape,
    identifiers: listShape(idShape, 0, IDENTIFIERS_MAX),
  }),
  'recovery.start': objectShape<RecoveryStartBody>({
    person: idShape,
    keys: publicKeysShape,
    signature: signatureShape,
  }),
  'recovery.veto': personShape,
  'recovery.finish': personShape,
  'cover.create': objectShape<CoverBody>({
    patient: idShape,
    doctors: listShape(idShape, 1, COVER_DOCTORS_MAX),
    untilMs: untilShape,
  }),
  'cover.end': objectShape({ patient: idShape, doctor: idShape }),
  'guardianship.create': objectShape<GuardianshipBody>({
    patient: idShape,
    guardian: idShape,
    untilMs: untilShape,
    reason: orNull(linkShape),
  }),
  'guardianship.confirm': guardianShape,
  'guardianship.end': guardianShape,
  'identity.publish': objectShape<IdentityKeyBody>({ publicKey: idShape, signature: signatureShape }),
  'dashboard.declare': objectShape<DashboardBody>({ release: idShape }),
};
