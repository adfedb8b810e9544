import { equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import type { TransactionKind } from '../body.ts';
import { ENTRY } from '../entry.ts';
import type { AuditLine, Person } from '../entry.ts';
import type { Genesis } from '../genesis.ts';
import type { Facts, RefusalCode } from '../ledger-error.ts';
import type { Overlay } from '../overlay.ts';
import { readCount, readCovers, readCustodians, readGuardians, readItem, readPerson } from '../readers.ts';
import { listCountKey, listItemKey } from '../state-keys.ts';
import type { ListName } from '../state-keys.ts';
import type { DecodedTransaction, TransactionOf } from '../transaction.ts';

/** Transactions whose stateless checks were done and passed on this node, by hash in hex. */
export interface VerifiedTransactions {
  has(hash: string): boolean;
  add(hash: string): void;
}

/** The block in which transactions run. `verified` spares signatures that this node has checked before. */
export interface BlockContext {
  readonly chainId: Uint8Array;
  readonly genesis: Genesis;
  readonly height: number;
  /** The block's time, Unix milliseconds. */
  readonly timeMs: number;
  readonly verified?: VerifiedTransactions;
  /** In place of `decodeTransaction`, for a node that has decoded most of a block before. */
  readonly decode?: (wire: Uint8Array) => DecodedTransaction;
}

/** What a rule works with: the state as the transactions before left it, and a sender who may act in this kind. */
export interface Run {
  readonly backend: Backend;
  readonly context: BlockContext;
  /** Hash of the transaction. */
  readonly hash: Uint8Array;
  readonly sender: Person;
  readonly state: Overlay;
}

/** What a rule did, for the audit list and for listeners. */
export interface Outcome {
  /** The patient concerned. */
  patient: Uint8Array | null;
  /** Who else is concerned, to be told. */
  persons?: Uint8Array[];
  /** Details of the audit line of `patient`; null when the kind leaves none. */
  audit: Partial<Pick<AuditLine, 'subject' | 'grant' | 'request' | 'records' | 'action'>> | null;
}

/** Checks everything first, then writes; a precondition that fails throws `Refused`. */
export type Rule<K extends TransactionKind> = (run: Run, transaction: TransactionOf<K>) => Outcome;

/** Private to the room: becomes a `Refusal`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusalCode;
  readonly facts: Facts;

  constructor(code: RefusalCode, facts: Facts) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

/** @throws Refused always */
export function refuse(code: RefusalCode, facts: Facts = {}): never {
  throw new Refused(code, facts);
}

/** @throws Refused with `code` unless the condition holds */
export function require(condition: boolean, code: RefusalCode, facts: Facts = {}): asserts condition {
  if (!condition) refuse(code, facts);
}

/** True when `id` is in the list. */
export function includesId(ids: readonly Uint8Array[], id: Uint8Array): boolean {
  return ids.some((other) => equalBytes(other, id));
}

/** True when no two ids are the same. */
export function allDistinct(ids: readonly Uint8Array[]): boolean {
  return new Set(ids.map(toHex)).size === ids.length;
}

/** A patient who is active. */
export function requirePatient({ state }: Run, id: Uint8Array): Person {
  const patient = readPerson(state.get, id);
  if (patient === undefined) refuse('person-unknown', { person: toHex(id) });
  require(patient.role === 'patient', 'not-a-patient');
  require(patient.status === 'active', 'person-not-active', { status: patient.status });
  return patient;
}

/** A doctor who is active. */
export function requireDoctor({ state }: Run, id: Uint8Array): Person {
  const doctor = readPerson(state.get, id);
  if (doctor === undefined) refuse('person-unknown', { person: toHex(id) });
  require(doctor.role === 'doctor', 'not-a-doctor');
  require(doctor.status === 'active', 'person-not-active', { status: doctor.status });
  return doctor;
}

/** True while the person is active: what he decided as one of two counts no longer than his office. */
export function isInOffice({ state }: Pick<Run, 'state'>, id: Uint8Array): boolean {
  return readPerson(state.get, id)?.status === 'active';
}

/** True when `id` is the patient, or acts for her: two administrators made him her guardian, for now. */
export function isPatientOrGuardian({ state, context }: Run, patient: Uint8Array, id: Uint8Array): boolean {
  return equalBytes(patient, id) || includesId(readGuardians(state.get, patient, context.timeMs), id);
}

/** True when `id` is the patient, a guardian, a doctor with an active assignment, or one who covers for any of them. */
export function isPatientOrCustodian(run: Run, patient: Uint8Array, id: Uint8Array): boolean {
  return isInCharge(run, patient, id) || isInPlace(run, patient, id);
}

/** As `isPatientOrCustodian` without cover: who may name others to stand in. */
export function isInCharge(run: Run, patient: Uint8Array, id: Uint8Array): boolean {
  return isPatientOrGuardian(run, patient, id) || includesId(readCustodians(run.state.get, patient), id);
}

/** A cover reaches as far as whoever named it: it is over when that one is in charge no more, or not active. */
function isInPlace(run: Run, patient: Uint8Array, id: Uint8Array): boolean {
  const { state, context } = run;
  return readCovers(state.get, patient).some(
    ({ doctor, by, untilMs }) =>
      equalBytes(doctor, id) &&
      context.timeMs < untilMs &&
      readPerson(state.get, by)?.status === 'active' &&
      isInCharge(run, patient, by),
  );
}

/** The sender must be the patient or her guardian. @throws Refused */
export function requirePatientOrGuardian(run: Run, patient: Uint8Array): void {
  require(isPatientOrGuardian(run, patient, run.sender.id), 'not-permitted');
}

/** The sender must be the patient or a custodian. @throws Refused */
export function requirePatientOrCustodian(run: Run, patient: Uint8Array): void {
  require(isPatientOrCustodian(run, patient, run.sender.id), 'not-permitted');
}

/** Puts `item` at the end of a counted list and gives its place. */
export function append(state: Overlay, list: ListName, owner: Uint8Array, item: Uint8Array): number {
  const position = readCount(state.get, list, owner);
  state.put(listItemKey(list, owner, position), item);
  state.put(listCountKey(list, owner), ENTRY.count.encode({ count: position + 1 }));
  return position;
}

/**
 * Takes the item at `position` out of a counted list: the last item moves there, so that the list stays without gaps.
 * Gives the item that moved, if one did.
 */
export function takeOut(
  state: Overlay,
  list: Exclude<ListName, 'audit'>,
  owner: Uint8Array,
  position: number,
): Uint8Array | undefined {
  const last = readCount(state.get, list, owner) - 1;
  const moved = readItem(state.get, list, owner, last);
  state.remove(listItemKey(list, owner, last));
  state.put(listCountKey(list, owner), ENTRY.count.encode({ count: last }));
  if (moved === undefined || last === position) return undefined;
  state.put(listItemKey(list, owner, position), moved);
  return moved;
}
