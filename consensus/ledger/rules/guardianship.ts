import { equalBytes, toHex } from '#crypto';
import { GUARDIANS_MAX, GUARDIANSHIP_LIFETIME_MS_MAX } from '../bounds.ts';
import type { GuardianBody } from '../person-body.ts';
import { ENTRY } from '../entry.ts';
import type { Person } from '../entry.ts';
import type { Guardianship } from '../person-entry.ts';
import { readGuardianships, readPerson } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { append, isInOffice, refuse, require, requirePatient } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/**
 * Proposed by an administrator of the patient's home, for minors and in incapacity. A guardian is a person who is
 * registered as a patient, of whatever institution, so that no role of its own tells who is one.
 */
export const createGuardianship: Rule<'guardianship.create'> = (run, { body }) => {
  const { state, sender, context } = run;
  patientOfOwnInstitution(run, body.patient);
  requireGuardian(run, body);
  const latest = context.timeMs + GUARDIANSHIP_LIFETIME_MS_MAX;
  const isSound = body.untilMs > context.timeMs && body.untilMs <= latest;
  require(isSound, 'expiry-wrong', { after: context.timeMs, latest });
  const all = readGuardianships(state.get, body.patient);
  const known = all.find(({ guardian }) => equalBytes(guardian, body.guardian));
  const isRunning = known !== undefined && known.status !== 'ended' && context.timeMs < known.untilMs;
  require(!isRunning, 'guardianship-exists');
  require(known !== undefined || all.length < GUARDIANS_MAX, 'too-many-guardians', { max: GUARDIANS_MAX });
  put(run, body, {
    guardian: body.guardian,
    status: 'proposed',
    untilMs: body.untilMs,
    reason: body.reason,
    createdBy: sender.id,
    confirmedBy: null,
    changedHeight: context.height,
  });
  if (known === undefined) append(state, 'wards-of', body.guardian, body.patient);
  return outcome(body);
};

/** The second administrator: from now on the guardian acts for the patient. */
export const confirmGuardianship: Rule<'guardianship.confirm'> = (run, { body }) => {
  const { sender, context } = run;
  patientOfOwnInstitution(run, body.patient);
  const guardianship = guardianshipOf(run, body);
  require(guardianship.status === 'proposed', 'wrong-status', { status: guardianship.status });
  require(context.timeMs < guardianship.untilMs, 'expiry-wrong', { after: context.timeMs });
  require(!equalBytes(guardianship.createdBy, sender.id), 'already-decided-by-sender');
  require(isInOffice(run, guardianship.createdBy), 'person-not-active');
  requireGuardian(run, body);
  put(run, body, {
    ...guardianship,
    status: 'active',
    confirmedBy: sender.id,
    changedHeight: context.height,
  });
  return outcome(body);
};

/** By the guardian or one administrator of the home; by the patient while it is only proposed. */
export const endGuardianship: Rule<'guardianship.end'> = (run, { body }) => {
  const { sender, context } = run;
  const guardianship = guardianshipOf(run, body);
  require(guardianship.status !== 'ended', 'wrong-status', { status: guardianship.status });
  if (sender.role === 'administrator') {
    patientOfOwnInstitution(run, body.patient);
  } else {
    const objects = equalBytes(sender.id, body.patient) && guardianship.status === 'proposed';
    require(objects || equalBytes(sender.id, body.guardian), 'not-permitted');
  }
  put(run, body, { ...guardianship, status: 'ended', changedHeight: context.height });
  return outcome(body);
};

/** A patient of the sender's own institution, active or not: a suspended ward can lose a guardian too. */
function patientOfOwnInstitution({ state, sender }: Run, id: Uint8Array): Person {
  const patient = readPerson(state.get, id);
  if (patient === undefined) refuse('person-unknown', { person: toHex(id) });
  require(patient.role === 'patient', 'not-a-patient');
  require(equalBytes(patient.home, sender.home), 'other-institution');
  return patient;
}

function requireGuardian(run: Run, { patient, guardian }: GuardianBody): void {
  requirePatient(run, patient);
  const person = readPerson(run.state.get, guardian);
  if (person === undefined) refuse('person-unknown', { person: toHex(guardian) });
  const isAllowed = person.role === 'patient' && !equalBytes(patient, guardian);
  require(isAllowed, 'guardian-not-allowed', { role: person.role });
  require(person.status === 'active', 'person-not-active', { status: person.status });
}

function guardianshipOf({ state }: Run, body: GuardianBody): Guardianship {
  const found = readGuardianships(state.get, body.patient).find(({ guardian }) =>
    equalBytes(guardian, body.guardian),
  );
  if (found === undefined) refuse('guardianship-unknown');
  return found;
}

function put({ state }: Run, body: GuardianBody, guardianship: Guardianship): void {
  const others = readGuardianships(state.get, body.patient).filter(
    ({ guardian }) => !equalBytes(guardian, body.guardian),
  );
  const guardianships = [...others, guardianship];
  state.put(stateKeys.guardians(body.patient), ENTRY.guardians.encode({ guardianships }));
}

function outcome({ patient, guardian }: GuardianBody): Outcome {
  return { patient, persons: [patient, guardian], audit: { subject: guardian } };
}
