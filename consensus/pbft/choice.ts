import { isPrepared } from './rules.ts';
import { sameVote } from './message.ts';
import type { Height } from './height.ts';
import type { BlockHash, Proposal, SignedVote } from './message.ts';
import type { Rules } from './rules.ts';

/** What the proposer of a round may do now. */
export type Choice<B> =
  | { readonly kind: 'wait' }
  | { readonly kind: 'fresh'; readonly roundChanges: readonly SignedVote[] }
  | { readonly kind: 'need'; readonly hash: BlockHash }
  | {
      readonly kind: 'prepared';
      readonly block: Proposal<B>;
      readonly roundChanges: readonly SignedVote[];
      readonly prepares: readonly SignedVote[];
    };

/**
 * What the proposer of the current round is free, or bound, to propose. Above round 0 it needs a quorum of round
 * changes for exactly (h, r); if one of them prepared a block, that of the highest round is proposed again, and
 * when its body is missing it is fetched: something else is never put in its place. Round changes whose block
 * nobody sent are left out when a quorum remains without them.
 */
export function choiceOf<B>(rules: Rules, n: number, at: Height<B>): Choice<B> {
  if (at.round === 0) return at.work ? { kind: 'fresh', roundChanges: [] } : { kind: 'wait' };
  const changes = at.ballots
    .at('round-change', at.round)
    .filter((message) => message.kind === 'round-change');
  const quorum = rules.quorum(n);
  if (changes.length < quorum) return { kind: 'wait' };
  const held = changes.filter(({ vote }) => vote.hash === null || at.bodyOf(vote.hash) !== undefined);
  const roundChanges = (held.length >= quorum ? held : changes).map(({ vote }) => vote);
  const binding = rules.binding(roundChanges);
  if (binding === undefined || binding.hash === null) {
    return at.work || rules.proposesEmpty ? { kind: 'fresh', roundChanges } : { kind: 'wait' };
  }
  const block = at.bodyOf(binding.hash);
  if (block === undefined) return { kind: 'need', hash: binding.hash };
  const prepares = changes.find((change) => sameVote(change.vote, binding))?.prepares ?? [];
  if (!isPrepared(rules, binding, prepares, n)) return { kind: 'wait' };
  return { kind: 'prepared', block, roundChanges, prepares };
}
