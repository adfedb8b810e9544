import type { VoteKind } from '../block.ts';

/** Lowercase hex of a block hash (64 characters): the core compares and keys by it. */
export type BlockHash = string & { readonly brand: 'BlockHash' };

/**
 * A vote as signed. `hash` is the block voted for; in a ROUND-CHANGE it is the prepared block (or null), and
 * `preparedRound` the round it was prepared in (null in every other kind). The signature covers chain id, kind,
 * height, round, hash and preparedRound (`voteBytes`).
 */
export interface SignedVote {
  readonly kind: VoteKind;
  readonly height: number;
  readonly round: number;
  readonly hash: BlockHash | null;
  readonly preparedRound: number | null;
  /** Index in the validator set. */
  readonly validator: number;
  readonly signature: Uint8Array;
}

/** A vote before its signature. */
export type Vote = Omit<SignedVote, 'signature'>;

/** A block as the core sees it: identity and linkage; the body is opaque. */
export interface Proposal<B> {
  readonly hash: BlockHash;
  readonly height: number;
  readonly parent: BlockHash;
  readonly body: B;
}

/** PRE-PREPARE: a block with, above round 0, the round changes that allow it and the prepares they rest on. */
export interface UnverifiedPrePrepare<B> {
  readonly kind: 'pre-prepare';
  readonly vote: SignedVote;
  readonly block: Proposal<B>;
  readonly roundChanges: readonly SignedVote[];
  readonly prepares: readonly SignedVote[];
}

/** PREPARE or COMMIT: the vote is all there is. */
export interface UnverifiedBallot {
  readonly kind: 'prepare' | 'commit';
  readonly vote: SignedVote;
}

/** ROUND-CHANGE: when something was prepared, with the prepares that prove it and the prepared block. */
export interface UnverifiedRoundChange<B> {
  readonly kind: 'round-change';
  readonly vote: SignedVote;
  readonly prepares: readonly SignedVote[];
  readonly block: Proposal<B> | null;
}

/** A message of well-formed shape whose signatures nobody has checked. */
export type UnverifiedMessage<B> = UnverifiedPrePrepare<B> | UnverifiedBallot | UnverifiedRoundChange<B>;

declare const verified: unique symbol;
interface Verified {
  readonly [verified]: true;
}

/** Messages of which every signature and hash was checked; only `verifyMessage` makes them. */
export type PrePrepare<B> = UnverifiedPrePrepare<B> & Verified;
export type Ballot = UnverifiedBallot & Verified;
export type RoundChange<B> = UnverifiedRoundChange<B> & Verified;
export type Message<B> = PrePrepare<B> | Ballot | RoundChange<B>;

/** What a validator is about to sign: a message whose vote has no signature yet. */
export type Draft<B> =
  | (Omit<UnverifiedPrePrepare<B>, 'vote'> & { readonly vote: Vote })
  | (Omit<UnverifiedBallot, 'vote'> & { readonly vote: Vote })
  | (Omit<UnverifiedRoundChange<B>, 'vote'> & { readonly vote: Vote });

/** COMMIT votes of one single round for one block, from distinct validators: what decides. */
export interface Certificate {
  readonly height: number;
  readonly round: number;
  readonly hash: BlockHash;
  readonly votes: readonly SignedVote[];
}

/** What a node was prepared on: a block and a quorum of prepares of one round. */
export interface Lock<B> {
  readonly height: number;
  readonly round: number;
  readonly block: Proposal<B>;
  readonly prepares: readonly SignedVote[];
}

/** What must be on disk before a vote may leave, and is read again at start. */
export type JournalRecord<B> =
  | { readonly kind: 'cast'; readonly message: Message<B> }
  | { readonly kind: 'lock'; readonly lock: Lock<B> };

/** True when both votes say the same (signatures aside). */
export function sameVote(a: Vote, b: Vote): boolean {
  return (
    a.kind === b.kind &&
    a.height === b.height &&
    a.round === b.round &&
    a.hash === b.hash &&
    a.preparedRound === b.preparedRound &&
    a.validator === b.validator
  );
}
