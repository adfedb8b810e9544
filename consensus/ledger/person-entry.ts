import type { CID, PublicKeys } from '#crypto';
import {
  COVERS_MAX,
  GUARDIANS_MAX,
  HEIGHT_MAX,
  IDENTIFIERS_MAX,
  KEY_CHANGES_MAX,
  TIME_MS_MAX,
} from './bounds.ts';
import {
  entryCodec,
  idShape,
  integerShape,
  linkShape,
  listShape,
  objectShape,
  oneOf,
  orNull,
  publicKeysShape,
} from './shape.ts';

/** Keys that a person had until (and in) the block `untilHeight`: what they signed stays verifiable. */
export interface FormerKeys {
  sign: Uint8Array;
  delegate: Uint8Array;
  untilHeight: number;
}

export const RECOVERY_STATUSES = ['open', 'vetoed', 'finished'] as const;
/** The newest recovery of a person. */
export interface Recovery {
  person: Uint8Array;
  keys: PublicKeys;
  startedBy: Uint8Array;
  startedHeight: number;
  /** From this block time on it can be finished. */
  finishFromMs: number;
  status: (typeof RECOVERY_STATUSES)[number];
  /** Who vetoed or finished it. */
  decidedBy: Uint8Array | null;
}

/** A doctor who stands in for whoever named her, until block time reaches `untilMs`. */
export interface Cover {
  doctor: Uint8Array;
  by: Uint8Array;
  untilMs: number;
  height: number;
}

export const GUARDIANSHIP_STATUSES = ['proposed', 'active', 'ended'] as const;
export interface Guardianship {
  guardian: Uint8Array;
  status: (typeof GUARDIANSHIP_STATUSES)[number];
  untilMs: number;
  reason: CID | null;
  createdBy: Uint8Array;
  /** The second administrator. */
  confirmedBy: Uint8Array | null;
  changedHeight: number;
}

/** A patient's wish to belong to another institution; there is one at a time, and none once that has received her. */
export interface Move {
  person: Uint8Array;
  home: Uint8Array;
  profile: CID | null;
  height: number;
  /** From this block time on she may be received, or at once when her home belongs no more. */
  receiveFromMs: number;
}

/** An institution's key for identities: one for good. */
export interface IdentityKey {
  publicKey: Uint8Array;
  height: number;
}

/** What an institution says that its node serves to browsers: the newest word counts. */
export interface DeclaredDashboard {
  release: Uint8Array;
  /** The administrator. */
  by: Uint8Array;
  height: number;
}

const heightShape = integerShape(0, HEIGHT_MAX);
const timeShape = integerShape(0, TIME_MS_MAX);

/** Codecs of the state values about who a person is and who acts in whose place. */
export const PERSON_ENTRY = {
  keyHistory: entryCodec<{ former: FormerKeys[] }>('key-history', KEY_CHANGES_MAX * 128, {
    former: listShape(
      objectShape<FormerKeys>({ sign: idShape, delegate: idShape, untilHeight: heightShape }),
      0,
      KEY_CHANGES_MAX,
    ),
  }),
  recovery: entryCodec<Recovery>('recovery', 4096, {
    person: idShape,
    keys: publicKeysShape,
    startedBy: idShape,
    startedHeight: heightShape,
    finishFromMs: timeShape,
    status: oneOf(RECOVERY_STATUSES),
    decidedBy: orNull(idShape),
  }),
  move: entryCodec<Move>('move', 256, {
    person: idShape,
    home: idShape,
    profile: orNull(linkShape),
    height: heightShape,
    receiveFromMs: timeShape,
  }),
  identifiers: entryCodec<{ ids: Uint8Array[] }>('identifiers', 256, {
    ids: listShape(idShape, 1, IDENTIFIERS_MAX),
  }),
  identityKey: entryCodec<IdentityKey>('identity-key', 128, { publicKey: idShape, height: heightShape }),
  dashboard: entryCodec<DeclaredDashboard>('dashboard', 160, {
    release: idShape,
    by: idShape,
    height: heightShape,
  }),
  covers: entryCodec<{ covers: Cover[] }>('covers', COVERS_MAX * 160, {
    covers: listShape(
      objectShape<Cover>({ doctor: idShape, by: idShape, untilMs: timeShape, height: heightShape }),
      0,
      COVERS_MAX,
    ),
  }),
  guardians: entryCodec<{ guardianships: Guardianship[] }>('guardians', GUARDIANS_MAX * 320, {
    guardianships: listShape(
      objectShape<Guardianship>({
        guardian: idShape,
        status: oneOf(GUARDIANSHIP_STATUSES),
        untilMs: timeShape,
        reason: orNull(linkShape),
        createdBy: idShape,
        confirmedBy: orNull(idShape),
        changedHeight: heightShape,
      }),
      0,
      GUARDIANS_MAX,
    ),
  }),
} as const;
