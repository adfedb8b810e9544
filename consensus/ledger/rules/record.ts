import { equalBytes, recordIdOf, toHex } from '#crypto';
import { faultBound } from '../../block.ts';
import { KIT_GRACE_HEIGHTS, WRITERS_MAX } from '../bounds.ts';
import type { AnchorBody, AnchoredRecord } from '../body.ts';
import { ENTRY } from '../entry.ts';
import type { RecordEntry } from '../entry.ts';
import { epochAt } from '../membership.ts';
import { readKitSerial, readKitSince, readNextSequence, readRecord, readWriters } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import {
  allDistinct,
  includesId,
  refuse,
  require,
  requirePatient,
  requirePatientOrCustodian,
  requirePatientOrGuardian,
} from './rule.ts';
import type { Rule, Run } from './rule.ts';

/**
 * A batch of sealed records. Each takes the next place in the lane (patient, sender), so that no record of a lane can
 * be hidden; each tag becomes an index entry under the sender, so that no lane can be occupied by another (SCHEME 6).
 * That the receipts are true `verifyTransaction` has checked; here they must be of enough present members.
 */
export const anchorRecords: Rule<'record.anchor'> = (run, { body }) => {
  const { sender } = run;
  requireReceipts(run, body);
  requirePatient(run, body.patient);
  if (sender.role === 'device') {
    require(sender.owner !== null && equalBytes(sender.owner, body.patient), 'other-patient');
  } else {
    requirePatientOrCustodian(run, body.patient);
  }
  requireKits(run, body);
  addWriter(run, body.patient);
  const first = readNextSequence(run.state.get, body.patient, sender.id);
  const ids = body.records.map((record, i) => anchor(run, body.patient, record, first + i));
  const lastRecord = ids.at(-1);
  if (lastRecord !== undefined) {
    const lane = { next: first + ids.length, lastRecord };
    run.state.put(stateKeys.lane(body.patient, sender.id), ENTRY.lane.encode(lane));
  }
  return { patient: body.patient, audit: null };
};

/** f+1 holders of the block's own consortium: what one that left has signed before holds nothing. */
function requireReceipts({ state, context }: Run, { receipts }: AnchorBody): void {
  const { members } = epochAt(state.get, context.height);
  const needed = faultBound(members.length) + 1;
  require(receipts.length >= needed, 'receipts-too-few', { needed, given: receipts.length });
  for (const { node } of receipts) {
    require(members.some(({ id }) => equalBytes(id, node)), 'receipt-invalid', { node: toHex(node) });
  }
}

/** Kits are good until they are superseded and KIT_GRACE_HEIGHTS blocks more: what was sealed meanwhile is not lost. */
function requireKits({ state, context }: Run, { patient, kitSerial }: AnchorBody): void {
  const current = readKitSerial(state.get, patient);
  require(kitSerial <= current, 'kit-serial-wrong', { current, given: kitSerial });
  const superseded = readKitSince(state.get, patient, kitSerial + 1);
  if (superseded === undefined) return;
  const latest = superseded + KIT_GRACE_HEIGHTS;
  require(context.height <= latest, 'kit-superseded', { current, given: kitSerial, latest });
}

/**
 * A tombstone. The entry stays, so that lanes, versions and proofs of searches stay whole; what it names is deleted
 * by every node and never served again.
 */
export const eraseRecords: Rule<'record.erase'> = (run, { body }) => {
  const { state, context } = run;
  requirePatient(run, body.patient);
  requirePatientOrGuardian(run, body.patient);
  require(allDistinct(body.records), 'duplicate', { field: 'records' });
  const found = body.records.map((id) => {
    const record = readRecord(state.get, id);
    if (record === undefined) refuse('record-unknown', { record: toHex(id) });
    require(equalBytes(record.patient, body.patient), 'other-patient', { record: toHex(id) });
    requireNotErased(record);
    return record;
  });
  for (const record of found) {
    const erased = ENTRY.record.encode({ ...record, erasedHeight: context.height });
    state.put(stateKeys.record(record.id), erased);
  }
  return {
    patient: body.patient,
    persons: found.map(({ writer }) => writer),
    audit: { records: body.records },
  };
};

/** @throws Refused */
export function requireNotErased({ id, erasedHeight }: RecordEntry): void {
  require(erasedHeight === null, 'record-erased', { record: toHex(id), height: erasedHeight });
}

function addWriter({ state, sender }: Run, patient: Uint8Array): void {
  const writers = readWriters(state.get, patient);
  if (includesId(writers, sender.id)) return;
  require(writers.length < WRITERS_MAX, 'too-many-writers', { max: WRITERS_MAX });
  state.put(stateKeys.writers(patient), ENTRY.writers.encode({ ids: [...writers, sender.id] }));
}

/** Gives the id. */
function anchor(
  { state, sender, context }: Run,
  patient: Uint8Array,
  record: AnchoredRecord,
  expected: number,
): Uint8Array {
  const { nonce, header, sequence, previous, tags } = record;
  const recordId = recordIdOf(patient, sender.id, nonce);
  require(sequence === expected, 'sequence-wrong', { expected, given: sequence });
  // The facts of a refusal are made only for one: 64 records are 1,000 tags.
  if (readRecord(state.get, recordId) !== undefined) refuse('record-exists', { record: toHex(recordId) });
  if (previous !== null) amend(state, patient, previous, recordId);
  const entry: RecordEntry = {
    id: recordId,
    patient,
    writer: sender.id,
    header,
    sequence,
    previous,
    amendedBy: null,
    erasedHeight: null,
    height: context.height,
    timeMs: context.timeMs,
  };
  state.put(stateKeys.record(recordId), ENTRY.record.encode(entry));
  for (const tag of tags) {
    const place = stateKeys.index(patient, sender.id, tag);
    if (state.get(place) !== undefined) refuse('tag-taken', { tag: toHex(tag) });
    state.put(place, recordId);
  }
  return recordId;
}

/** Versions form one line: who amends what has been amended meanwhile is told so, and decides again. */
function amend(state: Run['state'], patient: Uint8Array, previous: Uint8Array, by: Uint8Array): void {
  const old = readRecord(state.get, previous);
  if (old === undefined) refuse('record-unknown', { record: toHex(previous) });
  require(equalBytes(old.patient, patient), 'other-patient');
  require(old.amendedBy === null, 'previous-amended', { record: toHex(previous) });
  requireNotErased(old);
  state.put(stateKeys.record(previous), ENTRY.record.encode({ ...old, amendedBy: by }));
}
