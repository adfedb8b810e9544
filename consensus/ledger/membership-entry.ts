import {
  ADMINISTRATORS_MAX,
  HEIGHT_MAX,
  INSTITUTIONS_MAX,
  NONCE_MAX,
  SEATS_MAX,
  TIME_MS_MAX,
} from './bounds.ts';
import { applicantFields } from './membership-body.ts';
import type { Applicant } from './membership-body.ts';
import { entryCodec, idShape, integerShape, listShape, objectShape, oneOf, orNull } from './shape.ts';
import type { Shape } from './shape.ts';

/** A member of an epoch. `index` is its share index: given once at admission, never again. */
export interface EpochMember {
  id: Uint8Array;
  validatorKey: Uint8Array;
  index: number;
}

/** A set of institutions and the first height that it decides. Epoch 0 is the genesis, from height 1. */
export interface Epoch {
  /** Counts the changes. */
  number: number;
  fromHeight: number;
  /** Sorted by id: the place is the validator's index in votes and certificates. */
  members: EpochMember[];
}

/** The newest epoch, in force or to come, and the one before it (itself, when it is the first). */
export interface Schedule {
  last: Epoch;
  before: Epoch;
}

/** One administrator's voice for a proposal. */
export interface Voice {
  institution: Uint8Array;
  administrator: Uint8Array;
}

export const PROPOSAL_KINDS = ['admit', 'remove'] as const;
export const PROPOSAL_STATUSES = ['open', 'decided'] as const;
/** A change of the consortium that was proposed; named by the hash of its transaction. */
export interface Proposal {
  id: Uint8Array;
  kind: (typeof PROPOSAL_KINDS)[number];
  institution: Uint8Array;
  fromHeight: number;
  proposedBy: Uint8Array;
  height: number;
  /** Block time at which it is void unless decided. */
  openUntilMs: number;
  voices: Voice[];
  status: (typeof PROPOSAL_STATUSES)[number];
  decidedHeight: number | null;
  /** The first height of the epoch that it made. */
  effectiveHeight: number | null;
}

const heightShape = integerShape(0, HEIGHT_MAX);
const EPOCH_BYTES_MAX = INSTITUTIONS_MAX * 128;
const epochFields: { [K in keyof Epoch]: Shape<Epoch[K]> } = {
  number: integerShape(0, NONCE_MAX),
  fromHeight: heightShape,
  members: listShape(
    objectShape<EpochMember>({ id: idShape, validatorKey: idShape, index: integerShape(1, SEATS_MAX) }),
    1,
    INSTITUTIONS_MAX,
  ),
};
const epochShape = objectShape<Epoch>(epochFields);

/** Codecs of the state values about who belongs to the consortium. */
export const MEMBERSHIP_ENTRY = {
  epoch: entryCodec<Epoch>('epoch', EPOCH_BYTES_MAX, epochFields),
  schedule: entryCodec<Schedule>('schedule', 2 * EPOCH_BYTES_MAX, { last: epochShape, before: epochShape }),
  proposal: entryCodec<Proposal>('proposal', INSTITUTIONS_MAX * ADMINISTRATORS_MAX * 128, {
    id: idShape,
    kind: oneOf(PROPOSAL_KINDS),
    institution: idShape,
    fromHeight: heightShape,
    proposedBy: idShape,
    height: heightShape,
    openUntilMs: integerShape(0, TIME_MS_MAX),
    voices: listShape(
      objectShape<Voice>({ institution: idShape, administrator: idShape }),
      1,
      INSTITUTIONS_MAX * ADMINISTRATORS_MAX,
    ),
    status: oneOf(PROPOSAL_STATUSES),
    decidedHeight: orNull(heightShape),
    effectiveHeight: orNull(heightShape),
  }),
  applicant: entryCodec<Applicant>('applicant', 64 * 1024, applicantFields),
} as const;
