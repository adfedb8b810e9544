import {
  GRANT_NONCE_BYTES,
  GRANT_REKEYS_MAX,
  RECORD_NONCE_BYTES,
  RECORD_SLOTS_MAX,
  SEARCH_TAG_BYTES,
} from '#crypto';
import type { CID, PublicKeys, Rekey } from '#crypto';
import {
  ACCESS_ITEMS_MAX,
  ANCHOR_RECORDS_MAX,
  ERASE_RECORDS_MAX,
  IDENTIFIERS_MAX,
  INSTITUTIONS_MAX,
  KEYRING_ENTRIES_MAX,
  NONCE_MAX,
  RECORD_TAGS_MAX,
  REPORT_RECORDS_MAX,
  SIGNATURE_BYTES,
  TIME_MS_MAX,
} from './bounds.ts';
import { EMERGENCY_BODY_SHAPES } from './emergency-body.ts';
import type { EmergencyBodies } from './emergency-body.ts';
import { EVIDENCE_BODY_SHAPES } from './evidence-body.ts';
import type { EvidenceBodies } from './evidence-body.ts';
import { MEMBERSHIP_BODY_SHAPES } from './membership-body.ts';
import type { MembershipBodies } from './membership-body.ts';
import { deviceEnrolShape, PERSON_BODY_SHAPES } from './person-body.ts';
import type { DeviceEnrolBody, PersonBodies } from './person-body.ts';
import { RESHARING_BODY_SHAPES } from './resharing-body.ts';
import type { ResharingBodies } from './resharing-body.ts';
import {
  bytesShape,
  idShape,
  integerShape,
  linkShape,
  listShape,
  objectShape,
  oneOf,
  orNull,
  publicKeysShape,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** Roles that a person can register in. A device is enrolled, never registered. */
export const PERSON_ROLES = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

export const REPORT_ACTIONS = ['open', 'search', 'export', 'print'] as const;
export type ReportAction = (typeof REPORT_ACTIONS)[number];

/** `profile` links a block sealed to the home institution's administrators. */
export interface RegisterBody {
  role: PersonRole;
  home: Uint8Array;
  keys: PublicKeys;
  profile: CID | null;
}

/** `reason` links a sealed block. */
export interface DecisionBody {
  person: Uint8Array;
  reason: CID | null;
}

/**
 * `identifiers` are the home institution's tags of what the identity document says (SCHEME 9), 32 bytes each, under a
 * key that never leaves its node: present when a patient's document was seen, so that a second registration of the
 * same human is found.
 */
export interface ApproveBody extends DecisionBody {
  identifiers?: readonly Uint8Array[];
}

export interface AssignmentBody {
  patient: Uint8Array;
  doctor: Uint8Array;
}

/** `box` links the sealed keyring entry; `kitSerial` is present when writer kits are renewed. */
export interface KeyringBody {
  patient: Uint8Array;
  entries: readonly { recipient: Uint8Array; box: CID }[];
  kitSerial?: number;
}

/**
 * One record of an anchor: its id is `recordIdOf(patient, sender, nonce)`, so nobody else can use it; `sequence` counts
 * from 0 in the lane (patient, sender); `previous` is amended by it.
 */
export interface AnchoredRecord {
  nonce: Uint8Array;
  header: CID;
  sequence: number;
  previous: Uint8Array | null;
  /** 16 bytes each. */
  tags: readonly Uint8Array[];
}

export interface Receipt {
  node: Uint8Array;
  signature: Uint8Array;
}

export interface AnchorBody {
  patient: Uint8Array;
  records: readonly AnchoredRecord[];
  receipts: readonly Receipt[];
  /** Serial of the keyring entry from which the kits of these records come; 0 before the first renewal. */
  kitSerial: number;
}

export interface EraseBody {
  patient: Uint8Array;
  records: readonly Uint8Array[];
}

export interface GrantRequestBody {
  patient: Uint8Array;
  to: Uint8Array;
  message: CID | null;
}

export interface GrantRefuseBody {
  request: Uint8Array;
  reason: CID | null;
}

/** SCHEME 5: `X` and every commitment 32 bytes; exactly `threshold` commitments a rekey; shares sorted by node. */
export interface GrantCreateBody {
  patient: Uint8Array;
  delegate: Uint8Array;
  nonce: Uint8Array;
  threshold: number;
  rekeys: readonly Rekey[];
  shares: readonly { node: Uint8Array; box: CID }[];
  terms: CID;
  termsCommitment: Uint8Array;
  expiresAtMs: number;
  request: Uint8Array | null;
}

export interface AccessItem {
  record: Uint8Array;
  slot: number;
  rekey: number;
}

/** `purpose` is a salted commitment. */
export interface AccessRequestBody {
  grant: Uint8Array;
  items: readonly AccessItem[];
  purpose: Uint8Array;
}

export interface AccessReportBody {
  patient: Uint8Array;
  records: readonly Uint8Array[];
  action: ReportAction;
}

/** Body of every transaction kind. */
export interface Bodies
  extends PersonBodies, EmergencyBodies, EvidenceBodies, MembershipBodies, ResharingBodies {
  'person.register': RegisterBody;
  'person.approve': ApproveBody;
  'person.refuse': DecisionBody;
  'person.suspend': DecisionBody;
  'person.reinstate': DecisionBody;
  'device.enrol': DeviceEnrolBody;
  'device.revoke': { device: Uint8Array };
  'assignment.request': AssignmentBody;
  'assignment.create': AssignmentBody;
  'assignment.accept': AssignmentBody;
  'assignment.end': AssignmentBody;
  'keyring.update': KeyringBody;
  'record.anchor': AnchorBody;
  'record.erase': EraseBody;
  'grant.request': GrantRequestBody;
  'grant.refuse': GrantRefuseBody;
  'grant.create': GrantCreateBody;
  'grant.revoke': { grant: Uint8Array };
  'access.request': AccessRequestBody;
  'access.search': { grant: Uint8Array };
  'access.report': AccessReportBody;
}
export type TransactionKind = keyof Bodies;

const linkOrNull = orNull(linkShape);
const nonceShape = integerShape(0, NONCE_MAX);

const decisionShape = objectShape<DecisionBody>({ person: idShape, reason: linkOrNull });
const identifiedShape = objectShape<Required<ApproveBody>>({
  person: idShape,
  reason: linkOrNull,
  identifiers: listShape(idShape, 1, IDENTIFIERS_MAX),
});
const assignmentShape = objectShape<AssignmentBody>({ patient: idShape, doctor: idShape });
const entriesShape = listShape(objectShape({ recipient: idShape, box: linkShape }), 1, KEYRING_ENTRIES_MAX);
const keyringShape = objectShape<KeyringBody>({ patient: idShape, entries: entriesShape });
const renewedKeyringShape = objectShape<Required<KeyringBody>>({
  patient: idShape,
  entries: entriesShape,
  kitSerial: nonceShape,
});

const recordShape = objectShape<AnchoredRecord>({
  nonce: bytesShape(RECORD_NONCE_BYTES),
  header: linkShape,
  sequence: nonceShape,
  previous: orNull(idShape),
  tags: listShape(bytesShape(SEARCH_TAG_BYTES), 0, RECORD_TAGS_MAX),
});

/** Rekeys of a grant, as they lie in the transaction and in the state. */
export const rekeysShape = listShape(
  objectShape<Rekey>({ X: idShape, commitments: listShape(idShape, 1, INSTITUTIONS_MAX) }),
  1,
  GRANT_REKEYS_MAX,
);

/** Node shares of a grant, as they lie in the transaction and in the state. */
export const sharesShape = listShape(objectShape({ node: idShape, box: linkShape }), 1, INSTITUTIONS_MAX);

/** Items of an access request: slots 0..7, rekeys 0..63. */
export const accessItemsShape = listShape(
  objectShape<AccessItem>({
    record: idShape,
    slot: integerShape(0, RECORD_SLOTS_MAX - 1),
    rekey: integerShape(0, GRANT_REKEYS_MAX - 1),
  }),
  1,
  ACCESS_ITEMS_MAX,
);

/** The strict shape of every body: exactly these fields, within these bounds. */
export const BODY_SHAPES: { readonly [K in TransactionKind]: Shape<Bodies[K]> } = {
  'person.register': objectShape<RegisterBody>({
    role: oneOf(PERSON_ROLES),
    home: idShape,
    keys: publicKeysShape,
    profile: linkOrNull,
  }),
  'person.approve': (value, field) =>
    hasField(value, 'identifiers') ? identifiedShape(value, field) : decisionShape(value, field),
  'person.refuse': decisionShape,
  'person.suspend': decisionShape,
  'person.reinstate': decisionShape,
  'device.enrol': deviceEnrolShape,
  'device.revoke': objectShape({ device: idShape }),
  'assignment.request': assignmentShape,
  'assignment.create': assignmentShape,
  'assignment.accept': assignmentShape,
  'assignment.end': assignmentShape,
  'keyring.update': (value, field) =>
    hasField(value, 'kitSerial') ? renewedKeyringShape(value, field) : keyringShape(value, field),
  'record.anchor': objectShape<AnchorBody>({
    patient: idShape,
    records: listShape(recordShape, 1, ANCHOR_RECORDS_MAX),
    receipts: listShape(
      objectShape({ node: idShape, signature: bytesShape(SIGNATURE_BYTES) }),
      1,
      INSTITUTIONS_MAX,
    ),
    kitSerial: nonceShape,
  }),
  'record.erase': objectShape<EraseBody>({
    patient: idShape,
    records: listShape(idShape, 1, ERASE_RECORDS_MAX),
  }),
  'grant.request': objectShape<GrantRequestBody>({ patient: idShape, to: idShape, message: linkOrNull }),
  'grant.refuse': objectShape<GrantRefuseBody>({ request: idShape, reason: linkOrNull }),
  'grant.create': objectShape<GrantCreateBody>({
    patient: idShape,
    delegate: idShape,
    nonce: bytesShape(GRANT_NONCE_BYTES),
    threshold: integerShape(1, INSTITUTIONS_MAX),
    rekeys: rekeysShape,
    shares: sharesShape,
    terms: linkShape,
    termsCommitment: idShape,
    expiresAtMs: integerShape(1, TIME_MS_MAX),
    request: orNull(idShape),
  }),
  'grant.revoke': objectShape({ grant: idShape }),
  'access.request': objectShape<AccessRequestBody>({
    grant: idShape,
    items: accessItemsShape,
    purpose: idShape,
  }),
  'access.search': objectShape({ grant: idShape }),
  'access.report': objectShape<AccessReportBody>({
    patient: idShape,
    records: listShape(idShape, 0, REPORT_RECORDS_MAX),
    action: oneOf(REPORT_ACTIONS),
  }),
  ...PERSON_BODY_SHAPES,
  ...EMERGENCY_BODY_SHAPES,
  ...EVIDENCE_BODY_SHAPES,
  ...MEMBERSHIP_BODY_SHAPES,
  ...RESHARING_BODY_SHAPES,
};

function hasField(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

/** Every transaction kind, in the order of LEDGER.md. */
export const TRANSACTION_KINDS = Object.keys(BODY_SHAPES) as TransactionKind[];

const PRIORITY_KINDS: ReadonlySet<string> = new Set<TransactionKind>([
  'grant.revoke',
  'person.suspend',
  'device.revoke',
  'assignment.end',
  'cover.end',
  'guardianship.end',
  'recovery.veto',
  'emergency.unshare',
  'recovery.unshare',
  'emergency.request',
  'emergency.countersign',
  'emergency.end',
]);

/** True for what takes rights away, and for emergencies: the mempool's priority lane, placed first in a block. */
export function isPriority(kind: string): boolean {
  return PRIORITY_KINDS.has(kind);
}
