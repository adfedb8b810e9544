import type {
  BlockHash,
  Certificate,
  Draft,
  JournalRecord,
  Message,
  Proposal,
  SignedVote,
} from './message.ts';

/** What may happen to the core. Everything in it was verified before. */
export type Event<B> =
  | { readonly kind: 'start' }
  | { readonly kind: 'message'; readonly message: Message<B> }
  /** The answer to `sign`, given before any other event. */
  | { readonly kind: 'signed'; readonly message: Message<B> }
  /** There is something to decide: transactions wait, or a heartbeat block is due. */
  | { readonly kind: 'work' }
  | { readonly kind: 'timeout'; readonly height: number; readonly round: number }
  | { readonly kind: 'resend'; readonly height: number; readonly round: number; readonly count: number }
  /** A validator that was silent is back: it alone is sent what this node last said. */
  | { readonly kind: 'returned'; readonly validator: number }
  | {
      readonly kind: 'built';
      readonly height: number;
      readonly round: number;
      readonly block: Proposal<B> | null;
    }
  | { readonly kind: 'validated'; readonly height: number; readonly hash: BlockHash; readonly ok: boolean }
  /** A body asked for by `needBlock`; its hash was checked. */
  | { readonly kind: 'block'; readonly block: Proposal<B> }
  /** A block with its checked certificate, from a peer. */
  | { readonly kind: 'certified'; readonly block: Proposal<B>; readonly certificate: Certificate }
  /** Block, certificate and state are durable; `next` is who decides the height after it. */
  | {
      readonly kind: 'committed';
      readonly height: number;
      readonly hash: BlockHash;
      readonly next: Seat;
    }
  /** While on, nothing is signed: the node is catching up, or may have signed what it no longer remembers. */
  | { readonly kind: 'abstain'; readonly on: boolean };

/**
 * What the core wants done, in this order. The driver must bring every `persist` to disk before it carries out any
 * effect after it that can be seen from outside (`send`, `decided`, `answer`).
 */
export type Effect<B> =
  | { readonly kind: 'persist'; readonly record: JournalRecord<B> }
  | { readonly kind: 'sign'; readonly draft: Draft<B> }
  | { readonly kind: 'send'; readonly to: number | 'all'; readonly message: Message<B> }
  | {
      readonly kind: 'timer';
      readonly name: 'round';
      readonly height: number;
      readonly round: number;
      readonly afterMs: number;
    }
  | {
      readonly kind: 'timer';
      readonly name: 'resend';
      readonly height: number;
      readonly round: number;
      readonly count: number;
      readonly afterMs: number;
    }
  | { readonly kind: 'build'; readonly height: number; readonly round: number; readonly parent: BlockHash }
  /** `fresh` blocks are also held to the time bounds; a re-proposed one was accepted by a quorum before. */
  | {
      readonly kind: 'validate';
      readonly block: Proposal<B>;
      readonly round: number;
      readonly fresh: boolean;
    }
  | { readonly kind: 'needBlock'; readonly height: number; readonly hash: BlockHash }
  | { readonly kind: 'decided'; readonly block: Proposal<B>; readonly certificate: Certificate }
  | { readonly kind: 'evidence'; readonly first: SignedVote; readonly second: SignedVote }
  /** `validator` (of that height's set) speaks of a height this node has not reached. A claim, not a fact. */
  | { readonly kind: 'syncFrom'; readonly validator: number; readonly height: number }
  /** `validator` (of that height's set) still works on a height this node has committed: send it the block. */
  | { readonly kind: 'answer'; readonly validator: number; readonly height: number };

/** Where a node stands, for operators and invariants. */
export interface CoreStatus {
  readonly height: number;
  readonly round: number;
  readonly phase: 'idle' | 'proposing' | 'preparing' | 'committing' | 'deciding';
  readonly lockedRound: number | null;
  readonly buffered: number;
  readonly abstains: boolean;
}

/** A node's place among the validators of one height. */
export interface Seat {
  /** Index in the validator set; -1 for an observer, which never votes. */
  readonly self: number;
  readonly validatorCount: number;
}

/** What a core is made from. Seat and `records` are those of the height after `head`; other records are ignored. */
export interface CoreInit<B> extends Seat {
  readonly head: { readonly height: number; readonly hash: BlockHash };
  readonly records: Iterable<JournalRecord<B>>;
}

/** Effects that others can see or that take time: carried out only after every `persist` before them is on disk. */
export type Outward<B> = Exclude<Effect<B>, { readonly kind: 'persist' | 'sign' }>;
