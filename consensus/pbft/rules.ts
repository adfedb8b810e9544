import { faultBound, quorum } from '../block.ts';
import type { PrePrepare, RoundChange, SignedVote } from './message.ts';

/** How many rounds of one kind the core keeps of one validator at one height. */
export interface KeptRounds {
  readonly current: Readonly<Record<'pre-prepare' | 'prepare' | 'commit' | 'round-change', number>>;
  /** For the height after the current one. */
  readonly next: number;
}

/**
 * Every number and predicate the protocol's safety and liveness hang on, as one frozen value. The simulator
 * replaces one entry at a time and must find the damage; a node runs `qbftRules` and nothing else.
 */
export interface Rules {
  /** Distinct validators that make a certificate, a prepared certificate, or a justified round. */
  quorum(n: number): number;
  /** Distinct validators in higher rounds that make a node follow: one of them is honest. */
  jumpQuorum(n: number): number;
  roundTimeoutMs(round: number): number;
  /** Pause before the stored bytes are sent again for the `count`-th time in a round. */
  resendMs(count: number): number;
  proposerOf(height: number, round: number, n: number): number;
  /** May a round change for `round` rest on something prepared in `preparedRound`? */
  mayRestOn(preparedRound: number, round: number): boolean;
  /** The round change whose block the new proposer must take; undefined when none prepared anything. */
  binding(roundChanges: readonly SignedVote[]): SignedVote | undefined;
  /** Of the votes of a kind, those that agree with `sample` and may be added to it, one for each validator. */
  agreeing(votes: readonly SignedVote[], sample: SignedVote): SignedVote[];
  /** Is a fresh block without transactions proposed in a round above 0 when there is nothing else? */
  readonly proposesEmpty: boolean;
  readonly kept: KeptRounds;
}

export interface RulesInit {
  /** T0: the timer of round 0, in ms. */
  readonly roundTimeoutMs: number;
  readonly resendMs: number;
}

export const ROUND_TIMEOUT_MS_MAX = 30_000;
export const RESEND_MS_MAX = 5_000;

/** The production rules: QBFT with the differences PROTOCOL.md lists. */
export function qbftRules(init: RulesInit): Rules {
  return Object.freeze({
    quorum,
    jumpQuorum: (n: number) => faultBound(n) + 1,
    roundTimeoutMs: (round: number) =>
      Math.min(init.roundTimeoutMs * 2 ** Math.min(round, 20), ROUND_TIMEOUT_MS_MAX),
    resendMs: (count: number) => Math.min(init.resendMs * 2 ** Math.min(count, 20), RESEND_MS_MAX),
    proposerOf: (height: number, round: number, n: number) => (height + round) % n,
    mayRestOn: (preparedRound: number, round: number) => preparedRound < round,
    binding: highestPrepared,
    agreeing: sameRoundAndHash,
    proposesEmpty: true,
    kept: { current: { 'pre-prepare': 2, prepare: 8, commit: 8, 'round-change': 4 }, next: 2 },
  });
}

function highestPrepared(roundChanges: readonly SignedVote[]): SignedVote | undefined {
  let highest: SignedVote | undefined;
  for (const vote of roundChanges) {
    if (vote.preparedRound !== null && vote.preparedRound > (highest?.preparedRound ?? -1)) highest = vote;
  }
  return highest;
}

function sameRoundAndHash(votes: readonly SignedVote[], sample: SignedVote): SignedVote[] {
  const byValidator = new Map<number, SignedVote>();
  for (const vote of votes) {
    if (vote.height === sample.height && vote.round === sample.round && vote.hash === sample.hash) {
      byValidator.set(vote.validator, vote);
    }
  }
  return [...byValidator.values()];
}

/** A quorum of distinct prepares for exactly (preparedRound, hash) of a round change (QBFT spec, prepared certificate). */
export function isPrepared(
  rules: Rules,
  roundChange: SignedVote,
  prepares: readonly SignedVote[],
  n: number,
): boolean {
  const { height, hash, preparedRound, round } = roundChange;
  if (preparedRound === null || hash === null || !rules.mayRestOn(preparedRound, round)) return false;
  const sample: SignedVote = {
    ...roundChange,
    kind: 'prepare',
    height,
    round: preparedRound,
    preparedRound: null,
  };
  return rules.agreeing(prepares, sample).length >= rules.quorum(n);
}

/** A round change counts when it prepared nothing, or proves what it prepared. */
export function isJustifiedRoundChange<B>(rules: Rules, message: RoundChange<B>, n: number): boolean {
  return message.vote.preparedRound === null || isPrepared(rules, message.vote, message.prepares, n);
}

/**
 * May this block be proposed in this round? Round 0: always. Above: a quorum of distinct round changes for exactly
 * (h, r); if any of them prepared something, the block is that of the highest prepared round, and its prepares are
 * there (Castro & Liskov, OSDI '99, 4.4; QBFT spec, isProposalJustification).
 */
export function isJustifiedProposal<B>(rules: Rules, message: PrePrepare<B>, n: number): boolean {
  const { vote, roundChanges, prepares } = message;
  if (vote.round === 0) return true;
  const signers = new Set<number>();
  for (const roundChange of roundChanges) {
    if (roundChange.height !== vote.height || roundChange.round !== vote.round) return false;
    const { preparedRound } = roundChange;
    if (preparedRound !== null && !rules.mayRestOn(preparedRound, roundChange.round)) return false;
    signers.add(roundChange.validator);
  }
  if (signers.size < rules.quorum(n)) return false;
  const binding = rules.binding(roundChanges);
  if (binding === undefined) return true;
  return binding.hash === vote.hash && isPrepared(rules, binding, prepares, n);
}
