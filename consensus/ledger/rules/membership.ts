import { compareBytes, equalBytes, personIdOf, toHex } from '#crypto';
import {
  ADMISSION_LIFETIME_MS_MAX,
  INSTITUTIONS_MAX,
  MEMBERS_MIN,
  PROPOSAL_AHEAD_HEIGHTS_MAX,
  PROPOSAL_LIFETIME_MS,
  SEATS_MAX,
} from '../bounds.ts';
import { ENTRY } from '../entry.ts';
import {
  applicantId,
  applicantOf,
  CHANGE_DELAY_HEIGHTS,
  epochAt,
  membershipMajority,
  readApplicant,
  readProposal,
  readProposalAbout,
  readSchedule,
} from '../membership.ts';
import type { Applicant } from '../membership-body.ts';
import type { Epoch, EpochMember, Proposal, Voice } from '../membership-entry.ts';
import type { Overlay } from '../overlay.ts';
import { readCount, readInstitution, readPerson } from '../readers.ts';
import { CONSORTIUM, stateKeys } from '../state-keys.ts';
import { firstAdministrator, putPerson } from './person.ts';
import { allDistinct, append, isInOffice, refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** Nobody's health is concerned: no patient, no audit line; the lists of proposals and institutions say it all. */
const OUTCOME: Outcome = { patient: null, audit: null };

/** An institution joins when enough members agree; that it wants to, and holds its keys, `verifyTransaction` checked. */
export const proposeAdmission: Rule<'membership.admit'> = (run, { body }) => {
  const applicant = applicantOf(body);
  const institution = applicantId(applicant);
  requireNewInstitution(run.state, institution);
  requireNewAdministrators(run.state, applicant);
  requireGood(run, applicant);
  propose(run, 'admit', institution, body.fromHeight);
  run.state.put(stateKeys.applicant(run.hash), ENTRY.applicant.encode(applicant));
  return OUTCOME;
};

/** A member leaves, or is made to: the same act, and its own two administrators may be among those who agree. */
export const proposeRemoval: Rule<'membership.remove'> = (run, { body }) => {
  const { state, context } = run;
  const { members } = epochAt(state.get, context.height);
  requireMember(members, body.institution);
  requireEnough(run, members.length - 1);
  propose(run, 'remove', body.institution, body.fromHeight);
  return OUTCOME;
};

/** The second administrator of an institution makes its voice count; the voice that completes the majority decides. */
export const voteOnProposal: Rule<'membership.vote'> = (run, { body }) => {
  const { state, sender, context } = run;
  const proposal = readProposal(state.get, body.proposal);
  if (proposal === undefined) refuse('proposal-unknown', { proposal: toHex(body.proposal) });
  const isOpen = proposal.status === 'open' && context.timeMs < proposal.openUntilMs;
  require(isOpen, 'proposal-over', { status: proposal.status });
  const already = proposal.voices.some(({ administrator }) => equalBytes(administrator, sender.id));
  require(!already, 'already-decided-by-sender');
  const voices = [...proposal.voices, voiceOf(run)];
  const { members } = epochAt(state.get, context.height);
  const agreeing = members.filter(({ id }) => agrees(run, id, voices)).length;
  const voted: Proposal = { ...proposal, voices };
  if (agreeing >= membershipMajority(members.length)) decide(run, voted);
  else putProposal(state, voted);
  return OUTCOME;
};

function voiceOf({ sender }: Run): Voice {
  return { institution: sender.home, administrator: sender.id };
}

/** An institution agrees by two of its administrators who are active now: a voice ends with its owner's office. */
function agrees(run: Run, institution: Uint8Array, voices: readonly Voice[]): boolean {
  const active = voices.filter(
    (voice) => equalBytes(voice.institution, institution) && isInOffice(run, voice.administrator),
  );
  return active.length >= 2;
}

/**
 * One open proposal of an institution about another at a time; the proposer's voice is the first. Others may stand
 * beside it: else whoever proposes first, the one to be removed itself, for a far height, kept all others waiting.
 */
function propose(run: Run, kind: Proposal['kind'], institution: Uint8Array, fromHeight: number): void {
  const { state, context, hash: id, sender } = run;
  const { height, timeMs } = context;
  const latest = height + PROPOSAL_AHEAD_HEIGHTS_MAX;
  require(fromHeight > height && fromHeight <= latest, 'height-wrong', { after: height, latest });
  const before = readProposalAbout(state.get, institution, sender.home);
  const isFree = before === undefined || before.status === 'decided' || before.openUntilMs <= timeMs;
  require(isFree, 'proposal-open', { proposal: before === undefined ? null : toHex(before.id) });
  putProposal(state, {
    id,
    kind,
    institution,
    fromHeight,
    proposedBy: sender.id,
    height,
    openUntilMs: timeMs + PROPOSAL_LIFETIME_MS,
    voices: [voiceOf(run)],
    status: 'open',
    decidedHeight: null,
    effectiveHeight: null,
  });
  state.put(stateKeys.proposalAbout(institution, sender.home), id);
  append(state, 'proposals', CONSORTIUM, id);
}

function putProposal(state: Overlay, proposal: Proposal): void {
  state.put(stateKeys.proposal(proposal.id), ENTRY.proposal.encode(proposal));
}

/**
 * One change at a time: while one is settled and not yet in force, the voice that would decide another is refused and
 * given again later. What was true when it was proposed is asked once more.
 */
function decide(run: Run, proposal: Proposal): void {
  const { state, context } = run;
  const { height } = context;
  const { last } = readSchedule(state.get);
  require(last.fromHeight <= height, 'change-scheduled', { fromHeight: last.fromHeight });
  const effectiveHeight = Math.max(proposal.fromHeight, height + CHANGE_DELAY_HEIGHTS);
  const members =
    proposal.kind === 'admit'
      ? admitted(run, proposal, last, effectiveHeight)
      : removed(run, proposal, last, effectiveHeight);
  putEpoch(state, { number: last.number + 1, fromHeight: effectiveHeight, members }, last);
  putProposal(state, { ...proposal, status: 'decided', decidedHeight: height, effectiveHeight });
}

function admitted(run: Run, proposal: Proposal, last: Epoch, fromHeight: number): EpochMember[] {
  const { state, context } = run;
  const applicant = readApplicant(state.get, proposal.id);
  if (applicant === undefined) refuse('proposal-unknown', { proposal: toHex(proposal.id) });
  const index = readCount(state.get, 'institutions', CONSORTIUM) + 1;
  const isFree = last.members.length < INSTITUTIONS_MAX && index <= SEATS_MAX;
  require(isFree, 'too-many-members', { members: last.members.length });
  requireNewInstitution(state, proposal.institution);
  requireNewAdministrators(state, applicant);
  requireGood(run, applicant);
  const { administrators, expiresAtMs: _, ...shown } = applicant;
  const id = proposal.institution;
  append(state, 'institutions', CONSORTIUM, id);
  const entry = { ...shown, id, index, fromHeight, untilHeight: null };
  state.put(stateKeys.institution(id), ENTRY.institution.encode(entry));
  for (const keys of administrators) {
    const administrator = firstAdministrator(id, keys, context.height);
    putPerson(state, administrator);
    state.put(stateKeys.nonce(administrator.id), ENTRY.count.encode({ count: 1 }));
  }
  const member = { id, validatorKey: applicant.validatorKey, index };
  return [...last.members, member].toSorted((a, b) => compareBytes(a.id, b.id));
}

function removed(run: Run, proposal: Proposal, last: Epoch, untilHeight: number): EpochMember[] {
  const { state } = run;
  requireMember(last.members, proposal.institution);
  requireEnough(run, last.members.length - 1);
  const leaver = readInstitution(state.get, proposal.institution);
  if (leaver === undefined) refuse('institution-unknown', { institution: toHex(proposal.institution) });
  state.put(stateKeys.institution(leaver.id), ENTRY.institution.encode({ ...leaver, untilHeight }));
  return last.members.filter(({ id }) => !equalBytes(id, leaver.id));
}

function putEpoch(state: Overlay, epoch: Epoch, before: Epoch): void {
  state.put(stateKeys.epoch(epoch.number), ENTRY.epoch.encode(epoch));
  state.put(stateKeys.schedule(), ENTRY.schedule.encode({ last: epoch, before }));
}

/** Who began with four or more never falls below four; a smaller one (a trial) never below what it began with. */
function requireEnough({ context }: Run, members: number): void {
  const least = Math.min(MEMBERS_MIN, context.genesis.institutions.length);
  require(members >= least, 'too-few-members', { least });
}

function requireMember(members: readonly EpochMember[], institution: Uint8Array): void {
  const isMember = members.some(({ id }) => equalBytes(id, institution));
  require(isMember, 'institution-not-member', { institution: toHex(institution) });
}

function requireNewInstitution({ get }: Overlay, institution: Uint8Array): void {
  require(readInstitution(get, institution) === undefined, 'institution-known', {
    institution: toHex(institution),
  });
}

/** What the applicant signed is neither over nor good for ever. */
function requireGood({ context }: Run, { expiresAtMs }: Applicant): void {
  const latest = context.timeMs + ADMISSION_LIFETIME_MS_MAX;
  require(context.timeMs < expiresAtMs && expiresAtMs <= latest, 'expiry-wrong', { expiresAtMs, latest });
}

/** One human holds one office: an administrator of the applicant is nobody yet, and named once. */
function requireNewAdministrators(state: Overlay, { administrators }: Applicant): void {
  const ids = administrators.map((keys) => personIdOf(keys));
  require(allDistinct(ids), 'duplicate');
  for (const id of ids) require(readPerson(state.get, id) === undefined, 'already-registered');
}
