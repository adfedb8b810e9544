import { Ballots } from './ballots.ts';
import { choiceOf } from './choice.ts';
import { Height } from './height.ts';
import { isJustifiedProposal, isJustifiedRoundChange } from './rules.ts';
import type { CoreInit, CoreStatus, Effect, Event } from './effect.ts';
import type {
  BlockHash,
  Certificate,
  Draft,
  Message,
  PrePrepare,
  Proposal,
  SignedVote,
  Vote,
} from './message.ts';
import type { Rules } from './rules.ts';

/**
 * QBFT, one validator, as a pure state machine: `step(event)` returns effects and does nothing else; no clock, no
 * I/O, no keys, no chance. The same events in the same order give the same effects. PROTOCOL.md has the rules and
 * their sources; the driver (or the simulator) supplies verified messages and carries the effects out in order.
 */
export class PbftCore<B> {
  readonly #rules: Rules;
  #self: number;
  #n: number;
  #parent: BlockHash;
  #at: Height<B>;
  #next: Ballots<B>;
  #abstains = false;
  #effects: Effect<B>[] = [];

  constructor(rules: Rules, init: CoreInit<B>) {
    this.#rules = rules;
    this.#self = init.self;
    this.#n = init.validatorCount;
    this.#parent = init.head.hash;
    this.#at = new Height(init.head.height + 1, rules);
    this.#at.restore(init.records);
    this.#next = new Ballots(() => this.#rules.kept.next);
  }

  status(): CoreStatus {
    return {
      ...this.#at.status(),
      buffered: this.#at.ballots.size + this.#next.size,
      abstains: this.#abstains,
    };
  }

  /** The body of a block this node holds at its current height, to answer a peer that misses it. */
  bodyOf(height: number, hash: BlockHash): Proposal<B> | undefined {
    return height === this.#at.height ? this.#at.bodyOf(hash) : undefined;
  }

  step(event: Event<B>): Effect<B>[] {
    this.#effects = [];
    this.#dispatch(event);
    return this.#effects;
  }

  #dispatch(event: Event<B>): void {
    const at = this.#at;
    switch (event.kind) {
      case 'start':
        return this.#onStart();
      case 'message':
        return this.#onMessage(event.message);
      case 'signed':
        return this.#onSigned(event.message);
      case 'work':
        at.work = true;
        this.#activate();
        return this.#tryPropose();
      case 'timeout':
        return at.isNow(event) ? this.#onTimeout() : undefined;
      case 'resend':
        return at.isNow(event) ? this.#onResend(event.count) : undefined;
      case 'returned':
        return at.active && !at.deciding ? this.#repeatTo(event.validator) : undefined;
      case 'built':
        return event.height === at.height ? this.#onBuilt(event.round, event.block) : undefined;
      case 'validated':
        return event.height === at.height ? this.#onValidated(event.hash, event.ok) : undefined;
      case 'block':
        return this.#onBlock(event.block);
      case 'certified':
        return this.#onCertified(event.block, event.certificate);
      case 'committed':
        return this.#onCommitted(event);
      case 'abstain':
        return this.#onAbstain(event.on);
    }
  }

  #onStart(): void {
    if (!this.#at.active) return;
    this.#repeatTo('all');
    this.#runTimers();
    this.#resumeRound();
  }

  #onAbstain(on: boolean): void {
    if (this.#abstains === on) return;
    this.#abstains = on;
    if (on || this.#at.deciding) return;
    if (this.#at.active) this.#runTimers();
    this.#resumeRound();
  }

  /** Looks again at what is already there for the current round. */
  #resumeRound(): void {
    const at = this.#at;
    for (const message of at.ballots.at('pre-prepare', at.round)) {
      if (message.kind === 'pre-prepare') this.#consider(message);
    }
    this.#tryPrepare();
    this.#tryCommit();
    this.#tryPropose();
  }

  /** Votes name validators by their place in the set of their own height, so all of a height's is thrown away with it. */
  #onCommitted({ height, hash, next }: Event<B> & { kind: 'committed' }): void {
    const waiting = height === this.#at.height ? [...this.#next.all()] : [];
    this.#parent = hash;
    this.#self = next.self;
    this.#n = next.validatorCount;
    this.#at = new Height(height + 1, this.#rules);
    this.#next = new Ballots(() => this.#rules.kept.next);
    for (const message of waiting) this.#onMessage(message);
  }

  #onMessage(message: Message<B>): void {
    const at = this.#at;
    const { height, validator } = message.vote;
    if (height < at.height) return this.#emit({ kind: 'answer', validator, height });
    if (height > at.height) {
      if (height === at.height + 1) this.#keep(this.#next, message);
      return this.#emit({ kind: 'syncFrom', validator, height });
    }
    if (at.deciding || validator === this.#self) return;
    if (message.kind === 'round-change' && !isJustifiedRoundChange(this.#rules, message, this.#n)) return;
    if (!this.#keep(at.ballots, message)) return;
    this.#activate();
    this.#arm();
    this.#take(message);
  }

  /** True when the message is the first of its slot; a second, different one is evidence. */
  #keep(ballots: Ballots<B>, message: Message<B>): boolean {
    const put = ballots.put(message);
    if (put.kind === 'conflict' && !this.#at.accused.has(message.vote.validator)) {
      this.#at.accused.add(message.vote.validator);
      this.#emit({ kind: 'evidence', first: put.first, second: message.vote });
    }
    return put.kind === 'new';
  }

  #take(message: Message<B>): void {
    switch (message.kind) {
      case 'pre-prepare':
        return this.#consider(message);
      case 'prepare':
        return this.#tryCommit();
      case 'commit':
        return this.#tryDecide(message.vote);
      case 'round-change':
        this.#tryJump();
        return this.#tryPropose();
    }
  }

  #onSigned(message: Message<B>): void {
    const at = this.#at;
    if (message.vote.height !== at.height || at.deciding) return;
    at.markCast(message.vote, message);
    this.#emit({ kind: 'persist', record: { kind: 'cast', message } });
    this.#emit({ kind: 'send', to: 'all', message });
    at.ballots.put(message);
    this.#arm();
    this.#take(message);
  }

  /** QBFT spec, UponProposal: the right proposer, justified, for this round or a later one, and the first. */
  #consider(message: PrePrepare<B>): void {
    const at = this.#at;
    const { vote, block } = message;
    if (vote.round < at.round || vote.validator !== this.#rules.proposerOf(at.height, vote.round, this.#n))
      return;
    if (block.parent !== this.#parent || !isJustifiedProposal(this.#rules, message, this.#n)) return;
    if (vote.round > at.round) return this.#enterRound(vote.round, 'proposal');
    if (at.accepted !== undefined) return;
    at.accepted = message;
    if (at.isValid(block.hash)) return this.#tryPrepare();
    if (at.refused.has(block.hash)) return;
    const fresh = this.#rules.binding(message.roundChanges) === undefined;
    this.#emit({ kind: 'validate', block, round: vote.round, fresh });
  }

  #onValidated(hash: BlockHash, ok: boolean): void {
    const block = this.#at.bodyOf(hash);
    if (block === undefined) return;
    if (!ok) {
      this.#at.refused.add(hash);
      return;
    }
    this.#at.markValid(block);
    this.#tryPrepare();
    this.#tryCommit();
  }

  #tryPropose(): void {
    const at = this.#at;
    const { height, round } = at;
    if (at.deciding || at.hasCast({ kind: 'pre-prepare', round }) || !this.#mayVote()) return;
    if (this.#rules.proposerOf(height, round, this.#n) !== this.#self) return;
    const choice = choiceOf(this.#rules, this.#n, at);
    if (choice.kind === 'need') return this.#need(choice.hash);
    if (choice.kind === 'wait') return;
    const built = at.built?.round === round ? at.built.block : undefined;
    const block = choice.kind === 'prepared' ? choice.block : built;
    if (block !== undefined) {
      const prepares = choice.kind === 'prepared' ? choice.prepares : [];
      const vote = this.#vote('pre-prepare', block.hash);
      return this.#cast({ kind: 'pre-prepare', vote, block, roundChanges: choice.roundChanges, prepares });
    }
    if (at.building === round) return;
    at.building = round;
    this.#emit({ kind: 'build', height, round, parent: this.#parent });
  }

  #onBuilt(round: number, block: Proposal<B> | null): void {
    const at = this.#at;
    if (at.building === round) at.building = -1;
    if (block === null) {
      at.work = false;
      return;
    }
    if (round !== at.round || block.parent !== this.#parent || at.deciding) return;
    at.built = { round, block };
    at.markValid(block);
    this.#tryPropose();
  }

  #need(hash: BlockHash): void {
    if (this.#at.missing.has(hash)) return;
    this.#at.missing.add(hash);
    this.#emit({ kind: 'needBlock', height: this.#at.height, hash });
  }

  #onBlock(block: Proposal<B>): void {
    if (block.height !== this.#at.height || !this.#at.fetched(block)) return;
    for (const vote of this.#at.ballots.votes('commit')) {
      if (vote.hash === block.hash) this.#tryDecide(vote);
    }
    this.#tryPropose();
  }

  #tryPrepare(): void {
    const { accepted, deciding } = this.#at;
    if (deciding || accepted === undefined || !this.#at.isValid(accepted.block.hash)) return;
    this.#cast({ kind: 'prepare', vote: this.#vote('prepare', accepted.block.hash) });
  }

  /** A quorum of prepares of this round for the accepted, validated block: lock on it, then commit. */
  #tryCommit(): void {
    const at = this.#at;
    const { height, round, accepted } = at;
    if (at.deciding || accepted === undefined || !at.isValid(accepted.block.hash) || !this.#mayVote()) return;
    if (at.hasCast({ kind: 'commit', round })) return;
    const votes = at.ballots.at('prepare', round).map(({ vote }) => vote);
    const prepares = this.#rules.agreeing(votes, { ...accepted.vote, kind: 'prepare' });
    if (prepares.length < this.#rules.quorum(this.#n)) return;
    at.lock = { height, round, block: accepted.block, prepares };
    this.#emit({ kind: 'persist', record: { kind: 'lock', lock: at.lock } });
    this.#cast({ kind: 'commit', vote: this.#vote('commit', accepted.block.hash) });
  }

  /** A quorum of commits of any one round decides, whatever round this node is in. */
  #tryDecide(sample: SignedVote): void {
    const at = this.#at;
    if (at.deciding || sample.hash === null) return;
    const votes = this.#rules.agreeing(at.ballots.votes('commit'), sample);
    if (votes.length < this.#rules.quorum(this.#n)) return;
    const block = at.bodyOf(sample.hash);
    if (block === undefined) return this.#need(sample.hash);
    this.#decide(block, sample.round, votes);
  }

  #onCertified(block: Proposal<B>, certificate: Certificate): void {
    if (block.height !== this.#at.height || block.parent !== this.#parent) return;
    this.#decide(block, certificate.round, certificate.votes);
  }

  #decide(block: Proposal<B>, round: number, votes: readonly SignedVote[]): void {
    if (this.#at.deciding) return;
    this.#at.deciding = true;
    this.#emit({
      kind: 'decided',
      block,
      certificate: { height: block.height, round, hash: block.hash, votes },
    });
  }

  #onTimeout(): void {
    if (this.#at.active && !this.#at.deciding && this.#mayVote())
      this.#enterRound(this.#at.round + 1, 'change');
  }

  /** f+1 validators in higher rounds: one of them is honest, so follow as far as that one is sure to be. */
  #tryJump(): void {
    const at = this.#at;
    const round = at.ballots.highestRounds('round-change')[this.#rules.jumpQuorum(this.#n) - 1];
    if (round !== undefined && round > at.round && this.#mayVote()) this.#enterRound(round, 'change');
  }

  #enterRound(round: number, why: 'change' | 'proposal'): void {
    const at = this.#at;
    at.round = round;
    at.accepted = undefined;
    at.built = undefined;
    if (why === 'change') this.#castRoundChange();
    this.#runTimers();
    this.#resumeRound();
  }

  #castRoundChange(): void {
    const { lock } = this.#at;
    const vote: Vote = {
      ...this.#vote('round-change', lock?.block.hash ?? null),
      preparedRound: lock?.round ?? null,
    };
    this.#cast({ kind: 'round-change', vote, prepares: lock?.prepares ?? [], block: lock?.block ?? null });
  }

  #activate(): void {
    if (this.#at.active) return;
    this.#at.active = true;
    this.#runTimers();
  }

  #runTimers(): void {
    this.#at.armed = -1;
    this.#arm();
    this.#resendLater(0);
  }

  #resendLater(count: number): void {
    const { height, round } = this.#at;
    const afterMs = this.#rules.resendMs(count);
    this.#emit({ kind: 'timer', name: 'resend', height, round, count, afterMs });
  }

  /**
   * The timer of a round above 0 starts when a quorum is there (Castro & Liskov, OSDI '99, 4.5.2): while too few
   * are up, rounds do not run away, and the first to return completes the quorum at once.
   */
  #arm(): void {
    const { height, round, armed, active, ballots } = this.#at;
    if (!active || armed === round) return;
    if (round > 0 && ballots.presentAt(round) < this.#rules.quorum(this.#n)) return;
    this.#at.armed = round;
    this.#emit({ kind: 'timer', name: 'round', height, round, afterMs: this.#rules.roundTimeoutMs(round) });
  }

  #onResend(count: number): void {
    const { height, active, deciding, missing } = this.#at;
    if (!active || deciding) return;
    this.#repeatTo('all');
    for (const hash of missing) this.#emit({ kind: 'needBlock', height, hash });
    this.#resendLater(count + 1);
  }

  /** One that returns hears again what it said itself as well: its disk may be an older one than it signed from. */
  #repeatTo(to: number | 'all'): void {
    const theirs = to === 'all' ? [] : this.#at.ballots.of(to);
    for (const message of [...this.#at.repeated(), ...theirs]) this.#emit({ kind: 'send', to, message });
  }

  #mayVote(): boolean {
    return !this.#abstains && this.#self >= 0;
  }

  #vote(kind: Vote['kind'], hash: BlockHash | null): Vote {
    const { height, round } = this.#at;
    return { kind, height, round, hash, preparedRound: null, validator: this.#self };
  }

  /** One vote for each kind and round, ever: what was cast is repeated as it was, never made again. */
  #cast(draft: Draft<B>): void {
    const at = this.#at;
    if (at.deciding || !this.#mayVote() || at.hasCast(draft.vote)) return;
    at.markCast(draft.vote, null);
    this.#emit({ kind: 'sign', draft });
  }

  #emit(effect: Effect<B>): void {
    this.#effects.push(effect);
  }
}
