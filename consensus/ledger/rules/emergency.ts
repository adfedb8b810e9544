import { equalBytes, toHex } from '#crypto';
import { COUNTERSIGN_WINDOW_MS, REVIEWS_MAX, REVIEWS_OF_PATIENT } from '../bounds.ts';
import { emergencyPhase } from '../emergency-phase.ts';
import type { Emergency, EmergencyReview, EmergencySharing } from '../emergency-entry.ts';
import { ENTRY } from '../entry.ts';
import {
  readCustodians,
  readEmergency,
  readEmergencyFor,
  readGuardians,
  readPerson,
  readSharing,
} from '../readers.ts';
import { CONSORTIUM, stateKeys } from '../state-keys.ts';
import { epochAt, isMemberAt } from '../membership.ts';
import { makeDeposit, putDeposit } from './deposit.ts';
import {
  append,
  isPatientOrCustodian,
  refuse,
  require,
  requireDoctor,
  requirePatient,
  requirePatientOrGuardian,
} from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** Opting in: a box for every institution (SCHEME 7). A new deposit takes the place of the one before. */
export const shareForEmergency: Rule<'emergency.share'> = (run, { body }) => {
  requirePatient(run, body.patient);
  requirePatientOrGuardian(run, body.patient);
  makeDeposit(run, 'emergency', body);
  return { patient: body.patient, audit: {} };
};

/** Opting out: nodes delete their parts, and no emergency opens anything. */
export const unshareForEmergency: Rule<'emergency.unshare'> = (run, { body }) => {
  requirePatientOrGuardian(run, body.patient);
  const sharing = sharingOf(run, body.patient);
  putDeposit(run, 'emergency', { ...sharing, endedHeight: run.context.height });
  return { patient: body.patient, audit: {} };
};

/** One at a time for a doctor and patient. It opens nothing before the doctor's institution has countersigned. */
export const requestEmergency: Rule<'emergency.request'> = (run, { body }) => {
  const { state, sender, context, hash: id } = run;
  const patient = requirePatient(run, body.patient);
  const sharing = sharingOf(run, body.patient);
  const lastId = readEmergencyFor(state.get, body.patient, sender.id);
  const last = lastId === undefined ? undefined : readEmergency(state.get, lastId);
  const phase = last === undefined ? 'over' : emergencyPhase(last, context.timeMs);
  require(phase !== 'waiting' && phase !== 'open', 'emergency-open');
  putEmergency(run, {
    ...body,
    id,
    doctor: sender.id,
    sharing: sharing.id,
    height: context.height,
    timeMs: context.timeMs,
    status: 'requested',
    countersignedBy: null,
    countersignedHeight: null,
    expiresAtMs: null,
    endedBy: null,
    endedHeight: null,
    reviews: [],
  });
  state.put(stateKeys.emergencyFor(body.patient, sender.id), id);
  append(state, 'emergencies-of', body.patient, id);
  append(state, 'emergencies-at', sender.home, id);
  const isAbroad =
    !equalBytes(patient.home, sender.home) && isMemberAt(state.get, context.height, patient.home);
  append(state, 'emergencies-about', isAbroad ? patient.home : CONSORTIUM, id);
  return outcome(run, body.patient, sender.id, id);
};

/** By an administrator of the doctor's institution: from this block's time on it runs. */
export const countersignEmergency: Rule<'emergency.countersign'> = (run, { body }) => {
  const { sender, context } = run;
  const emergency = emergencyOf(run, body.emergency);
  const doctor = requireDoctor(run, emergency.doctor);
  require(equalBytes(doctor.home, sender.home), 'other-institution');
  require(emergency.status === 'requested', 'wrong-status', { status: emergency.status });
  const latest = emergency.timeMs + COUNTERSIGN_WINDOW_MS;
  require(context.timeMs < latest, 'emergency-expired', { expiresAtMs: latest });
  requirePatient(run, emergency.patient);
  const sharing = sharingOf(run, emergency.patient);
  require(equalBytes(sharing.id, emergency.sharing), 'sharing-off');
  putEmergency(run, {
    ...emergency,
    status: 'open',
    countersignedBy: sender.id,
    countersignedHeight: context.height,
    expiresAtMs: context.timeMs + emergency.lifetimeMs,
  });
  return outcome(run, emergency.patient, emergency.doctor, emergency.id);
};

/** By the doctor, the patient's side, or an administrator of either's institution; from this block on it is over. */
export const endEmergency: Rule<'emergency.end'> = (run, { body }) => {
  const { sender, context } = run;
  const emergency = emergencyOf(run, body.emergency);
  const isConcerned =
    sender.role === 'administrator'
      ? isOfEitherInstitution(run, emergency)
      : equalBytes(emergency.doctor, sender.id) || isPatientOrCustodian(run, emergency.patient, sender.id);
  require(isConcerned, sender.role === 'administrator' ? 'other-institution' : 'not-permitted');
  const phase = emergencyPhase(emergency, context.timeMs);
  require(phase === 'open' || phase === 'waiting', 'wrong-status', { status: phase });
  putEmergency(run, {
    ...emergency,
    status: 'ended',
    endedBy: sender.id,
    endedHeight: context.height,
  });
  return outcome(run, emergency.patient, emergency.doctor, emergency.id);
};

/**
 * Once it is over: by the patient or a guardian, or by an auditor or administrator of another institution than the
 * doctor's, which has vouched for him; only where there is no other, by one of its own who did not countersign. Every
 * institution, and each on the patient's side, has one voice; none takes the place of another.
 */
export const reviewEmergency: Rule<'emergency.review'> = (run, { body }) => {
  const { sender, context } = run;
  const emergency = emergencyOf(run, body.emergency);
  const home = sender.role === 'patient' ? null : sender.home;
  if (home === null) requirePatientOrGuardian(run, emergency.patient);
  else requireOther(run, emergency);
  const phase = emergencyPhase(emergency, context.timeMs);
  require(phase === 'over', 'wrong-status', { status: phase });
  const { reviews } = emergency;
  const isSame = (other: EmergencyReview): boolean =>
    home === null || other.home === null ? equalBytes(other.by, sender.id) : equalBytes(other.home, home);
  require(!reviews.some(isSame), 'already-decided-by-sender');
  const most = home === null ? REVIEWS_MAX : REVIEWS_MAX - REVIEWS_OF_PATIENT;
  const count = home === null ? reviews.length : reviews.filter((one) => one.home !== null).length;
  require(count < most, 'too-many-reviews', { max: most });
  const review = { by: sender.id, home, verdict: body.verdict, text: body.text, height: context.height };
  putEmergency(run, { ...emergency, reviews: [...reviews, review] });
  return outcome(run, emergency.patient, emergency.doctor, emergency.id);
};

/** Nobody judges what his own institution has vouched for, unless there is no other. @throws Refused */
function requireOther({ state, sender, context }: Run, { doctor, countersignedBy }: Emergency): void {
  const home = readPerson(state.get, doctor)?.home;
  if (home === undefined || !equalBytes(home, sender.home)) return;
  const { members } = epochAt(state.get, context.height);
  require(members.every(({ id }) => equalBytes(id, home)), 'own-case');
  require(countersignedBy === null || !equalBytes(countersignedBy, sender.id), 'own-case');
}

function putEmergency({ state }: Run, emergency: Emergency): void {
  state.put(stateKeys.emergency(emergency.id), ENTRY.emergency.encode(emergency));
}

/** The deposit that the patient has made and not taken back. @throws Refused */
function sharingOf({ state }: Run, patient: Uint8Array): EmergencySharing {
  const sharing = readSharing(state.get, patient);
  if (sharing === undefined || sharing.endedHeight !== null) refuse('sharing-off');
  return sharing;
}

function emergencyOf({ state }: Run, id: Uint8Array): Emergency {
  const emergency = readEmergency(state.get, id);
  if (emergency === undefined) refuse('emergency-unknown', { emergency: toHex(id) });
  return emergency;
}

function isOfEitherInstitution({ state, sender }: Run, { patient, doctor }: Emergency): boolean {
  return [patient, doctor].some((id) => {
    const person = readPerson(state.get, id);
    return person !== undefined && equalBytes(person.home, sender.home);
  });
}

/** Patient, guardians and doctors in charge are told of every step, and so is the doctor. */
function outcome(
  { state, context }: Run,
  patient: Uint8Array,
  doctor: Uint8Array,
  emergency: Uint8Array,
): Outcome {
  const guardians = readGuardians(state.get, patient, context.timeMs);
  return {
    patient,
    persons: [doctor, ...guardians, ...readCustodians(state.get, patient)],
    audit: { subject: doctor, request: emergency },
  };
}
