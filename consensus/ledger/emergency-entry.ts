import type { CID } from '#crypto';
import {
  HEIGHT_MAX,
  INSTITUTIONS_MAX,
  NONCE_MAX,
  REVIEWS_MAX,
  STATE_VALUE_BYTES_MAX,
  TIME_MS_MAX,
} from './bounds.ts';
import {
  EMERGENCY_REASONS,
  EMERGENCY_VERDICTS,
  lifetimeShape,
  depositCommitmentsShape,
  sharingNonceShape,
} from './emergency-body.ts';
import type { EmergencyReason, EmergencyShareBody, EmergencyVerdict } from './emergency-body.ts';
import { dealersShape, heldSharesShape } from './resharing-entry.ts';
import type { Dealer, HeldShares } from './resharing-entry.ts';
import {
  entryCodec,
  idShape,
  integerShape,
  linkShape,
  listShape,
  objectShape,
  oneOf,
  orNull,
} from './shape.ts';

/**
 * The newest deposit of a patient; taken back when `endedHeight` is not null. Threshold, commitments and holders are
 * those of now: `dealers`, `epoch` and `sharesHeight` as in a grant.
 */
export interface EmergencySharing {
  /** H(issuer, patient, nonce): what the boxes are bound to. */
  id: Uint8Array;
  issuer: Uint8Array;
  patient: Uint8Array;
  nonce: Uint8Array;
  threshold: number;
  commitments: EmergencyShareBody['commitments'];
  lock: Uint8Array;
  sealed: CID;
  shares: HeldShares[];
  dealers: Dealer[];
  epoch: number;
  /** The block since which these shares count. */
  sharesHeight: number;
  height: number;
  timeMs: number;
  endedHeight: number | null;
}

export const EMERGENCY_STATUSES = ['requested', 'open', 'ended'] as const;
/** An emergency, named by the hash of its request. Whether it is over by time `emergencyPhase` says. */
export interface Emergency {
  id: Uint8Array;
  patient: Uint8Array;
  doctor: Uint8Array;
  /** The deposit that it opens, and no other. */
  sharing: Uint8Array;
  reason: EmergencyReason;
  text: CID | null;
  textCommitment: Uint8Array;
  lifetimeMs: number;
  height: number;
  timeMs: number;
  status: (typeof EMERGENCY_STATUSES)[number];
  countersignedBy: Uint8Array | null;
  countersignedHeight: number | null;
  /** Block time from which it is over; null before the countersignature. */
  expiresAtMs: number | null;
  endedBy: Uint8Array | null;
  endedHeight: number | null;
  /** In order; one of each institution, of the patient and of each guardian at most. */
  reviews: EmergencyReview[];
}

/** What one reviewer said once it was over. */
export interface EmergencyReview {
  by: Uint8Array;
  /** Institution for which the reviewer spoke; null on the patient's side. */
  home: Uint8Array | null;
  verdict: EmergencyVerdict;
  text: CID | null;
  height: number;
}

const heightShape = integerShape(0, HEIGHT_MAX);
const timeShape = integerShape(0, TIME_MS_MAX);
const idOrNull = orNull(idShape);
const linkOrNull = orNull(linkShape);
const heightOrNull = orNull(heightShape);

/** Codecs of the state values of emergency access. */
export const EMERGENCY_ENTRY = {
  sharing: entryCodec<EmergencySharing>('sharing', STATE_VALUE_BYTES_MAX, {
    id: idShape,
    issuer: idShape,
    patient: idShape,
    nonce: sharingNonceShape,
    threshold: integerShape(1, INSTITUTIONS_MAX),
    commitments: depositCommitmentsShape,
    lock: idShape,
    sealed: linkShape,
    shares: heldSharesShape,
    dealers: dealersShape,
    epoch: integerShape(0, NONCE_MAX),
    sharesHeight: heightShape,
    height: heightShape,
    timeMs: timeShape,
    endedHeight: heightOrNull,
  }),
  emergency: entryCodec<Emergency>('emergency', 8192, {
    id: idShape,
    patient: idShape,
    doctor: idShape,
    sharing: idShape,
    reason: oneOf(EMERGENCY_REASONS),
    text: linkOrNull,
    textCommitment: idShape,
    lifetimeMs: lifetimeShape,
    height: heightShape,
    timeMs: timeShape,
    status: oneOf(EMERGENCY_STATUSES),
    countersignedBy: idOrNull,
    countersignedHeight: heightOrNull,
    expiresAtMs: orNull(timeShape),
    endedBy: idOrNull,
    endedHeight: heightOrNull,
    reviews: listShape(
      objectShape<EmergencyReview>({
        by: idShape,
        home: idOrNull,
        verdict: oneOf(EMERGENCY_VERDICTS),
        text: linkOrNull,
        height: heightShape,
      }),
      0,
      REVIEWS_MAX,
    ),
  }),
} as const;
