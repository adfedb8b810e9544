import type { VoteKind } from '../block.ts';
import type { JournalRecord, Message, Proposal, SignedVote, UnverifiedMessage } from './message.ts';

/** The checks that need keys or hashing, given from outside so that the protocol stays free of both. */
export interface Verifier<B> {
  readonly validatorCount: number;
  /** True when `vote.signature` is vote.validator's over exactly this vote on this chain. */
  verifyVote(vote: SignedVote): boolean;
  /** True when hash, height and parent are those of the body and the body matches its header. */
  verifyBlock(block: Proposal<B>): boolean;
}

/**
 * Checks every signature and hash a message carries, its own and those of its justification, and that the parts
 * speak of the same height and block. Quorums and rounds are judged later, by the core's rules. Undefined = refuse.
 */
export function verifyMessage<B>(
  message: UnverifiedMessage<B>,
  verifier: Verifier<B>,
): Message<B> | undefined {
  return partsFit(message, verifier) ? (message as Message<B>) : undefined;
}

/** What this node signed itself needs no check: the driver has just made the signature. */
export function ownMessage<B>(message: UnverifiedMessage<B>): Message<B> {
  return message as Message<B>;
}

function partsFit<B>(message: UnverifiedMessage<B>, verifier: Verifier<B>): boolean {
  const { vote } = message;
  if (!isVote(vote, message.kind, vote.height, verifier)) return false;
  if (message.kind === 'pre-prepare') {
    const { block, roundChanges, prepares } = message;
    return (
      block.hash === vote.hash &&
      block.height === vote.height &&
      distinctVotes(roundChanges, 'round-change', vote.height, verifier) &&
      distinctVotes(prepares, 'prepare', vote.height, verifier) &&
      verifier.verifyBlock(block)
    );
  }
  if (message.kind === 'round-change') {
    const { block, prepares } = message;
    if (vote.preparedRound === null) return vote.hash === null && prepares.length === 0 && block === null;
    return (
      (block === null ||
        (block.hash === vote.hash && block.height === vote.height && verifier.verifyBlock(block))) &&
      distinctVotes(prepares, 'prepare', vote.height, verifier)
    );
  }
  return true;
}

function isVote<B>(vote: SignedVote, kind: VoteKind, height: number, verifier: Verifier<B>): boolean {
  if (vote.kind !== kind || vote.height !== height) return false;
  if (vote.validator < 0 || vote.validator >= verifier.validatorCount) return false;
  if (kind === 'round-change') {
    if ((vote.hash === null) !== (vote.preparedRound === null)) return false;
  } else if (vote.hash === null || vote.preparedRound !== null) return false;
  return verifier.verifyVote(vote);
}

/** All of the kind and height, well signed, and no validator twice. */
function distinctVotes<B>(
  votes: readonly SignedVote[],
  kind: VoteKind,
  height: number,
  verifier: Verifier<B>,
): boolean {
  if (votes.length > verifier.validatorCount) return false;
  if (new Set(votes.map((vote) => vote.validator)).size !== votes.length) return false;
  return votes.every((vote) => isVote(vote, kind, height, verifier));
}

/** The height a journal record belongs to. */
export function heightOf<B>(record: JournalRecord<B>): number {
  return record.kind === 'cast' ? record.message.vote.height : record.lock.height;
}
