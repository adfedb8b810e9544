import { equalBytes, personIdOf, toHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import { KEY_CHANGES_MAX, RECOVERY_WINDOW_MS } from '../bounds.ts';
import { ENTRY } from '../entry.ts';
import type { Person } from '../entry.ts';
import type { Recovery } from '../person-entry.ts';
import { readCustodians, readFormerKeys, readPerson, readRecovery } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { putPerson } from './person.ts';
import { includesId, isInOffice, isPatientOrGuardian, refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/**
 * New keys under the old id: the id names the person from the first registration on, the keys are what the state says.
 * Who still can sign needs no recovery, so an open one is over.
 */
export const rotateKeys: Rule<'person.rotate-keys'> = (run, { body }) => {
  const { state, sender } = run;
  requireFreshKeys(run, sender, body.keys);
  const recovery = readRecovery(state.get, sender.id);
  if (recovery?.status === 'open') close(run, recovery, 'vetoed');
  replaceKeys(run, sender, body.keys);
  return outcome(run, sender);
};

/** By an administrator of the home, for who lost the keys. Nothing changes yet: the person can object. */
export const startRecovery: Rule<'recovery.start'> = (run, { body }) => {
  const { state, sender, context } = run;
  const person = personOf(run, body.person);
  require(equalBytes(person.home, sender.home), 'other-institution');
  require(!equalBytes(person.id, sender.id), 'own-case');
  const isKnown = person.status === 'active' || person.status === 'suspended';
  require(isKnown, 'wrong-status', { status: person.status });
  require(readRecovery(state.get, person.id)?.status !== 'open', 'recovery-open');
  requireFreshKeys(run, person, body.keys);
  putRecovery(run, {
    person: person.id,
    keys: body.keys,
    startedBy: sender.id,
    startedHeight: context.height,
    finishFromMs: context.timeMs + RECOVERY_WINDOW_MS,
    status: 'open',
    decidedBy: null,
  });
  return outcome(run, person);
};

/** The person herself, her guardian, a doctor in charge of her, or any administrator of the home; until it is finished. */
export const vetoRecovery: Rule<'recovery.veto'> = (run, { body }) => {
  const { state, sender } = run;
  const person = personOf(run, body.person);
  const recovery = openRecoveryOf(run, person);
  const mayObject =
    isPatientOrGuardian(run, person.id, sender.id) ||
    includesId(readCustodians(state.get, person.id), sender.id) ||
    (sender.role === 'administrator' && equalBytes(sender.home, person.home));
  require(mayObject, 'not-permitted');
  close(run, recovery, 'vetoed');
  return outcome(run, person);
};

/** By a second administrator, once the window has passed in block time. */
export const finishRecovery: Rule<'recovery.finish'> = (run, { body }) => {
  const { sender, context } = run;
  const person = personOf(run, body.person);
  require(equalBytes(person.home, sender.home), 'other-institution');
  require(!equalBytes(person.id, sender.id), 'own-case');
  const recovery = openRecoveryOf(run, person);
  require(!equalBytes(recovery.startedBy, sender.id), 'already-decided-by-sender');
  require(isInOffice(run, recovery.startedBy), 'person-not-active');
  const { finishFromMs } = recovery;
  require(context.timeMs >= finishFromMs, 'window-open', { finishFromMs });
  requireFreshKeys(run, person, recovery.keys);
  close(run, recovery, 'finished');
  replaceKeys(run, person, recovery.keys);
  return outcome(run, person);
};

function personOf({ state }: Run, id: Uint8Array): Person {
  const person = readPerson(state.get, id);
  if (person === undefined || person.role === 'device') refuse('person-unknown', { person: toHex(id) });
  return person;
}

function openRecoveryOf({ state }: Run, person: Person): Recovery {
  const recovery = readRecovery(state.get, person.id);
  if (recovery === undefined) refuse('recovery-unknown');
  require(recovery.status === 'open', 'wrong-status', { status: recovery.status });
  return recovery;
}

function putRecovery({ state }: Run, recovery: Recovery): void {
  state.put(stateKeys.recovery(recovery.person), ENTRY.recovery.encode(recovery));
}

function close(run: Run, recovery: Recovery, status: 'vetoed' | 'finished'): void {
  putRecovery(run, { ...recovery, status, decidedBy: run.sender.id });
}

/** No way back to keys that may be in other hands, and none to those of somebody else. */
function requireFreshKeys({ state }: Run, person: Person, keys: PublicKeys): void {
  require(readPerson(state.get, personIdOf(keys)) === undefined, 'keys-used');
  const former = readFormerKeys(state.get, person.id);
  const isUsed = [person.keys, ...former].some(
    ({ sign, delegate }) => equalBytes(sign, keys.sign) || equalBytes(delegate, keys.delegate),
  );
  require(!isUsed, 'keys-used');
  require(former.length < KEY_CHANGES_MAX, 'too-many-key-changes', { max: KEY_CHANGES_MAX });
}

function replaceKeys({ state, context }: Run, person: Person, keys: PublicKeys): void {
  const { sign, delegate } = person.keys;
  const former = [...readFormerKeys(state.get, person.id), { sign, delegate, untilHeight: context.height }];
  state.put(stateKeys.keyHistory(person.id), ENTRY.keyHistory.encode({ former }));
  putPerson(state, { ...person, keys });
}

function outcome({ state }: Run, person: Person): Outcome {
  const isPatient = person.role === 'patient';
  return {
    patient: isPatient ? person.id : null,
    persons: [person.id, ...(isPatient ? readCustodians(state.get, person.id) : [])],
    audit: isPatient ? { subject: person.id } : null,
  };
}
