import { equalBytes, grantIdOf, toHex } from '#crypto';
import { GRANT_LIFETIME_MS_MAX } from '../bounds.ts';
import type { GrantCreateBody } from '../body.ts';
import { ENTRY } from '../entry.ts';
import type { Grant, GrantRequest } from '../entry.ts';
import { epochAt, grantThresholdLeast } from '../membership.ts';
import { readGrant, readOpenRequest, readPerson, readRequest } from '../readers.ts';
import { CONSORTIUM, stateKeys } from '../state-keys.ts';
import {
  append,
  isPatientOrCustodian,
  isPatientOrGuardian,
  refuse,
  require,
  requirePatient,
  requirePatientOrCustodian,
} from './rule.ts';
import type { Rule, Run } from './rule.ts';

function putRequest({ state }: Run, request: GrantRequest): void {
  state.put(stateKeys.request(request.id), ENTRY.request.encode(request));
}

/** Asks the patient or a custodian; one open request for a patient at a time, so that nobody can be flooded. */
export const requestGrant: Rule<'grant.request'> = (run, { body }) => {
  const { state, sender, hash, context } = run;
  requirePatient(run, body.patient);
  require(isPatientOrCustodian(run, body.patient, body.to), 'recipient-not-allowed');
  require(readOpenRequest(state.get, body.patient, sender.id) === undefined, 'request-open');
  putRequest(run, {
    id: hash,
    ...body,
    from: sender.id,
    status: 'open',
    grant: null,
    reason: null,
    height: context.height,
    timeMs: context.timeMs,
  });
  state.put(stateKeys.openRequest(body.patient, sender.id), hash);
  append(state, 'requests-of', body.patient, hash);
  append(state, 'requests-to', body.to, hash);
  append(state, 'requests-from', sender.id, hash);
  return { patient: body.patient, persons: [body.to], audit: { request: hash } };
};

/** By whom it was sent to, the patient or her guardian. */
export const refuseGrant: Rule<'grant.refuse'> = (run, { body }) => {
  const { sender } = run;
  const request = openRequestOf(run, body.request);
  require(equalBytes(sender.id, request.to) ||
    isPatientOrGuardian(run, request.patient, sender.id), 'not-permitted');
  closeRequest(run, { ...request, status: 'refused', reason: body.reason });
  return {
    patient: request.patient,
    persons: [request.from],
    audit: { subject: request.from, request: request.id },
  };
};

function openRequestOf({ state }: Run, id: Uint8Array): GrantRequest {
  const request = readRequest(state.get, id);
  if (request === undefined) refuse('request-unknown', { request: toHex(id) });
  require(request.status === 'open', 'wrong-status', { status: request.status });
  return request;
}

function closeRequest(run: Run, request: GrantRequest): void {
  putRequest(run, request);
  run.state.remove(stateKeys.openRequest(request.patient, request.from));
}

/** A delegation under a hidden condition (SCHEME 5). What it opens only the delegate can read. */
export const createGrant: Rule<'grant.create'> = (run, { body }) => {
  const { state, sender, context } = run;
  requirePatient(run, body.patient);
  requirePatientOrCustodian(run, body.patient);
  requireDelegate(run, body);
  requireSoundGrant(run, body);
  const id = grantIdOf(sender.id, body.patient, body.nonce);
  require(readGrant(state.get, id) === undefined, 'grant-exists', { grant: toHex(id) });
  if (body.request !== null) {
    const request = openRequestOf(run, body.request);
    require(equalBytes(request.patient, body.patient), 'other-patient');
    require(equalBytes(request.from, body.delegate), 'delegate-not-allowed');
    closeRequest(run, { ...request, status: 'granted', grant: id });
  }
  const grant: Grant = {
    ...body,
    shares: body.shares.map(({ node, box }) => ({ node, boxes: [box] })),
    dealers: [],
    epoch: epochAt(state.get, context.height).number,
    sharesHeight: context.height,
    id,
    issuer: sender.id,
    height: context.height,
    timeMs: context.timeMs,
    revokedHeight: null,
    revokedBy: null,
  };
  state.put(stateKeys.grant(id), ENTRY.grant.encode(grant));
  append(state, 'grants-of', body.patient, id);
  append(state, 'held', CONSORTIUM, id);
  append(state, 'grants-to', body.delegate, id);
  return {
    patient: body.patient,
    persons: [body.delegate],
    audit: { subject: body.delegate, grant: id, request: body.request },
  };
};

function requireDelegate({ state, sender }: Run, body: GrantCreateBody): void {
  const delegate = readPerson(state.get, body.delegate);
  if (delegate === undefined) refuse('person-unknown', { person: toHex(body.delegate) });
  require(delegate.role === 'doctor' || delegate.role === 'researcher', 'delegate-not-allowed', {
    role: delegate.role,
  });
  require(!equalBytes(delegate.id, sender.id), 'delegate-not-allowed', { role: 'issuer' });
  require(delegate.status === 'active', 'person-not-active', { status: delegate.status });
}

/** What the ledger can see of a grant's form. That the shares fit the commitments each node checks on its own share. */
function requireSoundGrant({ state, context }: Run, body: GrantCreateBody): void {
  const { genesis, timeMs, height } = context;
  const { members } = epochAt(state.get, height);
  const most = members.length;
  const least = grantThresholdLeast(genesis, most);
  require(body.threshold >= least && body.threshold <= most, 'threshold-wrong', { least, most });
  const exact = body.rekeys.every(({ commitments }) => commitments.length === body.threshold);
  require(exact, 'commitments-wrong', { threshold: body.threshold });
  require(hasShareForEach(members, body.shares), 'shares-wrong', { institutions: most });
  const latest = timeMs + GRANT_LIFETIME_MS_MAX;
  require(body.expiresAtMs > timeMs && body.expiresAtMs <= latest, 'expiry-wrong', { after: timeMs, latest });
}

/** One share for each member of the block's epoch, sorted by node id. The share index is the institution's own. */
export function hasShareForEach(
  members: readonly { readonly id: Uint8Array }[],
  shares: GrantCreateBody['shares'],
): boolean {
  const fits = members.every(({ id }, i) => {
    const share = shares[i];
    return share !== undefined && equalBytes(share.node, id);
  });
  return fits && shares.length === members.length;
}

/** By the issuer, even one who is no custodian any more, by the patient, or by an active custodian. */
export const revokeGrant: Rule<'grant.revoke'> = (run, { body }) => {
  const { state, sender, context } = run;
  const grant = readGrant(state.get, body.grant);
  if (grant === undefined) refuse('grant-unknown', { grant: toHex(body.grant) });
  const mayRevoke =
    equalBytes(grant.issuer, sender.id) || isPatientOrCustodian(run, grant.patient, sender.id);
  require(mayRevoke, 'not-permitted');
  require(grant.revokedHeight === null, 'grant-revoked', { height: grant.revokedHeight });
  const revoked: Grant = { ...grant, revokedHeight: context.height, revokedBy: sender.id };
  state.put(stateKeys.grant(grant.id), ENTRY.grant.encode(revoked));
  return {
    patient: grant.patient,
    persons: [grant.delegate, grant.issuer],
    audit: { subject: grant.delegate, grant: grant.id },
  };
};
