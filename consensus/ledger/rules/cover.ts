import { equalBytes, toHex } from '#crypto';
import { COVER_LIFETIME_MS_MAX, COVERS_MAX } from '../bounds.ts';
import { ENTRY } from '../entry.ts';
import type { Cover } from '../person-entry.ts';
import { readCovers } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import {
  allDistinct,
  includesId,
  isInCharge,
  isPatientOrGuardian,
  refuse,
  require,
  requireDoctor,
  requirePatient,
} from './rule.ts';
import type { Rule, Run } from './rule.ts';

function putCovers({ state }: Run, patient: Uint8Array, covers: Cover[]): void {
  state.put(stateKeys.covers(patient), ENTRY.covers.encode({ covers }));
}

/** Covers of the patient that are not over by time. */
function runningCovers({ state, context }: Run, patient: Uint8Array): Cover[] {
  return readCovers(state.get, patient).filter(({ untilMs }) => context.timeMs < untilMs);
}

/**
 * A care team, or cover for a holiday: one act lets several doctors stand in for the sender, until a time. Cover
 * names no further cover, and is over with the right of whoever named it.
 */
export const createCover: Rule<'cover.create'> = (run, { body }) => {
  const { sender, context } = run;
  const { patient, doctors, untilMs } = body;
  requirePatient(run, patient);
  require(isInCharge(run, patient, sender.id), 'not-permitted');
  require(allDistinct(doctors), 'duplicate', { field: 'doctors' });
  const latest = context.timeMs + COVER_LIFETIME_MS_MAX;
  const isSound = untilMs > context.timeMs && untilMs <= latest;
  require(isSound, 'expiry-wrong', { after: context.timeMs, latest });
  for (const doctor of doctors) {
    requireDoctor(run, doctor);
    require(!equalBytes(doctor, sender.id), 'own-case');
  }
  const others = runningCovers(run, patient).filter(
    ({ doctor, by }) => !includesId(doctors, doctor) || !equalBytes(by, sender.id),
  );
  require(others.length + doctors.length <= COVERS_MAX, 'too-many-covers', { max: COVERS_MAX });
  const added = doctors.map((doctor) => ({ doctor, by: sender.id, untilMs, height: context.height }));
  putCovers(run, patient, [...others, ...added]);
  return { patient, persons: [...doctors], audit: {} };
};

/** Ends every cover of a doctor that the sender may end: the patient's side all, others those that they named or have. */
export const endCover: Rule<'cover.end'> = (run, { body }) => {
  const { sender } = run;
  const { patient, doctor } = body;
  const running = runningCovers(run, patient);
  const named = running.filter((cover) => equalBytes(cover.doctor, doctor));
  if (named.length === 0) refuse('cover-unknown', { doctor: toHex(doctor) });
  const mayEndAll = isPatientOrGuardian(run, patient, sender.id) || equalBytes(doctor, sender.id);
  const ended = named.filter(({ by }) => mayEndAll || equalBytes(by, sender.id));
  require(ended.length > 0, 'not-permitted');
  putCovers(
    run,
    patient,
    running.filter((cover) => !ended.includes(cover)),
  );
  return { patient, persons: [doctor], audit: { subject: doctor } };
};
