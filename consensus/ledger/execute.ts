import { equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { EXPIRY_HEIGHTS_MAX, SIGNATURE_BYTES } from './bounds.ts';
import type { TransactionKind } from './body.ts';
import { ENTRY } from './entry.ts';
import type { Person, Role } from './entry.ts';
import type { Facts, Refusal, RefusalCode } from './ledger-error.ts';
import { isMemberAt } from './membership.ts';
import { Overlay } from './overlay.ts';
import type { Get } from './readers.ts';
import { readInstitution, readNonce, readPerson } from './readers.ts';
import { announceSearch, reportAccess, requestAccess } from './rules/access.ts';
import { acceptAssignment, createAssignment, endAssignment, requestAssignment } from './rules/assignment.ts';
import { enrolDevice, revokeDevice } from './rules/device.ts';
import { createCover, endCover } from './rules/cover.ts';
import {
  countersignEmergency,
  endEmergency,
  requestEmergency,
  reviewEmergency,
  shareForEmergency,
  unshareForEmergency,
} from './rules/emergency.ts';
import { reportEquivocation, reportProxy } from './rules/evidence.ts';
import { createGrant, refuseGrant, requestGrant, revokeGrant } from './rules/grant.ts';
import { confirmGuardianship, createGuardianship, endGuardianship } from './rules/guardianship.ts';
import { finishRecovery, rotateKeys, startRecovery, vetoRecovery } from './rules/key-change.ts';
import { declareDashboard } from './rules/dashboard.ts';
import { moveHome, receivePerson } from './rules/move.ts';
import { publishIdentityKey } from './rules/identity.ts';
import { updateKeyring } from './rules/keyring.ts';
import { proposeAdmission, proposeRemoval, voteOnProposal } from './rules/membership.ts';
import { approve, erasePerson, refusePerson, register, reinstate, suspend } from './rules/person.ts';
import { shareForRecovery, unshareForRecovery } from './rules/recovery-deposit.ts';
import { anchorRecords, eraseRecords } from './rules/record.ts';
import { confirmDeals, dealShares } from './rules/resharing.ts';
import { append, Refused } from './rules/rule.ts';
import type { BlockContext, Outcome, Rule, Run } from './rules/rule.ts';
import { stateKeys } from './state-keys.ts';
import type { DecodedTransaction, Transaction, TransactionOf } from './transaction.ts';
import { verifyTransaction } from './verify.ts';

/** What a committed transaction did, for those who watch. Ids only. */
export interface LedgerEvent {
  readonly kind: TransactionKind;
  readonly height: number;
  readonly timeMs: number;
  readonly transaction: Uint8Array;
  readonly sender: Uint8Array;
  /** The patient concerned. */
  readonly patient: Uint8Array | null;
  /** Sender, patient and whoever else is concerned; each once. */
  readonly persons: readonly Uint8Array[];
}

/** Who may send a kind at all; the rule of the kind says on which conditions. Registration has no sender yet. */
export const SENDER_ROLES: { readonly [K in TransactionKind]: readonly Role[] } = {
  'person.register': [],
  'person.approve': ['administrator'],
  'person.refuse': ['administrator'],
  'person.suspend': ['administrator'],
  'person.reinstate': ['administrator'],
  'device.enrol': ['patient'],
  'device.revoke': ['patient'],
  'assignment.request': ['patient', 'doctor'],
  'assignment.create': ['administrator'],
  'assignment.accept': ['patient'],
  'assignment.end': ['patient', 'doctor', 'administrator'],
  'keyring.update': ['patient', 'doctor'],
  'record.anchor': ['patient', 'doctor', 'device'],
  'record.erase': ['patient'],
  'grant.request': ['doctor', 'researcher'],
  'grant.refuse': ['patient', 'doctor'],
  'grant.create': ['patient', 'doctor'],
  'grant.revoke': ['patient', 'doctor'],
  'access.request': ['doctor', 'researcher'],
  'access.search': ['doctor', 'researcher'],
  'access.report': ['patient', 'doctor'],
  'person.rotate-keys': ['patient', 'doctor', 'researcher', 'administrator', 'auditor'],
  'person.erase': ['patient'],
  'person.move': ['patient'],
  'person.receive': ['administrator'],
  'recovery.start': ['administrator'],
  'recovery.veto': ['patient', 'doctor', 'researcher', 'administrator', 'auditor'],
  'recovery.finish': ['administrator'],
  'cover.create': ['patient', 'doctor'],
  'cover.end': ['patient', 'doctor'],
  'guardianship.create': ['administrator'],
  'guardianship.confirm': ['administrator'],
  'guardianship.end': ['patient', 'administrator'],
  'identity.publish': ['administrator'],
  'dashboard.declare': ['administrator'],
  'emergency.share': ['patient'],
  'emergency.unshare': ['patient'],
  'recovery.share': ['patient', 'doctor', 'researcher', 'administrator', 'auditor'],
  'recovery.unshare': ['patient', 'doctor', 'researcher', 'administrator', 'auditor'],
  'emergency.request': ['doctor'],
  'emergency.countersign': ['administrator'],
  'emergency.end': ['patient', 'doctor', 'administrator'],
  'emergency.review': ['patient', 'administrator', 'auditor'],
  'evidence.equivocation': ['doctor', 'researcher', 'administrator', 'auditor'],
  'evidence.proxy': ['doctor', 'researcher', 'administrator', 'auditor'],
  'membership.admit': ['administrator'],
  'membership.remove': ['administrator'],
  'membership.vote': ['administrator'],
  'reshare.deal': ['node'],
  'reshare.confirm': ['node'],
};

const RULES: { readonly [K in TransactionKind]: Rule<K> } = {
  'person.register': register,
  'person.approve': approve,
  'person.refuse': refusePerson,
  'person.suspend': suspend,
  'person.reinstate': reinstate,
  'device.enrol': enrolDevice,
  'device.revoke': revokeDevice,
  'assignment.request': requestAssignment,
  'assignment.create': createAssignment,
  'assignment.accept': acceptAssignment,
  'assignment.end': endAssignment,
  'keyring.update': updateKeyring,
  'record.anchor': anchorRecords,
  'record.erase': eraseRecords,
  'grant.request': requestGrant,
  'grant.refuse': refuseGrant,
  'grant.create': createGrant,
  'grant.revoke': revokeGrant,
  'access.request': requestAccess,
  'access.search': announceSearch,
  'access.report': reportAccess,
  'person.rotate-keys': rotateKeys,
  'person.erase': erasePerson,
  'person.move': moveHome,
  'person.receive': receivePerson,
  'recovery.start': startRecovery,
  'recovery.veto': vetoRecovery,
  'recovery.finish': finishRecovery,
  'cover.create': createCover,
  'cover.end': endCover,
  'guardianship.create': createGuardianship,
  'guardianship.confirm': confirmGuardianship,
  'guardianship.end': endGuardianship,
  'identity.publish': publishIdentityKey,
  'dashboard.declare': declareDashboard,
  'emergency.share': shareForEmergency,
  'emergency.unshare': unshareForEmergency,
  'recovery.share': shareForRecovery,
  'recovery.unshare': unshareForRecovery,
  'emergency.request': requestEmergency,
  'emergency.countersign': countersignEmergency,
  'emergency.end': endEmergency,
  'emergency.review': reviewEmergency,
  'evidence.equivocation': reportEquivocation,
  'evidence.proxy': reportProxy,
  'membership.admit': proposeAdmission,
  'membership.remove': proposeRemoval,
  'membership.vote': voteOnProposal,
  'reshare.deal': dealShares,
  'reshare.confirm': confirmDeals,
};

/**
 * Runs one decoded transaction on a state. Every check comes before the first write, and all writes lie in the
 * overlay that is returned, so what is refused has done nothing.
 */
export function execute(
  backend: Backend,
  below: Get,
  context: BlockContext,
  decoded: DecodedTransaction,
): { ok: true; writes: Overlay; event: LedgerEvent } | Refusal {
  const sender = admit(backend, below, context, decoded);
  if ('ok' in sender) return sender;
  const { transaction, hash } = decoded;
  const state = new Overlay(below);
  try {
    const outcome = applyRule({ backend, context, hash, sender, state }, transaction);
    state.put(stateKeys.nonce(sender.id), ENTRY.count.encode({ count: transaction.nonce + 1 }));
    appendAudit(state, context, decoded, outcome);
    return { ok: true, writes: state, event: eventOf(context, decoded, outcome) };
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.facts);
    throw error;
  }
}

function applyRule<K extends TransactionKind>(
  run: Run,
  transaction: TransactionOf<K> & { kind: K },
): Outcome {
  const rule: Rule<K> = RULES[transaction.kind];
  return rule(run, transaction);
}

/** The checks that every kind shares, the cheap ones first. Gives the sender. */
function admit(
  backend: Backend,
  get: Get,
  context: BlockContext,
  decoded: DecodedTransaction,
): Person | Refusal {
  const { transaction } = decoded;
  const { height } = context;
  const { expiresAtHeight, nonce, kind } = transaction;
  if (!equalBytes(transaction.chainId, context.chainId)) return refusal('other-chain');
  if (expiresAtHeight < height) return refusal('expired', { expiresAtHeight, height });
  const latest = height + EXPIRY_HEIGHTS_MAX;
  if (expiresAtHeight > latest) return refusal('expiry-too-far', { expiresAtHeight, latest });
  const known = readPerson(get, transaction.sender);
  const sender = known ?? applicantOf(transaction) ?? nodeOf(get, transaction);
  if (sender === undefined) return refusal('sender-unknown', { sender: toHex(transaction.sender) });
  const expected = readNonce(get, transaction.sender);
  if (nonce < expected) return refusal('nonce-used', { expected, given: nonce });
  // Before the nonce may be found too high: only what its sender really signed may wait in a mempool.
  const fault = verifyTransaction(backend, context, get, decoded, sender.keys.sign);
  if (fault !== undefined) return fault;
  if (nonce > expected) return refusal('nonce-ahead', { expected, given: nonce });
  if (kind === 'person.register') return known === undefined ? sender : refusal('already-registered');
  if (sender.status !== 'active') return refusal('sender-not-active', { status: sender.status });
  if (!SENDER_ROLES[kind].includes(sender.role))
    return refusal('role-not-allowed', { role: sender.role, kind });
  // Staff act for their institution; a patient, and her devices, are nobody's.
  const isStaff = sender.role !== 'patient' && sender.role !== 'device';
  if (isStaff && !isMemberAt(get, height, sender.home))
    return refusal('institution-not-member', { institution: toHex(sender.home) });
  return sender;
}

function refusal(code: RefusalCode, facts: Facts = {}): Refusal {
  return { ok: false, code, facts };
}

/** Who registers is a pending person as of this transaction. */
function applicantOf(transaction: Transaction): Person | undefined {
  if (transaction.kind !== 'person.register') return undefined;
  const { role, home, keys, profile } = transaction.body;
  return {
    id: transaction.sender,
    role,
    home,
    keys,
    profile,
    owner: null,
    status: 'pending',
    approvals: [],
    registeredHeight: 0,
    decidedHeight: null,
    reason: null,
    pendingPosition: null,
  };
}

/** A node speaks for its institution with its validator key, and is nobody's to approve or suspend. */
function nodeOf(get: Get, { kind, sender }: Transaction): Person | undefined {
  if (!SENDER_ROLES[kind].includes('node')) return undefined;
  const institution = readInstitution(get, sender);
  if (institution === undefined) return undefined;
  const { id, validatorKey, sealKey, fromHeight } = institution;
  return {
    id,
    role: 'node',
    home: id,
    keys: {
      sign: validatorKey,
      seal: sealKey,
      delegate: new Uint8Array(32),
      possession: new Uint8Array(SIGNATURE_BYTES),
    },
    profile: null,
    owner: null,
    status: 'active',
    approvals: [],
    registeredHeight: fromHeight,
    decidedHeight: null,
    reason: null,
    pendingPosition: null,
  };
}

function appendAudit(
  state: Overlay,
  context: BlockContext,
  decoded: DecodedTransaction,
  outcome: Outcome,
): void {
  if (outcome.audit === null || outcome.patient === null) return;
  const line = ENTRY.audit.encode({
    kind: decoded.transaction.kind,
    height: context.height,
    timeMs: context.timeMs,
    transaction: decoded.hash,
    actor: decoded.transaction.sender,
    subject: null,
    grant: null,
    request: null,
    records: [],
    action: null,
    ...outcome.audit,
  });
  append(state, 'audit', outcome.patient, line);
}

function eventOf(
  { height, timeMs }: BlockContext,
  decoded: DecodedTransaction,
  outcome: Outcome,
): LedgerEvent {
  const { kind, sender } = decoded.transaction;
  const { patient, persons = [] } = outcome;
  const concerned = [sender, ...(patient === null ? [] : [patient]), ...persons];
  return {
    kind,
    height,
    timeMs,
    transaction: decoded.hash,
    sender,
    patient,
    persons: [...new Map(concerned.map((id) => [toHex(id), id])).values()],
  };
}
