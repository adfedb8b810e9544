import { equalBytes, toHex } from '#crypto';
import { ENTRY } from './entry.ts';
import type {
  Access,
  Assignment,
  AssignmentRequest,
  AuditLine,
  EvidenceEntry,
  Grant,
  GrantRequest,
  InstitutionEntry,
  KeyringEntry,
  Lane,
  Person,
  RecordEntry,
} from './entry.ts';
import type { Emergency, EmergencySharing } from './emergency-entry.ts';
import type { Cover, DeclaredDashboard, FormerKeys, Guardianship, Move, Recovery } from './person-entry.ts';
import { LedgerError } from './ledger-error.ts';
import type { Deal, Resharing } from './resharing-entry.ts';
import type { Held } from './resharing.ts';
import type { EntryCodec } from './shape.ts';
import { listCountKey, listItemKey, stateKeys } from './state-keys.ts';
import type { KeyringPlace, ListName } from './state-keys.ts';

/**
 * Reads a state value. A node passes `(key) => state.get(key)`, a client `provenReader(values)`. What readers give must
 * not be changed.
 */
export type Get = (key: Uint8Array) => Uint8Array | undefined;

/**
 * `get` over what `verifyProof` gave. Throws LedgerError('proof-invalid') for a key that the proof was not asked about,
 * so that "not asked" is never read as "absent".
 */
export function provenReader(values: ReadonlyMap<string, Uint8Array | undefined>): Get {
  return (key) => {
    const name = toHex(key);
    if (!values.has(name)) throw new LedgerError('proof-invalid', { field: 'coverage' });
    return values.get(name);
  };
}

function read<T>(get: Get, key: Uint8Array, codec: EntryCodec<T>): T | undefined {
  const bytes = get(key);
  return bytes === undefined ? undefined : codec.decode(bytes);
}

/** All readers give undefined when there is no such entry and throw LedgerError('state-malformed') on foreign bytes. */
export function readPerson(get: Get, id: Uint8Array): Person | undefined {
  return read(get, stateKeys.person(id), ENTRY.person);
}

/** The nonce that the sender's next transaction must carry: 0 for who is not registered yet. */
export function readNonce(get: Get, id: Uint8Array): number {
  return read(get, stateKeys.nonce(id), ENTRY.count)?.count ?? 0;
}

export function readInstitution(get: Get, id: Uint8Array): InstitutionEntry | undefined {
  return read(get, stateKeys.institution(id), ENTRY.institution);
}

export function readLane(get: Get, patient: Uint8Array, writer: Uint8Array): Lane | undefined {
  return read(get, stateKeys.lane(patient, writer), ENTRY.lane);
}

/** The sequence that the writer's next record for this patient must have. */
export function readNextSequence(get: Get, patient: Uint8Array, writer: Uint8Array): number {
  return readLane(get, patient, writer)?.next ?? 0;
}

/** Everyone who ever anchored a record for the patient, in order of first appearance. */
export function readWriters(get: Get, patient: Uint8Array): Uint8Array[] {
  return read(get, stateKeys.writers(patient), ENTRY.writers)?.ids ?? [];
}

export function readRecord(get: Get, id: Uint8Array): RecordEntry | undefined {
  return read(get, stateKeys.record(id), ENTRY.record);
}

/** The id of the record behind a tag in the lane of `signer`, or undefined. */
export function readIndex(
  get: Get,
  patient: Uint8Array,
  signer: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined {
  return get(stateKeys.index(patient, signer, tag));
}

export function readKeyring(
  get: Get,
  patient: Uint8Array,
  recipient: Uint8Array,
  place: KeyringPlace,
): KeyringEntry | undefined {
  return read(get, stateKeys.keyring(patient, recipient, place), ENTRY.keyring);
}

export function readAssignment(get: Get, patient: Uint8Array, doctor: Uint8Array): Assignment | undefined {
  return read(get, stateKeys.assignment(patient, doctor), ENTRY.assignment);
}

/** A wish for an assignment; the assignment itself says whether it is still open. */
export function readAssignmentRequest(get: Get, id: Uint8Array): AssignmentRequest | undefined {
  return read(get, stateKeys.assignmentRequest(id), ENTRY.assignmentRequest);
}

/** Doctors with an active assignment. */
export function readCustodians(get: Get, patient: Uint8Array): Uint8Array[] {
  return read(get, stateKeys.custodians(patient), ENTRY.custodians)?.ids ?? [];
}

/** Doctors who were named as cover; `isInPlace` says which of them still stand in. */
export function readCovers(get: Get, patient: Uint8Array): Cover[] {
  return read(get, stateKeys.covers(patient), ENTRY.covers)?.covers ?? [];
}

/** Guardianships of a patient, proposed and ended ones too. */
export function readGuardianships(get: Get, patient: Uint8Array): Guardianship[] {
  return read(get, stateKeys.guardians(patient), ENTRY.guardians)?.guardianships ?? [];
}

/** Guardians who act for the patient at `timeMs` of block time. */
export function readGuardians(get: Get, patient: Uint8Array, timeMs: number): Uint8Array[] {
  return readGuardianships(get, patient)
    .filter(({ status, untilMs }) => status === 'active' && timeMs < untilMs)
    .map(({ guardian }) => guardian);
}

/** Keys that a person had before, oldest first. */
export function readFormerKeys(get: Get, person: Uint8Array): FormerKeys[] {
  return read(get, stateKeys.keyHistory(person), ENTRY.keyHistory)?.former ?? [];
}

/**
 * The keys (32 bytes each) with which something of the block `height` may be signed: one, or two in a block that
 * changed them. Needs `person` and `keyHistory`. Empty for who is unknown.
 */
export function readSignKeysAt(get: Get, person: Uint8Array, height: number): Uint8Array[] {
  const current = readPerson(get, person);
  if (current === undefined) return [];
  const former = readFormerKeys(get, person);
  const sinceHeights = [0, ...former.map(({ untilHeight }) => untilHeight)];
  const all = [
    ...former.map(({ sign, untilHeight }) => ({ sign, untilHeight })),
    { sign: current.keys.sign, untilHeight: height },
  ];
  return all
    .filter(({ untilHeight }, i) => (sinceHeights[i] ?? 0) <= height && height <= untilHeight)
    .map(({ sign }) => sign);
}

export function readRecovery(get: Get, person: Uint8Array): Recovery | undefined {
  return read(get, stateKeys.recovery(person), ENTRY.recovery);
}

/** A patient's open wish to belong to another institution. */
export function readMove(get: Get, person: Uint8Array): Move | undefined {
  return read(get, stateKeys.move(person), ENTRY.move);
}

/** The key (32 bytes) under which an institution's identifiers are made; undefined while none was published. */
export function readIdentityKey(get: Get, institution: Uint8Array): Uint8Array | undefined {
  return read(get, stateKeys.identityKey(institution), ENTRY.identityKey)?.publicKey;
}

/** What an institution declared that its node serves to browsers; undefined while it said nothing. */
export function readDashboard(get: Get, institution: Uint8Array): DeclaredDashboard | undefined {
  return read(get, stateKeys.dashboard(institution), ENTRY.dashboard);
}

/** The patient whom an institution approved under this tag of an identity. */
export function readIdentified(get: Get, home: Uint8Array, identifier: Uint8Array): Uint8Array | undefined {
  return get(stateKeys.identifier(home, identifier));
}

/** The tags under which a person was approved; none after her erasure. */
export function readIdentifiers(get: Get, person: Uint8Array): Uint8Array[] {
  return read(get, stateKeys.identifiersOf(person), ENTRY.identifiers)?.ids ?? [];
}

/** The serial that a patient's writer kits have now; 0 before the first renewal. */
export function readKitSerial(get: Get, patient: Uint8Array): number {
  return read(get, stateKeys.kits(patient), ENTRY.kits)?.serial ?? 0;
}

/** The height from which a serial counted; undefined for one that was never given, and for 0. */
export function readKitSince(get: Get, patient: Uint8Array, serial: number): number | undefined {
  return read(get, stateKeys.kitSince(patient, serial), ENTRY.height)?.height;
}

/** The newest deposit for emergencies of a patient, taken back or not. */
export function readSharing(get: Get, patient: Uint8Array): EmergencySharing | undefined {
  return read(get, stateKeys.sharing(patient), ENTRY.sharing);
}

/** The newest deposit for a recovery of a person, taken back or not. */
export function readRecoverySharing(get: Get, person: Uint8Array): EmergencySharing | undefined {
  return read(get, stateKeys.recoverySharing(person), ENTRY.sharing);
}

export function readEmergency(get: Get, id: Uint8Array): Emergency | undefined {
  return read(get, stateKeys.emergency(id), ENTRY.emergency);
}

/** The id of the newest emergency of a doctor for a patient. */
export function readEmergencyFor(get: Get, patient: Uint8Array, doctor: Uint8Array): Uint8Array | undefined {
  return get(stateKeys.emergencyFor(patient, doctor));
}

export function readEvidence(get: Get, node: Uint8Array, slot: Uint8Array): EvidenceEntry | undefined {
  return read(get, stateKeys.evidence(node, slot), ENTRY.evidence);
}

export function readRequest(get: Get, id: Uint8Array): GrantRequest | undefined {
  return read(get, stateKeys.request(id), ENTRY.request);
}

/** The id of the open request of `from` for `patient`. */
export function readOpenRequest(get: Get, patient: Uint8Array, from: Uint8Array): Uint8Array | undefined {
  return get(stateKeys.openRequest(patient, from));
}

export function readGrant(get: Get, id: Uint8Array): Grant | undefined {
  return read(get, stateKeys.grant(id), ENTRY.grant);
}

/** The grant of this id, or the deposit if it is the newest of its person, taken back or not. */
export function readHeld(get: Get, id: Uint8Array): Held | undefined {
  const depositor = get(stateKeys.depositor(id));
  if (depositor === undefined) return readGrant(get, id);
  const deposits = [readSharing(get, depositor), readRecoverySharing(get, depositor)];
  return deposits.find((deposit) => deposit !== undefined && equalBytes(deposit.id, id));
}

/** The re-sharing that is under way, for the present epoch or one before; by the id of a grant or sharing. */
export function readResharing(get: Get, owner: Uint8Array): Resharing | undefined {
  return read(get, stateKeys.resharing(owner), ENTRY.resharing);
}

export function readDeal(get: Get, id: Uint8Array): Deal | undefined {
  return read(get, stateKeys.deal(id), ENTRY.deal);
}

export function readAccess(get: Get, id: Uint8Array): Access | undefined {
  return read(get, stateKeys.access(id), ENTRY.access);
}

export function readAudit(get: Get, patient: Uint8Array, position: number): AuditLine | undefined {
  return read(get, stateKeys.audit(patient, position), ENTRY.audit);
}

export function readAuditCount(get: Get, patient: Uint8Array): number {
  return readCount(get, 'audit', patient);
}

/** How many items a counted list has. */
export function readCount(get: Get, list: ListName, owner: Uint8Array): number {
  return read(get, listCountKey(list, owner), ENTRY.count)?.count ?? 0;
}

/** One item of a list of ids (every list but 'audit'): a person, device, doctor, patient, request or grant id. */
export function readItem(
  get: Get,
  list: Exclude<ListName, 'audit'>,
  owner: Uint8Array,
  position: number,
): Uint8Array | undefined {
  return get(listItemKey(list, owner, position));
}
