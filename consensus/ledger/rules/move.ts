import { equalBytes, toHex } from '#crypto';
import { MOVE_WINDOW_MS } from '../bounds.ts';
import { ENTRY } from '../entry.ts';
import { isMemberAt } from '../membership.ts';
import { readCustodians, readInstitution, readMove, readRecovery } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { dropIdentifiers, identify, putPerson } from './person.ts';
import { append, refuse, require, requirePatient, requirePatientOrGuardian } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/**
 * The patient's side asks a member to be her home; the newest wish counts, and one for her present home takes it back.
 * Nothing follows before that institution receives her.
 */
export const moveHome: Rule<'person.move'> = (run, { body }) => {
  const { state, context } = run;
  const patient = requirePatient(run, body.patient);
  requirePatientOrGuardian(run, body.patient);
  requireNoRecovery(run, patient.id);
  const before = readMove(state.get, patient.id);
  if (equalBytes(body.home, patient.home)) {
    require(before !== undefined, 'move-unknown');
    state.remove(stateKeys.move(patient.id));
    return outcome(run, patient.id);
  }
  const institution = toHex(body.home);
  require(readInstitution(state.get, body.home) !== undefined, 'institution-unknown', { institution });
  require(isMemberAt(state.get, context.height, body.home), 'institution-not-member', { institution });
  const move = {
    person: patient.id,
    home: body.home,
    profile: body.profile,
    height: context.height,
    receiveFromMs: context.timeMs + MOVE_WINDOW_MS,
  };
  state.put(stateKeys.move(patient.id), ENTRY.move.encode(move));
  append(state, 'moves-to', body.home, patient.id);
  return outcome(run, patient.id);
};

/**
 * By an administrator of the institution that she asked, whose patient she is from this block on. Her former home has
 * had time to suspend her, whose key may be in other hands, or to recover her; one that belongs no more has no say.
 */
export const receivePerson: Rule<'person.receive'> = (run, { body }) => {
  const { state, sender, context } = run;
  const found = readMove(state.get, body.person);
  if (found === undefined) refuse('move-unknown');
  require(equalBytes(found.home, sender.home), 'other-institution');
  const patient = requirePatient(run, body.person);
  requireNoRecovery(run, patient.id);
  const isLeft = !isMemberAt(state.get, context.height, patient.home);
  require(isLeft || context.timeMs >= found.receiveFromMs, 'window-open', {
    finishFromMs: found.receiveFromMs,
  });
  dropIdentifiers(state, patient);
  const moved = {
    ...patient,
    home: found.home,
    profile: found.profile ?? patient.profile,
    approvals: [sender.id],
    decidedHeight: context.height,
    reason: null,
  };
  if (body.identifiers.length > 0) identify(run, moved, body.identifiers);
  state.remove(stateKeys.move(patient.id));
  putPerson(state, moved);
  return outcome(run, patient.id);
};

/** Who recovers a lost key is of her home: neither is pulled away from under the other. @throws Refused */
function requireNoRecovery({ state }: Run, person: Uint8Array): void {
  require(readRecovery(state.get, person)?.status !== 'open', 'recovery-open');
}

/** Her doctors in charge are told. */
function outcome({ state }: Run, patient: Uint8Array): Outcome {
  const persons = [patient, ...readCustodians(state.get, patient)];
  return { patient, persons, audit: { subject: patient } };
}
