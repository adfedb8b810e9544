import { DOMAIN, hash, utf8 } from '#crypto';

/** Counted lists of the state: `item` keys run from 0 to the number under `count`, less one, with no gap. */
export const LISTS = [
  'pending-at',
  'devices-of',
  'moves-to',
  'assignments-of',
  'assignment-requests-at',
  'patients-of',
  'requests-of',
  'requests-to',
  'requests-from',
  'grants-of',
  'grants-to',
  'held',
  'deals-of',
  'wards-of',
  'emergencies-of',
  'emergencies-at',
  'emergencies-about',
  'evidence-of',
  'institutions',
  'proposals',
  'audit',
] as const;
export type ListName = (typeof LISTS)[number];

/** Whose box it is: the recipient's own, the patient's to somebody else, or of another who is in charge of her. */
export const KEYRING_PLACES = ['own', 'patient', 'custodian'] as const;
export type KeyringPlace = (typeof KEYRING_PLACES)[number];

/** Owner of the lists that belong to nobody in particular: 32 zero bytes. */
export const CONSORTIUM: Uint8Array = new Uint8Array(32);

const kindBytes = new Map<string, Uint8Array>();

function keyOf(kind: string, ...parts: Uint8Array[]): Uint8Array {
  const known = kindBytes.get(kind);
  const bytes = known ?? utf8(kind);
  if (known === undefined) kindBytes.set(kind, bytes);
  return hash(DOMAIN.stateKey, bytes, ...parts);
}

/** 8 bytes, big-endian. */
function positionBytes(position: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(position));
  return bytes;
}

/** Key of the `position`-th item of a list of `owner`. */
export function listItemKey(list: ListName, owner: Uint8Array, position: number): Uint8Array {
  return keyOf(`${list}/item`, owner, positionBytes(position));
}

/** Key of the length of a list of `owner`. */
export function listCountKey(list: ListName, owner: Uint8Array): Uint8Array {
  return keyOf(`${list}/count`, owner);
}

type ItemKey = (owner: Uint8Array, position: number) => Uint8Array;
type CountKey = (owner: Uint8Array) => Uint8Array;
const item =
  (list: ListName): ItemKey =>
  (owner, position) =>
    listItemKey(list, owner, position);
const count =
  (list: ListName): CountKey =>
  (owner) =>
    listCountKey(list, owner);

/** Where everything lies: hash(DOMAIN.stateKey, kind, parts...), 32 bytes each. All ids are 32 bytes. */
export const stateKeys = {
  /** A person, or an enrolled device. */
  person: (id: Uint8Array) => keyOf('person', id),
  /** The next nonce of a person or device. */
  nonce: (id: Uint8Array) => keyOf('nonce', id),
  institution: (id: Uint8Array) => keyOf('institution', id),
  /** The next sequence of a writer's lane. */
  lane: (patient: Uint8Array, writer: Uint8Array) => keyOf('lane', patient, writer),
  /** All who ever anchored for a patient. */
  writers: (patient: Uint8Array) => keyOf('writers', patient),
  /** The id has patient and writer in it, see `recordIdOf`: nobody else can be there first. */
  record: (id: Uint8Array) => keyOf('record', id),
  /** The record behind a search tag; the signer is part of the key, so no lane can be occupied by another. */
  index: (patient: Uint8Array, signer: Uint8Array, tag: Uint8Array) => keyOf('index', patient, signer, tag),
  /** Sealed keys for one recipient. Who seals has a place of his own, so that nobody replaces what others sealed. */
  keyring: (patient: Uint8Array, recipient: Uint8Array, place: KeyringPlace) =>
    keyOf(`keyring/${place}`, patient, recipient),
  assignment: (patient: Uint8Array, doctor: Uint8Array) => keyOf('assignment', patient, doctor),
  assignmentRequest: (transactionHash: Uint8Array) => keyOf('assignment-request', transactionHash),
  custodians: (patient: Uint8Array) => keyOf('custodians', patient),
  request: (transactionHash: Uint8Array) => keyOf('request', transactionHash),
  /** The open request of one person for one patient. */
  openRequest: (patient: Uint8Array, from: Uint8Array) => keyOf('open-request', patient, from),
  /** Former keys of a person. */
  keyHistory: (person: Uint8Array) => keyOf('key-history', person),
  /** The newest recovery of a person. */
  recovery: (person: Uint8Array) => keyOf('recovery', person),
  /** A person's wish to belong to another institution. */
  move: (person: Uint8Array) => keyOf('move', person),
  /** An institution's key for identities. */
  identityKey: (institution: Uint8Array) => keyOf('identity-key', institution),
  /** What an institution's node serves to browsers. */
  dashboard: (institution: Uint8Array) => keyOf('dashboard', institution),
  /** The person behind an institution's tag of an identity; the institution is part of the key. */
  identifier: (home: Uint8Array, identifier: Uint8Array) => keyOf('identifier', home, identifier),
  /** The tags of a person's identity, so that an erasure finds them. */
  identifiersOf: (person: Uint8Array) => keyOf('identifiers-of', person),
  /** The serial of a patient's writer kits. */
  kits: (patient: Uint8Array) => keyOf('kits', patient),
  /** The height from which a serial counted. */
  kitSince: (patient: Uint8Array, serial: number) => keyOf('kit-since', patient, positionBytes(serial)),
  covers: (patient: Uint8Array) => keyOf('covers', patient),
  guardians: (patient: Uint8Array) => keyOf('guardians', patient),
  /** The newest deposit for emergencies of a patient. */
  sharing: (patient: Uint8Array) => keyOf('sharing', patient),
  /** The newest deposit for a recovery of a person. */
  recoverySharing: (person: Uint8Array) => keyOf('recovery-sharing', person),
  emergency: (id: Uint8Array) => keyOf('emergency', id),
  /** The newest emergency of a doctor for a patient. */
  emergencyFor: (patient: Uint8Array, doctor: Uint8Array) => keyOf('emergency-for', patient, doctor),
  /** A fault of a node; `slot` is 32 bytes that name what it was about. */
  evidence: (node: Uint8Array, slot: Uint8Array) => keyOf('evidence', node, slot),
  grant: (id: Uint8Array) => keyOf('grant', id),
  access: (id: Uint8Array) => keyOf('access', id),
  /** The person whose deposit has this id. */
  depositor: (sharing: Uint8Array) => keyOf('depositor', sharing),
  /** The re-sharing of a grant or deposit that is under way. */
  resharing: (owner: Uint8Array) => keyOf('resharing', owner),
  /** A deal of a re-sharing, by the hash of its transaction. */
  deal: (id: Uint8Array) => keyOf('deal', id),
  pendingAt: item('pending-at'),
  pendingAtCount: count('pending-at'),
  devicesOf: item('devices-of'),
  devicesOfCount: count('devices-of'),
  assignmentsOf: item('assignments-of'),
  assignmentsOfCount: count('assignments-of'),
  /** Requests for assignments of an institution's patients, for its administrators. */
  assignmentRequestsAt: item('assignment-requests-at'),
  assignmentRequestsAtCount: count('assignment-requests-at'),
  patientsOf: item('patients-of'),
  patientsOfCount: count('patients-of'),
  requestsOf: item('requests-of'),
  requestsOfCount: count('requests-of'),
  requestsTo: item('requests-to'),
  requestsToCount: count('requests-to'),
  requestsFrom: item('requests-from'),
  requestsFromCount: count('requests-from'),
  grantsOf: item('grants-of'),
  grantsOfCount: count('grants-of'),
  grantsTo: item('grants-to'),
  grantsToCount: count('grants-to'),
  wardsOf: item('wards-of'),
  wardsOfCount: count('wards-of'),
  emergenciesOf: item('emergencies-of'),
  emergenciesOfCount: count('emergencies-of'),
  /** Requests of the doctors of an institution, for whoever countersigns there. */
  emergenciesAt: item('emergencies-at'),
  emergenciesAtCount: count('emergencies-at'),
  /**
   * Emergencies of the patients of an institution with doctors of another, for whoever reviews there; of CONSORTIUM, those
   * that no such institution is concerned with: any other may.
   */
  emergenciesAbout: item('emergencies-about'),
  emergenciesAboutCount: count('emergencies-about'),
  evidenceOf: item('evidence-of'),
  evidenceOfCount: count('evidence-of'),
  /** The newest two epochs of the consortium. */
  schedule: () => keyOf('schedule'),
  /** Epoch `number`, from 0. */
  epoch: (number: number) => keyOf('epoch', positionBytes(number)),
  /** A proposal to change the consortium, by the hash of its transaction. */
  proposal: (id: Uint8Array) => keyOf('proposal', id),
  /** What the institution of a proposal to admit has shown of itself. */
  applicant: (proposal: Uint8Array) => keyOf('applicant', proposal),
  /** The id of the newest proposal about an institution. */
  proposalAbout: (institution: Uint8Array, proposer: Uint8Array) =>
    keyOf('proposal-about', institution, proposer),
  /** Every institution that ever belonged, in order of share index; the owner is CONSORTIUM. */
  institutions: item('institutions'),
  institutionsCount: count('institutions'),
  /** Every proposal; the owner is CONSORTIUM. */
  proposals: item('proposals'),
  proposalsCount: count('proposals'),
  audit: item('audit'),
  auditCount: count('audit'),
} as const;
