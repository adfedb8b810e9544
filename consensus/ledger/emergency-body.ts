import type { CID } from '#crypto';
import { EMERGENCY_LIFETIME_MS_MAX, INSTITUTIONS_MAX } from './bounds.ts';
import { commitmentsShape } from './resharing-body.ts';
import {
  bytesShape,
  idShape,
  integerShape,
  linkShape,
  listShape,
  objectShape,
  oneOf,
  orNull,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** HL7 v3 PurposeOfUse: emergency treatment, break the glass, disaster. What befell whom is in the sealed text. */
export const EMERGENCY_REASONS = ['ETREAT', 'BTG', 'DISASTER'] as const;
export type EmergencyReason = (typeof EMERGENCY_REASONS)[number];

export const EMERGENCY_VERDICTS = ['justified', 'not-justified'] as const;
export type EmergencyVerdict = (typeof EMERGENCY_VERDICTS)[number];

/** Bytes of the nonce that makes the id of a sharing. */
const SHARING_NONCE_BYTES = 16;

/**
 * The deposit (SCHEME 7): one box for each institution, sorted by node id, the commitments that every share is checked
 * against (of r and z, and for an emergency of b: they name no compartment), and the block that r and z open.
 */
export interface EmergencyShareBody {
  patient: Uint8Array;
  nonce: Uint8Array;
  threshold: number;
  /** As many as the threshold in each list, 32 bytes each. */
  commitments: readonly (readonly Uint8Array[])[];
  /** H(sharing id, z), 32 bytes. */
  lock: Uint8Array;
  sealed: CID;
  shares: readonly { node: Uint8Array; box: CID }[];
}

/** `text` links a sealed block, `textCommitment` is a salted commitment to what it says, 32 bytes. */
export interface EmergencyRequestBody {
  patient: Uint8Array;
  reason: EmergencyReason;
  text: CID | null;
  textCommitment: Uint8Array;
  /** From the countersignature on, in block time. */
  lifetimeMs: number;
}

export interface EmergencyReviewBody {
  emergency: Uint8Array;
  verdict: EmergencyVerdict;
  text: CID | null;
}

/** Bodies about emergency access and about what else is shared among institutions; an emergency is named by the hash of its request. */
export interface EmergencyBodies {
  'emergency.share': EmergencyShareBody;
  'emergency.unshare': { patient: Uint8Array };
  /** `patient` is the sender, whatever her role. */
  'recovery.share': EmergencyShareBody;
  'recovery.unshare': Record<never, never>;
  'emergency.request': EmergencyRequestBody;
  'emergency.countersign': { emergency: Uint8Array };
  'emergency.end': { emergency: Uint8Array };
  'emergency.review': EmergencyReviewBody;
}

/** Commitments of a deposit: two lists for an emergency, one for a recovery. */
export const depositCommitmentsShape = listShape(commitmentsShape, 1, 2);
const partsShape = listShape(objectShape({ node: idShape, box: linkShape }), 1, INSTITUTIONS_MAX);
export const sharingNonceShape = bytesShape(SHARING_NONCE_BYTES);
export const lifetimeShape = integerShape(1, EMERGENCY_LIFETIME_MS_MAX);
const emergencyShape = objectShape({ emergency: idShape });

const shareShape = objectShape<EmergencyShareBody>({
  patient: idShape,
  nonce: sharingNonceShape,
  threshold: integerShape(1, INSTITUTIONS_MAX),
  commitments: depositCommitmentsShape,
  lock: idShape,
  sealed: linkShape,
  shares: partsShape,
});

export const EMERGENCY_BODY_SHAPES: { readonly [K in keyof EmergencyBodies]: Shape<EmergencyBodies[K]> } = {
  'emergency.share': shareShape,
  'emergency.unshare': objectShape({ patient: idShape }),
  'recovery.share': shareShape,
  'recovery.unshare': objectShape({}),
  'emergency.request': objectShape<EmergencyRequestBody>({
    patient: idShape,
    reason: oneOf(EMERGENCY_REASONS),
    text: orNull(linkShape),
    textCommitment: idShape,
    lifetimeMs: lifetimeShape,
  }),
  'emergency.countersign': emergencyShape,
  'emergency.end': emergencyShape,
  'emergency.review': objectShape<EmergencyReviewBody>({
    emergency: idShape,
    verdict: oneOf(EMERGENCY_VERDICTS),
    text: orNull(linkShape),
  }),
};
