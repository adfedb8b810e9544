import { equalBytes, personIdOf, toHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import { ENTRY } from '../entry.ts';
import type { Person, PersonStatus } from '../entry.ts';
import { isMemberAt } from '../membership.ts';
import { readIdentified, readIdentifiers, readInstitution, readPerson } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import {
  allDistinct,
  append,
  includesId,
  isInOffice,
  refuse,
  require,
  requirePatient,
  requirePatientOrGuardian,
  takeOut,
} from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';
import { approvalsNeeded } from '../approvals.ts';
import type { DecisionBody } from '../body.ts';
import type { Overlay } from '../overlay.ts';

export function putPerson(state: Overlay, person: Person): void {
  state.put(stateKeys.person(person.id), ENTRY.person.encode(person));
}

/** One whom an institution brings along when it begins or joins: active, and registration counts as done. */
export function firstAdministrator(home: Uint8Array, keys: PublicKeys, height: number): Person {
  return {
    id: personIdOf(keys),
    role: 'administrator',
    home,
    keys,
    profile: null,
    owner: null,
    status: 'active',
    approvals: [],
    registeredHeight: height,
    decidedHeight: height,
    reason: null,
    pendingPosition: null,
  };
}

/** Anyone may apply, once; the applicant can do nothing until the home institution approves. */
export const register: Rule<'person.register'> = ({ state, sender, context }, { body }) => {
  require(readInstitution(state.get, body.home) !== undefined, 'institution-unknown', {
    institution: toHex(body.home),
  });
  require(isMemberAt(state.get, context.height, body.home), 'institution-not-member', {
    institution: toHex(body.home),
  });
  const pendingPosition = append(state, 'pending-at', body.home, sender.id);
  putPerson(state, { ...sender, registeredHeight: context.height, pendingPosition });
  return outcome(sender, sender.id);
};

export const approve: Rule<'person.approve'> = (run, { body }) => {
  const person = personOfOwnInstitution(run, body, ['pending']);
  if (body.identifiers !== undefined) identify(run, person, body.identifiers);
  return addApproval(run, person, body);
};

/** One patient for one tag at an institution, until her erasure: also a refused or suspended one is found again. */
export function identify(
  { state }: Pick<Run, 'state'>,
  person: Person,
  identifiers: readonly Uint8Array[],
): void {
  require(person.role === 'patient', 'identifier-not-allowed', { role: person.role });
  require(allDistinct(identifiers), 'duplicate');
  for (const identifier of identifiers) {
    const known = readIdentified(state.get, person.home, identifier);
    require(known === undefined, 'identifier-taken', { person: known === undefined ? null : toHex(known) });
  }
  for (const identifier of identifiers) state.put(stateKeys.identifier(person.home, identifier), person.id);
  state.put(stateKeys.identifiersOf(person.id), ENTRY.identifiers.encode({ ids: [...identifiers] }));
}

export const reinstate: Rule<'person.reinstate'> = (run, { body }) => {
  const person = personOfOwnInstitution(run, body, ['suspended']);
  return addApproval(run, person, body);
};

export const refusePerson: Rule<'person.refuse'> = (run, { body }) => {
  const person = personOfOwnInstitution(run, body, ['pending']);
  return decide(run, person, body, 'refused', person.approvals);
};

/** One administrator is enough to take rights away. */
export const suspend: Rule<'person.suspend'> = (run, { body }) => {
  const person = personOfOwnInstitution(run, body, ['active']);
  return decide(run, person, body, 'suspended', []);
};

/**
 * A patient who leaves for good, by herself or a guardian. What is left of her here are pseudonyms, links and hashes;
 * nodes delete all that these name, her records included, whether each was erased by itself before or not.
 */
export const erasePerson: Rule<'person.erase'> = (run, { body }) => {
  const patient = requirePatient(run, body.patient);
  requirePatientOrGuardian(run, body.patient);
  const { state } = run;
  dropIdentifiers(state, patient);
  state.remove(stateKeys.move(patient.id));
  putPerson(state, { ...patient, status: 'revoked', decidedHeight: run.context.height });
  return { patient: patient.id, audit: {} };
};

/** The tags of her identity at her home leave the state. */
export function dropIdentifiers(state: Overlay, patient: Person): void {
  for (const identifier of readIdentifiers(state.get, patient.id))
    state.remove(stateKeys.identifier(patient.home, identifier));
  state.remove(stateKeys.identifiersOf(patient.id));
}

function personOfOwnInstitution(
  { state, sender }: Run,
  body: DecisionBody,
  statuses: PersonStatus[],
): Person {
  const person = readPerson(state.get, body.person);
  if (person === undefined || person.role === 'device')
    refuse('person-unknown', { person: toHex(body.person) });
  require(equalBytes(person.home, sender.home), 'other-institution');
  require(!equalBytes(person.id, sender.id), 'own-case');
  require(statuses.includes(person.status), 'wrong-status', { status: person.status });
  return person;
}

function addApproval(run: Run, person: Person, body: DecisionBody): Outcome {
  require(!includesId(person.approvals, run.sender.id), 'already-decided-by-sender');
  const standing = person.approvals.filter((by) => isInOffice(run, by));
  const approvals = [...standing, run.sender.id];
  const enough = approvals.length >= approvalsNeeded(person.role);
  return decide(run, person, body, enough ? 'active' : person.status, approvals);
}

function decide(
  { state, context }: Run,
  person: Person,
  body: DecisionBody,
  status: PersonStatus,
  approvals: Uint8Array[],
): Outcome {
  const leaves = person.status === 'pending' && status !== 'pending' && person.pendingPosition !== null;
  if (leaves && person.pendingPosition !== null) closeApplication(state, person.home, person.pendingPosition);
  putPerson(state, {
    ...person,
    status,
    approvals,
    decidedHeight: context.height,
    reason: body.reason,
    pendingPosition: leaves ? null : person.pendingPosition,
  });
  return outcome(person, person.id);
}

function closeApplication(state: Overlay, home: Uint8Array, position: number): void {
  const moved = takeOut(state, 'pending-at', home, position);
  const other = moved === undefined ? undefined : readPerson(state.get, moved);
  if (other !== undefined) putPerson(state, { ...other, pendingPosition: position });
}

/** Decisions about a patient belong to the patient's own list; those about others concern no patient. */
function outcome(person: Person, subject: Uint8Array): Outcome {
  const isPatient = person.role === 'patient';
  return {
    patient: isPatient ? person.id : null,
    persons: [person.id],
    audit: isPatient ? { subject } : null,
  };
}
