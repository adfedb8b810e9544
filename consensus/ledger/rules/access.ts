import { equalBytes, toHex } from '#crypto';
import type { AccessItem } from '../body.ts';
import { ENTRY } from '../entry.ts';
import type { Grant, RecordEntry } from '../entry.ts';
import { readGrant, readPerson, readRecord } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { requireNotErased } from './record.ts';
import { allDistinct, refuse, require, requirePatient, requirePatientOrCustodian } from './rule.ts';
import type { Rule, Run } from './rule.ts';

/**
 * The delegate's entry in the audit list, without which no proxy converts. The grant must be alive in this very
 * block, so a request that was signed before a revocation and kept back is worth nothing after it.
 */
export const requestAccess: Rule<'access.request'> = (run, { body }) => {
  const { state, sender, context, hash } = run;
  const grant = livingGrantOf(run, body.grant);
  require(new Set(body.items.map(itemText)).size === body.items.length, 'duplicate', { field: 'items' });
  for (const item of body.items) {
    requireNotErased(recordOf(run, grant.patient, item.record));
    require(item.rekey < grant.rekeys.length, 'rekey-unknown', {
      rekey: item.rekey,
      rekeys: grant.rekeys.length,
    });
  }
  state.put(
    stateKeys.access(hash),
    ENTRY.access.encode({
      id: hash,
      ...body,
      patient: grant.patient,
      delegate: sender.id,
      height: context.height,
      timeMs: context.timeMs,
    }),
  );
  const records = [...new Map(body.items.map(({ record }) => [toHex(record), record])).values()];
  return { patient: grant.patient, persons: [grant.issuer], audit: { grant: grant.id, records } };
};

/**
 * The delegate's word that searches under a grant begin. One line stands for all searches of a while, so that the
 * ledger shows neither a keyword nor how often or when exactly one was looked for.
 */
export const announceSearch: Rule<'access.search'> = (run, { body }) => {
  const grant = livingGrantOf(run, body.grant);
  return { patient: grant.patient, persons: [grant.issuer], audit: { grant: grant.id } };
};

/** The grant of this very sender, neither revoked nor expired in this block, of a patient who was not erased. */
function livingGrantOf({ state, sender, context }: Run, id: Uint8Array): Grant {
  const grant = readGrant(state.get, id);
  if (grant === undefined) refuse('grant-unknown', { grant: toHex(id) });
  require(equalBytes(grant.delegate, sender.id), 'not-permitted');
  require(grant.revokedHeight === null, 'grant-revoked', { height: grant.revokedHeight });
  require(context.timeMs < grant.expiresAtMs, 'grant-expired', { expiresAtMs: grant.expiresAtMs });
  // Of one who was erased nothing is left to be looked for; while one is suspended her care goes on.
  const isErased = readPerson(state.get, grant.patient)?.status === 'revoked';
  require(!isErased, 'person-not-active', { status: 'revoked' });
  return grant;
}

/** A patient's or custodian's own word of what was opened, searched, exported or printed: they need no proxy. */
export const reportAccess: Rule<'access.report'> = (run, { body }) => {
  requirePatient(run, body.patient);
  requirePatientOrCustodian(run, body.patient);
  require(allDistinct(body.records), 'duplicate', { field: 'records' });
  for (const record of body.records) recordOf(run, body.patient, record);
  return { patient: body.patient, audit: { records: body.records, action: body.action } };
};

function recordOf({ state }: Run, patient: Uint8Array, id: Uint8Array): RecordEntry {
  const record = readRecord(state.get, id);
  if (record === undefined) refuse('record-unknown', { record: toHex(id) });
  require(equalBytes(record.patient, patient), 'other-patient', { record: toHex(id) });
  return record;
}

function itemText({ record, slot, rekey }: AccessItem): string {
  return `${toHex(record)}/${slot}/${rekey}`;
}
