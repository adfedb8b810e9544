import type { VoteKind } from '../block.ts';
import { sameVote } from './message.ts';
import type { Message, SignedVote } from './message.ts';

/** What became of a message put into the box. */
export type Put =
  | { readonly kind: 'new' }
  | { readonly kind: 'known' }
  | { readonly kind: 'conflict'; readonly first: SignedVote };

/**
 * The messages of one height, one slot for each (kind, validator, round), with at most `keptOf(kind)` rounds of a
 * kind for each validator: what one validator sends can only push out its own lower rounds. The first vote in a
 * slot stays; a second, different one is returned as a conflict (equivocation).
 */
export class Ballots<B> {
  readonly #keptOf: (kind: VoteKind) => number;
  readonly #slots = new Map<VoteKind, Map<number, Map<number, Message<B>>>>();

  constructor(keptOf: (kind: VoteKind) => number) {
    this.#keptOf = keptOf;
  }

  put(message: Message<B>): Put {
    const { kind, validator, round } = message.vote;
    let validators = this.#slots.get(kind);
    if (validators === undefined) this.#slots.set(kind, (validators = new Map()));
    let rounds = validators.get(validator);
    if (rounds === undefined) validators.set(validator, (rounds = new Map()));
    const earlier = rounds.get(round);
    if (earlier !== undefined) {
      return sameVote(earlier.vote, message.vote)
        ? { kind: 'known' }
        : { kind: 'conflict', first: earlier.vote };
    }
    rounds.set(round, message);
    if (rounds.size > this.#keptOf(kind)) rounds.delete(Math.min(...rounds.keys()));
    return { kind: 'new' };
  }

  /** The messages of a kind for exactly this round. */
  at(kind: VoteKind, round: number): Message<B>[] {
    const found: Message<B>[] = [];
    for (const rounds of this.#slots.get(kind)?.values() ?? []) {
      const message = rounds.get(round);
      if (message !== undefined) found.push(message);
    }
    return found;
  }

  /** Everything kept of one validator. */
  of(validator: number): Message<B>[] {
    return [...this.#slots.values()].flatMap((validators) => [
      ...(validators.get(validator)?.values() ?? []),
    ]);
  }

  /** The votes of a kind, of all rounds kept. */
  votes(kind: VoteKind): SignedVote[] {
    const found: SignedVote[] = [];
    for (const rounds of this.#slots.get(kind)?.values() ?? []) {
      for (const message of rounds.values()) found.push(message.vote);
    }
    return found;
  }

  /** The highest round each validator has a message of this kind for, in descending order. */
  highestRounds(kind: VoteKind): number[] {
    const highest: number[] = [];
    for (const rounds of this.#slots.get(kind)?.values() ?? []) highest.push(Math.max(...rounds.keys()));
    return highest.toSorted((a, b) => b - a);
  }

  /** How many validators have shown themselves in `round` or above, by a message of any kind. */
  presentAt(round: number): number {
    const present = new Set<number>();
    for (const validators of this.#slots.values()) {
      for (const [validator, rounds] of validators) {
        if (Math.max(...rounds.keys()) >= round) present.add(validator);
      }
    }
    return present.size;
  }

  /** Every message, grouped by kind. */
  *all(): Iterable<Message<B>> {
    for (const validators of this.#slots.values()) {
      for (const rounds of validators.values()) yield* rounds.values();
    }
  }

  get size(): number {
    let size = 0;
    for (const validators of this.#slots.values())
      for (const rounds of validators.values()) size += rounds.size;
    return size;
  }
}
