import { SEAL_PUBLIC_KEY_BYTES } from '#crypto';
import type { PublicKeys } from '#crypto';
import { ADMINISTRATORS_MAX, HEIGHT_MAX, SIGNATURE_BYTES, TIME_MS_MAX } from './bounds.ts';
import {
  bytesShape,
  idShape,
  integerShape,
  listShape,
  objectShape,
  publicKeysShape,
  textShape,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** What an institution shows of itself before it joins: what the genesis names of the first ones. */
export interface Applicant {
  name: string;
  /** Ed25519, 32 bytes. */
  validatorKey: Uint8Array;
  /** X-Wing, 1216 bytes. */
  sealKey: Uint8Array;
  peerId: string;
  addresses: string[];
  /** Its first administrators, two or more: one alone approves no doctor and has no voice in the next change. */
  administrators: PublicKeys[];
  /** Block time from which on nobody may propose or decide with this: what was signed once is not good for ever. */
  expiresAtMs: number;
}

/** `signature` is the new validator key's over `admissionBytes`: nobody joins without wanting to, or another chain. */
export interface MembershipAdmitBody extends Applicant {
  signature: Uint8Array;
  /** First height at which it is to vote; later when the decision comes too late for that. */
  fromHeight: number;
}

export interface MembershipRemoveBody {
  institution: Uint8Array;
  /** First height without it; later when the decision comes too late for that. */
  fromHeight: number;
}

/** Bodies about who belongs to the consortium; a proposal is named by the hash of its transaction. */
export interface MembershipBodies {
  'membership.admit': MembershipAdmitBody;
  'membership.remove': MembershipRemoveBody;
  'membership.vote': { proposal: Uint8Array };
}

/** Fields of an applicant, as they lie in the transaction and in the state. */
export const applicantFields: { [K in keyof Applicant]: Shape<Applicant[K]> } = {
  name: textShape(1, 128),
  validatorKey: idShape,
  sealKey: bytesShape(SEAL_PUBLIC_KEY_BYTES),
  peerId: textShape(1, 128),
  addresses: listShape(textShape(1, 256), 0, 8),
  administrators: listShape(publicKeysShape, 2, ADMINISTRATORS_MAX),
  expiresAtMs: integerShape(0, TIME_MS_MAX),
};
const fromHeightShape = integerShape(1, HEIGHT_MAX);

export const MEMBERSHIP_BODY_SHAPES: {
  readonly [K in keyof MembershipBodies]: Shape<MembershipBodies[K]>;
} = {
  'membership.admit': objectShape<MembershipAdmitBody>({
    ...applicantFields,
    signature: bytesShape(SIGNATURE_BYTES),
    fromHeight: fromHeightShape,
  }),
  'membership.remove': objectShape<MembershipRemoveBody>({
    institution: idShape,
    fromHeight: fromHeightShape,
  }),
  'membership.vote': objectShape({ proposal: idShape }),
};
