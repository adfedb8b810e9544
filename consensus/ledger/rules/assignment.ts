import { equalBytes } from '#crypto';
import { CUSTODIANS_MAX } from '../bounds.ts';
import { ENTRY } from '../entry.ts';
import type { Assignment } from '../entry.ts';
import type { Overlay } from '../overlay.ts';
import { readAssignment, readCustodians, readPerson } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import type { AssignmentBody } from '../body.ts';
import { append, refuse, require, requireDoctor, requirePatient, requirePatientOrGuardian } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

function putAssignment(state: Overlay, assignment: Assignment): void {
  state.put(stateKeys.assignment(assignment.patient, assignment.doctor), ENTRY.assignment.encode(assignment));
}

function putCustodians(state: Overlay, patient: Uint8Array, ids: Uint8Array[]): void {
  state.put(stateKeys.custodians(patient), ENTRY.custodians.encode({ ids }));
}

/** Asked for by the doctor herself, the patient or a guardian: the patient's home decides, and the patient consents. */
export const requestAssignment: Rule<'assignment.request'> = (run, { body }) => {
  const { sender, hash, context } = run;
  const patient = requirePatient(run, body.patient);
  if (sender.role === 'doctor') require(equalBytes(body.doctor, sender.id), 'not-permitted');
  else requirePatientOrGuardian(run, body.patient);
  requireDoctor(run, body.doctor);
  begin(run, body, 'requested', ['ended']);
  const request = { id: hash, ...body, by: sender.id, height: context.height };
  run.state.put(stateKeys.assignmentRequest(hash), ENTRY.assignmentRequest.encode(request));
  append(run.state, 'assignment-requests-at', patient.home, hash);
  return outcome(body);
};

/** Proposed by the patient's home institution, asked or not; nothing follows from it until the patient accepts. */
export const createAssignment: Rule<'assignment.create'> = (run, { body }) => {
  const patient = requirePatient(run, body.patient);
  require(equalBytes(patient.home, run.sender.home), 'other-institution');
  requireDoctor(run, body.doctor);
  begin(run, body, 'proposed', ['ended', 'requested']);
  return outcome(body);
};

/** A first or a further step of a pair that is in none of the other statuses. */
function begin(
  run: Run,
  body: AssignmentBody,
  status: 'requested' | 'proposed',
  from: readonly Assignment['status'][],
): void {
  const { state, sender, context } = run;
  const existing = readAssignment(state.get, body.patient, body.doctor);
  require(existing === undefined || from.includes(existing.status), 'assignment-exists');
  putAssignment(state, {
    patient: body.patient,
    doctor: body.doctor,
    status,
    createdBy: sender.id,
    createdHeight: context.height,
    changedHeight: context.height,
  });
  if (existing === undefined) {
    append(state, 'assignments-of', body.patient, body.doctor);
    append(state, 'patients-of', body.doctor, body.patient);
  }
}

/** Only the patient, or a guardian in her place, makes a doctor a custodian. */
export const acceptAssignment: Rule<'assignment.accept'> = (run, { body }) => {
  const { state, context } = run;
  requirePatientOrGuardian(run, body.patient);
  // A guardian is there after a suspension and an erasure as well: nobody new is put in charge then.
  requirePatient(run, body.patient);
  const assignment = assignmentIn(run, body, ['proposed']);
  requireDoctor(run, body.doctor);
  const custodians = readCustodians(state.get, body.patient);
  require(custodians.length < CUSTODIANS_MAX, 'too-many-custodians', { max: CUSTODIANS_MAX });
  putAssignment(state, { ...assignment, status: 'active', changedHeight: context.height });
  putCustodians(state, body.patient, [...custodians, body.doctor]);
  return outcome(body);
};

/** Either side, or an administrator of the patient's home; also takes back or turns down a request or a proposal. */
export const endAssignment: Rule<'assignment.end'> = (run, { body }) => {
  const { state, sender, context } = run;
  const assignment = assignmentIn(run, body, ['requested', 'proposed', 'active']);
  if (sender.role === 'administrator') {
    const patient = readPerson(state.get, body.patient);
    require(patient !== undefined && equalBytes(patient.home, sender.home), 'other-institution');
  } else if (sender.role === 'doctor') {
    require(equalBytes(body.doctor, sender.id), 'not-permitted');
  } else {
    requirePatientOrGuardian(run, body.patient);
  }
  putAssignment(state, { ...assignment, status: 'ended', changedHeight: context.height });
  const left = readCustodians(state.get, body.patient).filter((id) => !equalBytes(id, body.doctor));
  putCustodians(state, body.patient, left);
  return outcome(body);
};

function assignmentIn({ state }: Run, body: AssignmentBody, statuses: Assignment['status'][]): Assignment {
  const assignment = readAssignment(state.get, body.patient, body.doctor);
  if (assignment === undefined) refuse('assignment-unknown');
  require(statuses.includes(assignment.status), 'wrong-status', { status: assignment.status });
  return assignment;
}

function outcome({ patient, doctor }: AssignmentBody): Outcome {
  return { patient, persons: [patient, doctor], audit: { subject: doctor } };
}
