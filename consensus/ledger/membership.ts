import { DOMAIN, encode, equalBytes, nodeIdOf, signTagged, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { quorum, validatorsHashOf } from '../block.ts';
import type { ValidatorSet } from '../block.ts';
import { ENTRY } from './entry.ts';
import type { InstitutionEntry } from './entry.ts';
import type { Genesis } from './genesis.ts';
import { LedgerError } from './ledger-error.ts';
import type { Applicant } from './membership-body.ts';
import type { Epoch, Proposal, Schedule } from './membership-entry.ts';
import { readInstitution } from './readers.ts';
import type { Get } from './readers.ts';
import { stateKeys } from './state-keys.ts';

/** Heights between a decision and the first height that it can change: what header h promises of h+1 is settled by then. */
export const CHANGE_DELAY_HEIGHTS = 2;

/** More than two thirds of n institutions: 3 of 4, 4 of 5, 5 of 6. */
export function membershipMajority(n: number): number {
  return Math.floor((2 * n) / 3) + 1;
}

/** Read by every transaction and vote, changed a few times a year: decoded once for the same bytes. */
let decoded: { readonly bytes: Uint8Array; readonly schedule: Schedule } | undefined;

/** The newest two epochs. Throws LedgerError('state-malformed') for a state without any. */
export function readSchedule(get: Get): Schedule {
  const bytes = get(stateKeys.schedule());
  if (bytes === undefined) throw new LedgerError('state-malformed', { field: 'schedule' });
  if (decoded === undefined || !equalBytes(decoded.bytes, bytes))
    decoded = { bytes: bytes.slice(), schedule: ENTRY.schedule.decode(bytes) };
  return decoded.schedule;
}

/** An epoch that was superseded, or the newest. */
export function readEpoch(get: Get, number: number): Epoch | undefined {
  const bytes = get(stateKeys.epoch(number));
  return bytes === undefined ? undefined : ENTRY.epoch.decode(bytes);
}

/**
 * The epoch that decides `height`. A state after block b knows it for every height up to b + CHANGE_DELAY_HEIGHTS.
 * Throws LedgerError('state-malformed').
 */
export function epochAt(get: Get, height: number): Epoch {
  const { last, before } = readSchedule(get);
  if (last.fromHeight <= height) return last;
  let epoch = before;
  while (epoch.fromHeight > height && epoch.number > 0) {
    const earlier = readEpoch(get, epoch.number - 1);
    if (earlier === undefined) throw new LedgerError('state-malformed', { field: 'epoch' });
    epoch = earlier;
  }
  return epoch;
}

/** The validators of a height, sorted by id. */
export function validatorsAt(get: Get, height: number): ValidatorSet {
  return validatorsOfEpoch(epochAt(get, height));
}

export function validatorsOfEpoch({ members }: Epoch): ValidatorSet {
  return members.map(({ id, validatorKey }) => ({ id, publicKey: validatorKey }));
}

/** What headers say of the set of a height, 32 bytes. */
export function validatorsHashAt(get: Get, height: number): Uint8Array {
  return validatorsHashOf(validatorsAt(get, height));
}

/** The members of a height with names, keys and addresses, sorted by id. */
export function membersAt(get: Get, height: number): InstitutionEntry[] {
  return epochAt(get, height).members.flatMap(({ id }) => readInstitution(get, id) ?? []);
}

export function isMemberAt(get: Get, height: number, institution: Uint8Array): boolean {
  return epochAt(get, height).members.some(({ id }) => equalBytes(id, institution));
}

/**
 * The least threshold of a grant among `n` institutions. What the genesis chose for its own number keeps its distance
 * from the quorum: a consortium that chose the quorum has the quorum of its present number.
 */
export function grantThresholdLeast(genesis: Genesis, n: number): number {
  const distance = genesis.parameters.grantThresholdMin - quorum(genesis.institutions.length);
  return Math.min(n, Math.max(1, quorum(n) + distance));
}

/**
 * The threshold of shares that were held by `before` institutions, among `after` of them: its distance from the least
 * stays what the issuer chose, within what is possible.
 */
export function thresholdAmong(genesis: Genesis, threshold: number, before: number, after: number): number {
  const least = grantThresholdLeast(genesis, after);
  const kept = threshold + least - grantThresholdLeast(genesis, before);
  return Math.min(after, Math.max(least, kept));
}

export function readProposal(get: Get, id: Uint8Array): Proposal | undefined {
  const bytes = get(stateKeys.proposal(id));
  return bytes === undefined ? undefined : ENTRY.proposal.decode(bytes);
}

/** What the institution of a proposal to admit has shown of itself. */
export function readApplicant(get: Get, proposal: Uint8Array): Applicant | undefined {
  const bytes = get(stateKeys.applicant(proposal));
  return bytes === undefined ? undefined : ENTRY.applicant.decode(bytes);
}

/** The newest proposal that an institution (`proposer`) has made about another or itself, whatever became of it. */
export function readProposalAbout(
  get: Get,
  institution: Uint8Array,
  proposer: Uint8Array,
): Proposal | undefined {
  const bytes = get(stateKeys.proposalAbout(institution, proposer));
  return bytes === undefined ? undefined : readProposal(get, bytes);
}

/** What an institution signs to join: the chain, its keys, addresses and administrators, and until when that is good. */
export function admissionBytes(chainId: Uint8Array, applicant: Applicant): Uint8Array {
  const { name, validatorKey, sealKey, peerId, addresses, administrators, expiresAtMs } = applicant;
  return encode([chainId, name, validatorKey, sealKey, peerId, addresses, administrators, expiresAtMs]);
}

/** The applicant's signature, 64 bytes, with its validator key. */
export function signAdmission(
  backend: Backend,
  chainId: Uint8Array,
  applicant: Applicant,
  secretKey: Uint8Array,
): Uint8Array {
  return signTagged(backend, DOMAIN.admission, admissionBytes(chainId, applicant), secretKey);
}

export function verifyAdmission(
  backend: Backend,
  chainId: Uint8Array,
  applicant: Applicant,
  signature: Uint8Array,
): boolean {
  const bytes = admissionBytes(chainId, applicant);
  return verifyTagged(backend, DOMAIN.admission, bytes, signature, applicant.validatorKey);
}

/** The applicant's own words in a proposal to admit it. */
export function applicantOf(body: Applicant): Applicant {
  const { name, validatorKey, sealKey, peerId, addresses, administrators, expiresAtMs } = body;
  return { name, validatorKey, sealKey, peerId, addresses, administrators, expiresAtMs };
}

/** The id that an applicant will have. */
export function applicantId({ validatorKey, sealKey }: Applicant): Uint8Array {
  return nodeIdOf(validatorKey, sealKey);
}
