import { GRANT_NONCE_BYTES, SEAL_PUBLIC_KEY_BYTES } from '#crypto';
import type { CID, PublicKeys } from '#crypto';
import { accessItemsShape, PERSON_ROLES, rekeysShape, REPORT_ACTIONS, TRANSACTION_KINDS } from './body.ts';
import type { AccessItem, GrantCreateBody, PersonRole, ReportAction, TransactionKind } from './body.ts';
import {
  ADMINISTRATORS_MAX,
  CUSTODIANS_MAX,
  HEIGHT_MAX,
  INSTITUTIONS_MAX,
  NONCE_MAX,
  SEATS_MAX,
  STATE_VALUE_BYTES_MAX,
  TIME_MS_MAX,
  WRITERS_MAX,
} from './bounds.ts';
import { EMERGENCY_ENTRY } from './emergency-entry.ts';
import { MEMBERSHIP_ENTRY } from './membership-entry.ts';
import { PERSON_ENTRY } from './person-entry.ts';
import { dealersShape, heldSharesShape, RESHARING_ENTRY } from './resharing-entry.ts';
import type { Dealer, HeldShares } from './resharing-entry.ts';
import {
  bytesShape,
  entryCodec,
  idShape,
  integerShape,
  linkShape,
  listShape,
  oneOf,
  orNull,
  publicKeysShape,
  remembering,
  textShape,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** Roles in the state: a device is a sender whose patient is `owner`. */
export const ROLES = [...PERSON_ROLES, 'device'] as const;
/** Roles of senders: a member's node speaks for itself, and has no entry among the persons. */
export type Role = PersonRole | 'device' | 'node';
export const PERSON_STATUSES = ['pending', 'active', 'refused', 'suspended', 'revoked'] as const;
export type PersonStatus = (typeof PERSON_STATUSES)[number];

/** A person, or a device (`role: 'device'`, `owner` = its patient, `home` = the patient's). */
export interface Person {
  id: Uint8Array;
  role: Role;
  home: Uint8Array;
  keys: PublicKeys;
  profile: CID | null;
  owner: Uint8Array | null;
  status: PersonStatus;
  /** Administrators who have approved (or reinstated) in the case that is open or was decided last. */
  approvals: Uint8Array[];
  registeredHeight: number;
  /** Height of the newest decision; null while none was made. */
  decidedHeight: number | null;
  reason: CID | null;
  /** Place in the list `pendingAt(home)`; null when not pending. */
  pendingPosition: number | null;
}

/** An institution that belongs, is to belong, or did: its keys stay readable, so that what it signed can be checked. */
export interface InstitutionEntry {
  id: Uint8Array;
  name: string;
  validatorKey: Uint8Array;
  sealKey: Uint8Array;
  peerId: string;
  addresses: string[];
  /** Share index: 1..n in the genesis, then one more for each that joins; never given again. */
  index: number;
  /** First height that it decides. */
  fromHeight: number;
  /** First height without it; null while none is settled. */
  untilHeight: number | null;
}

/** `next` is the sequence that the lane's next record must have, so also the number of its records. */
export interface Lane {
  next: number;
  lastRecord: Uint8Array;
}

export interface RecordEntry {
  id: Uint8Array;
  patient: Uint8Array;
  /** Signer of the anchor; the header must name the same writer. */
  writer: Uint8Array;
  header: CID;
  sequence: number;
  previous: Uint8Array | null;
  /** The record that amends this one. */
  amendedBy: Uint8Array | null;
  /** The block that erased it; whoever finds this neither opens, converts nor serves the record. */
  erasedHeight: number | null;
  height: number;
  timeMs: number;
}

export interface KeyringEntry {
  box: CID;
  by: Uint8Array;
  kitSerial: number | null;
  height: number;
}

/** The serial of a patient's writer kits: the one that counts now. When each began lies under `kitSince`. */
export interface KitSerial {
  serial: number;
}

/**
 * What a node was shown to have done. The proof lies in `transaction`, or is the item of a block's evidence with this
 * hash; then the reporter is the node that proposed the block.
 */
export interface EvidenceEntry {
  node: Uint8Array;
  kind: 'equivocation' | 'proxy';
  reporter: Uint8Array;
  transaction: Uint8Array;
  height: number;
}

export const ASSIGNMENT_STATUSES = ['requested', 'proposed', 'active', 'ended'] as const;
export interface Assignment {
  patient: Uint8Array;
  doctor: Uint8Array;
  status: (typeof ASSIGNMENT_STATUSES)[number];
  /** Who asked for it while it is requested, then the administrator who proposed it. */
  createdBy: Uint8Array;
  createdHeight: number;
  changedHeight: number;
}

/** Somebody's wish that a doctor take charge of a patient; `id` is the hash of its transaction. */
export interface AssignmentRequest {
  id: Uint8Array;
  patient: Uint8Array;
  doctor: Uint8Array;
  by: Uint8Array;
  height: number;
}

export const REQUEST_STATUSES = ['open', 'refused', 'granted'] as const;
export interface GrantRequest {
  id: Uint8Array;
  patient: Uint8Array;
  from: Uint8Array;
  to: Uint8Array;
  message: CID | null;
  status: (typeof REQUEST_STATUSES)[number];
  /** The grant that answered it. */
  grant: Uint8Array | null;
  reason: CID | null;
  height: number;
  timeMs: number;
}

/**
 * What a proxy, a delegate and a patient need of a grant. Revoked when `revokedHeight` is not null. Threshold,
 * commitments and shares are those that count now: a re-sharing changes them together, never the constants.
 */
export interface Grant {
  id: Uint8Array;
  issuer: Uint8Array;
  patient: Uint8Array;
  delegate: Uint8Array;
  nonce: Uint8Array;
  threshold: number;
  rekeys: GrantCreateBody['rekeys'];
  shares: HeldShares[];
  /** Who shared this again, as many as the threshold before, in order; none while the issuer's own shares count. */
  dealers: Dealer[];
  /** The epoch whose members the holders are. */
  epoch: number;
  /** The block since which these shares count: an access that is older is converted no more. */
  sharesHeight: number;
  terms: CID;
  termsCommitment: Uint8Array;
  expiresAtMs: number;
  request: Uint8Array | null;
  height: number;
  timeMs: number;
  revokedHeight: number | null;
  revokedBy: Uint8Array | null;
}

/** A committed access request; `id` is the hash of its transaction. */
export interface Access {
  id: Uint8Array;
  grant: Uint8Array;
  patient: Uint8Array;
  delegate: Uint8Array;
  items: readonly AccessItem[];
  purpose: Uint8Array;
  height: number;
  timeMs: number;
}

/** One line of "what happened to my data": complete, because the count is in the state as well. */
export interface AuditLine {
  kind: TransactionKind;
  height: number;
  timeMs: number;
  transaction: Uint8Array;
  actor: Uint8Array;
  /** Person, doctor, device or delegate whom it is about, when that is not the actor. */
  subject: Uint8Array | null;
  grant: Uint8Array | null;
  request: Uint8Array | null;
  records: readonly Uint8Array[];
  action: ReportAction | null;
}

const heightShape = integerShape(0, HEIGHT_MAX);
const timeShape = integerShape(0, TIME_MS_MAX);
const countShape = integerShape(0, NONCE_MAX);
const idOrNull = orNull(idShape);
const linkOrNull = orNull(linkShape);
const rolesShape: Shape<Role> = oneOf(ROLES);
const SMALL = 4096;

/** Senders, and patients they are about, of the blocks in flight: some 5 MB. */
const PERSONS_REMEMBERED_MAX = 1024;

/** Codecs of every kind of state value, so that nodes and clients read the same bytes. */
export const ENTRY = {
  person: remembering(
    entryCodec<Person>('person', SMALL, {
      id: idShape,
      role: rolesShape,
      home: idShape,
      keys: publicKeysShape,
      profile: linkOrNull,
      owner: idOrNull,
      status: oneOf(PERSON_STATUSES),
      approvals: listShape(idShape, 0, ADMINISTRATORS_MAX),
      registeredHeight: heightShape,
      decidedHeight: orNull(heightShape),
      reason: linkOrNull,
      pendingPosition: orNull(countShape),
    }),
    PERSONS_REMEMBERED_MAX,
  ),
  institution: remembering(
    entryCodec<InstitutionEntry>('institution', SMALL, {
      id: idShape,
      name: textShape(1, 128),
      validatorKey: idShape,
      sealKey: bytesShape(SEAL_PUBLIC_KEY_BYTES),
      peerId: textShape(1, 128),
      addresses: listShape(textShape(1, 256), 0, 8),
      index: integerShape(1, SEATS_MAX),
      fromHeight: heightShape,
      untilHeight: orNull(heightShape),
    }),
    INSTITUTIONS_MAX,
  ),
  lane: entryCodec<Lane>('lane', SMALL, { next: countShape, lastRecord: idShape }),
  record: entryCodec<RecordEntry>('record', SMALL, {
    id: idShape,
    patient: idShape,
    writer: idShape,
    header: linkShape,
    sequence: countShape,
    previous: idOrNull,
    amendedBy: idOrNull,
    erasedHeight: orNull(heightShape),
    height: heightShape,
    timeMs: timeShape,
  }),
  keyring: entryCodec<KeyringEntry>('keyring', SMALL, {
    box: linkShape,
    by: idShape,
    kitSerial: orNull(countShape),
    height: heightShape,
  }),
  assignment: entryCodec<Assignment>('assignment', SMALL, {
    patient: idShape,
    doctor: idShape,
    status: oneOf(ASSIGNMENT_STATUSES),
    createdBy: idShape,
    createdHeight: heightShape,
    changedHeight: heightShape,
  }),
  assignmentRequest: entryCodec<AssignmentRequest>('assignment-request', SMALL, {
    id: idShape,
    patient: idShape,
    doctor: idShape,
    by: idShape,
    height: heightShape,
  }),
  request: entryCodec<GrantRequest>('request', SMALL, {
    id: idShape,
    patient: idShape,
    from: idShape,
    to: idShape,
    message: linkOrNull,
    status: oneOf(REQUEST_STATUSES),
    grant: idOrNull,
    reason: linkOrNull,
    height: heightShape,
    timeMs: timeShape,
  }),
  grant: entryCodec<Grant>('grant', STATE_VALUE_BYTES_MAX, {
    id: idShape,
    issuer: idShape,
    patient: idShape,
    delegate: idShape,
    nonce: bytesShape(GRANT_NONCE_BYTES),
    threshold: integerShape(1, INSTITUTIONS_MAX),
    rekeys: rekeysShape,
    shares: heldSharesShape,
    dealers: dealersShape,
    epoch: countShape,
    sharesHeight: heightShape,
    terms: linkShape,
    termsCommitment: idShape,
    expiresAtMs: timeShape,
    request: idOrNull,
    height: heightShape,
    timeMs: timeShape,
    revokedHeight: orNull(heightShape),
    revokedBy: idOrNull,
  }),
  access: entryCodec<Access>('access', 2 * SMALL, {
    id: idShape,
    grant: idShape,
    patient: idShape,
    delegate: idShape,
    items: accessItemsShape,
    purpose: idShape,
    height: heightShape,
    timeMs: timeShape,
  }),
  audit: entryCodec<AuditLine>('audit', SMALL, {
    kind: oneOf(TRANSACTION_KINDS) as Shape<TransactionKind>,
    height: heightShape,
    timeMs: timeShape,
    transaction: idShape,
    actor: idShape,
    subject: idOrNull,
    grant: idOrNull,
    request: idOrNull,
    records: listShape(idShape, 0, 64),
    action: orNull(oneOf(REPORT_ACTIONS)),
  }),
  writers: entryCodec<{ ids: Uint8Array[] }>('writers', WRITERS_MAX * 40, {
    ids: listShape(idShape, 0, WRITERS_MAX),
  }),
  custodians: entryCodec<{ ids: Uint8Array[] }>('custodians', SMALL, {
    ids: listShape(idShape, 0, CUSTODIANS_MAX),
  }),
  kits: entryCodec<KitSerial>('kits', 16, { serial: countShape }),
  height: entryCodec<{ height: number }>('height', 16, { height: heightShape }),
  evidence: entryCodec<EvidenceEntry>('evidence', 512, {
    node: idShape,
    kind: oneOf(['equivocation', 'proxy']),
    reporter: idShape,
    transaction: idShape,
    height: heightShape,
  }),
  ...PERSON_ENTRY,
  ...EMERGENCY_ENTRY,
  ...MEMBERSHIP_ENTRY,
  ...RESHARING_ENTRY,
  count: entryCodec<{ count: number }>('count', 16, { count: countShape }),
  id: entryCodec<{ id: Uint8Array }>('id', 64, { id: idShape }),
} as const;
