import type { SignedVote } from '#consensus/pbft';
import { GENESIS } from './bodies.ts';
import type { Mint, SimDecided, SimMessage } from './bodies.ts';
import type { Replica } from './replica.ts';

/** A broken promise of the protocol. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Things a good set of schedules has met. */
export const SIGHTS = [
  'crash',
  'round change',
  'prepared round change',
  'prepared block proposed again',
  'decided above round 0',
  'body fetched',
  'caught up by range',
  'abstained',
  'equivocation caught',
] as const;
export type SimSight = Sight | 'set changed' | 'vote of an outsider refused' | 'vote of a parrot counted';
export type Sight = (typeof SIGHTS)[number];

/** Most messages a core may hold per validator: 2 + 8 + 8 + 4 at its height, 4 kinds of 2 rounds at the next. */
const BUFFERED_PER_VALIDATOR_MAX = 30;

/**
 * The promises, checked by code that shares nothing with the core: no rules, no ballots, its own counting. It sees
 * what honest nodes send and decide, as an outside observer would.
 */
export class Oracle {
  readonly chain: SimDecided[] = [];
  /** What happened how often: schedules that reach nothing hard prove nothing. */
  readonly seen = new Map<SimSight, number>();
  readonly #n: number;
  readonly #mint: Mint;
  readonly #membersAt: (height: number) => readonly number[];
  readonly #isByzantine: (index: number) => boolean;
  readonly #justified = new Set<string>();
  readonly #said = new Map<string, string>();
  readonly #committedRound = new Map<string, number>();
  readonly #decidedHeight = new Map<Replica, number>();
  readonly #commands = new Set<number>();
  readonly #locks = new Map<Replica, { incarnation: number; height: number; round: number }>();

  constructor(
    n: number,
    mint: Mint,
    membersAt: (height: number) => readonly number[],
    isByzantine: (index: number) => boolean,
  ) {
    this.#n = n;
    this.#mint = mint;
    this.#membersAt = membersAt;
    this.#isByzantine = isByzantine;
  }

  /** Takes note of a proposal of anyone that its round changes allow, by its own reading of the rule. */
  observed(message: SimMessage): void {
    if (message.kind !== 'pre-prepare' || message.vote.round === 0) return;
    const { vote, roundChanges, prepares } = message;
    const { height, round, hash } = vote;
    const changes = roundChanges.filter(
      (change) => change.kind === 'round-change' && change.height === height && change.round === round,
    );
    if (!this.#isEnough(height, changes)) return;
    const highest = Math.max(...changes.map((change) => change.preparedRound ?? -1));
    if (highest >= round) return;
    const bound = changes.some((change) => change.preparedRound === highest && change.hash === hash);
    const proof = prepares.filter(
      (prepare) =>
        prepare.kind === 'prepare' &&
        prepare.height === height &&
        prepare.round === highest &&
        prepare.hash === hash,
    );
    if (highest === -1 || (bound && this.#isEnough(height, proof)))
      this.#justified.add(`${height}/${round}/${hash}`);
  }

  /** Genuine votes of so many validators that two such sets share more than f: 2 size - n > f. */
  #isEnough(height: number, votes: readonly SignedVote[]): boolean {
    const members = this.#membersAt(height);
    const genuine = votes.filter((vote) => this.#mint.isSigned(vote, members));
    const signers = new Set(genuine.map((vote) => vote.validator));
    return signers.size * 2 - members.length > Math.floor((members.length - 1) / 3);
  }

  saw(sight: SimSight): void {
    this.seen.set(sight, (this.seen.get(sight) ?? 0) + 1);
  }

  /** No honest node signs two values for one (kind, h, r); once it committed in round r, its round changes say so. */
  sent(replica: Replica, message: SimMessage): void {
    if (!replica.honest) return;
    const { vote } = message;
    if (vote.kind === 'round-change')
      this.saw(vote.preparedRound === null ? 'round change' : 'prepared round change');
    if (message.kind === 'pre-prepare' && message.prepares.length > 0)
      this.saw('prepared block proposed again');
    this.observed(message);
    if (vote.round > 0 && (vote.kind === 'pre-prepare' || vote.kind === 'prepare')) {
      const proposal = `${vote.height}/${vote.round}/${vote.hash}`;
      if (!this.#justified.has(proposal)) throw new Violation('unjustified', `${vote.kind} for ${proposal}`);
    }
    const slot = `${vote.validator}/${vote.kind}/${vote.height}/${vote.round}`;
    const value = `${vote.hash}@${vote.preparedRound}`;
    const earlier = this.#said.get(slot);
    if (earlier !== undefined && earlier !== value) {
      throw new Violation('two-values', `${slot} said ${earlier}, then ${value}`);
    }
    this.#said.set(slot, value);
    const height = `${vote.validator}/${vote.height}`;
    const committed = this.#committedRound.get(height) ?? -1;
    if (vote.kind === 'commit') this.#committedRound.set(height, Math.max(committed, vote.round));
    if (vote.kind === 'round-change' && vote.round > committed && (vote.preparedRound ?? -1) < committed) {
      throw new Violation('lock-lost', `${slot} prepared ${vote.preparedRound}, committed in ${committed}`);
    }
  }

  /** Agreement, linkage, validity, a good certificate, and every command once. */
  decided(replica: Replica, decided: SimDecided): void {
    if (!replica.honest) return;
    const { block } = decided;
    const { height } = block;
    this.#decidedHeight.set(replica, height);
    this.#checkCertificate(decided);
    if (this.#membersAt(height).length !== this.#membersAt(Math.max(1, height - 1)).length)
      this.saw('set changed');
    if (decided.certificate.round > 0) this.saw('decided above round 0');
    if (!this.#mint.isGenuine(block))
      throw new Violation('body', `${block.hash} is not the body of its hash`);
    const known = this.chain[height - 1];
    if (known !== undefined) {
      if (known.block.hash !== block.hash) {
        throw new Violation('agreement', `height ${height}: ${known.block.hash} and ${block.hash}`);
      }
      return;
    }
    if (this.chain.length !== height - 1)
      throw new Violation('linkage', `height ${height} decided out of order`);
    const parent = this.chain.at(-1)?.block.hash ?? GENESIS;
    if (block.parent !== parent) throw new Violation('linkage', `${block.hash} is not on ${parent}`);
    if (!block.body.valid) throw new Violation('validity', `${block.hash} is invalid`);
    for (const command of block.body.commands) {
      if (this.#commands.has(command)) throw new Violation('once', `command ${command} executed twice`);
      this.#commands.add(command);
    }
    this.chain.push(decided);
  }

  /** What was committed is there after any crash. */
  started(replica: Replica): void {
    const decided = this.#decidedHeight.get(replica) ?? 0;
    if (replica.honest && replica.ledger.length < decided) {
      throw new Violation('committed-lost', `height ${decided} of replica ${replica.index}`);
    }
  }

  #checkCertificate({ block, certificate }: SimDecided): void {
    for (const vote of certificate.votes) {
      const fits =
        vote.kind === 'commit' &&
        vote.height === block.height &&
        vote.round === certificate.round &&
        vote.hash === block.hash &&
        this.#mint.isSigned(vote, this.#membersAt(block.height));
      if (!fits) throw new Violation('certificate', `a vote does not fit ${block.hash}`);
    }
    if (!this.#isEnough(block.height, certificate.votes))
      throw new Violation('certificate', `too few signed ${block.hash}`);
  }

  accused(replica: Replica, first: SignedVote, second: SignedVote): void {
    if (!replica.honest) return;
    const members = this.#membersAt(first.height);
    const genuine = this.#mint.isSigned(first, members) && this.#mint.isSigned(second, members);
    const oneSlot = first.validator === second.validator && first.kind === second.kind;
    if (!genuine || !oneSlot || !this.#isByzantine(members[first.validator] ?? -1)) {
      throw new Violation('evidence', `accused ${first.validator}`);
    }
    this.saw('equivocation caught');
  }

  /** Buffers stay within bounds; a lock of a height never goes back. */
  afterStep(replica: Replica): void {
    if (!replica.honest) return;
    const { height, lockedRound, buffered } = replica.core.status();
    if (buffered > BUFFERED_PER_VALIDATOR_MAX * this.#n)
      throw new Violation('buffers', `${buffered} messages held`);
    const { incarnation } = replica;
    const before = this.#locks.get(replica);
    const round = lockedRound ?? -1;
    if (before?.incarnation === incarnation && before.height === height && round < before.round) {
      throw new Violation('lock-lost', `${before.round} back to ${round}`);
    }
    this.#locks.set(replica, { incarnation, height, round });
  }
}
