import { CatchUp, heightOf, ownMessage, PbftCore } from '#consensus/pbft';
import type { Draft, Effect, Event, JournalRecord, Outward, Rules, Seat } from '#consensus/pbft';
import { GENESIS } from './bodies.ts';
import type { Payload, SimBlock, SimBody, SimDecided, SimMessage } from './bodies.ts';
import type { World } from './world.ts';

/** One validator: the real core and the real catch-up over a simulated disk that loses what was not synced. */
export class Replica {
  readonly index: number;
  readonly honest: boolean;
  readonly ledger: SimDecided[] = [];
  alive = true;
  incarnation = 0;
  core!: PbftCore<SimBody>;
  readonly #world: World;
  readonly #rules: Rules;
  readonly #pending = new Set<number>();
  readonly #executed = new Set<number>();
  #catchUp!: CatchUp;
  #journal: JournalRecord<SimBody>[] = [];
  #unsynced: JournalRecord<SimBody>[] = [];
  #inbox: Event<SimBody>[] = [];
  #outbox: Outward<SimBody>[] = [];
  #running = false;
  #timers = { round: 0, resend: 0 };

  constructor(world: World, rules: Rules, index: number, honest: boolean) {
    this.#world = world;
    this.#rules = rules;
    this.index = index;
    this.honest = honest;
    this.start();
  }

  get head(): { height: number; hash: SimBlock['hash'] } {
    const last = this.ledger.at(-1);
    return last === undefined
      ? { height: 0, hash: GENESIS }
      : { height: last.block.height, hash: last.block.hash };
  }

  hasPending(): boolean {
    return this.#pending.size > 0;
  }

  start(): void {
    const { faults } = this.#world;
    const records = this.incarnation === 0 ? [] : (faults.restore?.(this.#journal) ?? this.#journal);
    this.alive = true;
    this.#world.oracle.started(this);
    this.core = new PbftCore(this.#rules, {
      ...this.#seatAt(this.head.height + 1),
      head: this.head,
      records,
    });
    this.#catchUp = new CatchUp(this.index, this.#world.believedAt(this.head.height + 1));
    this.#catchUp.reached(this.head.height, this.#world.now);
    if (this.incarnation === 0 || faults.startsSilent !== true) this.feed({ kind: 'start' });
    this.#work();
  }

  /** The process is gone. Of what was not synced, any first part may have reached the disk. */
  crash(): void {
    this.alive = false;
    this.incarnation++;
    this.#journal.push(...this.#unsynced.slice(0, this.#world.random.below(this.#unsynced.length + 1)));
    if (this.#world.faults.forgetsCommitted === true) this.ledger.pop();
    this.#unsynced = [];
    this.#inbox = [];
    this.#outbox = [];
  }

  command(command: number): void {
    if (this.#executed.has(command)) return;
    this.#pending.add(command);
    this.#work();
  }

  #work(): void {
    if (this.#pending.size > 0) this.feed({ kind: 'work' });
  }

  /** Once a second of virtual time: say where one is, ask for what one lacks. */
  tick(): void {
    if (!this.alive) return;
    if (this.#seatAt(this.head.height + 1).self >= 0)
      this.#world.broadcast(this, { kind: 'head', validator: this.index, height: this.head.height });
    this.#work();
    this.#look();
  }

  #look(): void {
    if (this.#world.faults.neverSyncs === true) return;
    if (this.honest && this.#catchUp.isBehind()) this.#world.oracle.saw('abstained');
    this.feed({ kind: 'abstain', on: this.#catchUp.isBehind() });
    const request = this.#catchUp.next(this.#world.now);
    if (request === undefined) return;
    this.#world.send(this, request.validator, { kind: 'sync', from: this.index, height: request.from });
  }

  /** This node's place among those whom it believes to decide a height. */
  #seatAt(height: number): Seat {
    const members = this.#world.believedAt(height);
    return { self: members.indexOf(this.index), validatorCount: members.length };
  }

  receive(from: number, payload: Payload): void {
    if (!this.alive) return;
    switch (payload.kind) {
      case 'message': {
        // the set of a height further on is not settled here
        const { height } = payload.message.vote;
        if (height > this.head.height + 2) return this.#catchUp.claim(from, height - 1);
        const message = this.#world.verify(payload.message);
        if (message !== undefined) this.feed({ kind: 'message', message });
        return;
      }
      case 'head':
        this.#catchUp.claim(payload.validator, payload.height);
        return this.#look();
      case 'sync': {
        const items = this.ledger.slice(payload.height - 1, payload.height + 15);
        if (items.length > 0)
          this.#world.send(this, payload.from, { kind: 'range', from: this.index, items });
        return;
      }
      case 'range':
        return this.#takeRange(payload.from, payload.items);
      case 'need': {
        const block =
          this.core.bodyOf(payload.height, payload.hash) ?? this.ledger[payload.height - 1]?.block;
        if (block?.hash === payload.hash) this.#world.send(this, payload.from, { kind: 'body', block });
        return;
      }
      case 'body':
        if (!this.#world.isGenuine(payload.block)) return;
        if (this.honest) this.#world.oracle.saw('body fetched');
        this.feed({ kind: 'block', block: payload.block });
    }
  }

  #takeRange(from: number, items: readonly SimDecided[]): void {
    for (const { block, certificate } of items) {
      if (block.height <= this.head.height) continue;
      const holds =
        block.height === this.head.height + 1 && this.#world.certificateHolds({ block, certificate });
      if (!holds) return this.#catchUp.failed(from, this.#world.now);
      if (this.honest) this.#world.oracle.saw('caught up by range');
      this.feed({ kind: 'certified', block, certificate });
      if (!this.alive) return;
    }
    this.#look();
  }

  feed(event: Event<SimBody>): void {
    if (!this.alive) return;
    this.#inbox.push(event);
    if (this.#running) return;
    this.#running = true;
    this.#drain();
    this.#running = false;
  }

  /** As the driver does: every event that waits, one group sync, then what others can see. */
  #drain(): void {
    const { faults, oracle } = this.#world;
    while (this.alive) {
      const event = this.#inbox.shift();
      if (event !== undefined) {
        this.#carryOut(this.core.step(event));
        oracle.afterStep(this);
        continue;
      }
      if (faults.sendsBeforeSync !== true) this.#sync();
      const outward = this.#outbox.shift();
      if (outward === undefined) return this.#sync();
      if (this.#mayCrash()) return;
      this.#perform(outward);
    }
  }

  #sync(): void {
    if (this.#unsynced.length === 0 || this.#mayCrash()) return;
    this.#journal.push(...this.#unsynced);
    this.#unsynced = [];
    this.#mayCrash();
  }

  #mayCrash(): boolean {
    if (!this.honest || !this.alive) return !this.alive;
    if (!this.#world.crashesNow()) return false;
    this.#world.crash(this);
    return true;
  }

  #carryOut(effects: readonly Effect<SimBody>[]): void {
    for (const effect of effects) {
      if (!this.alive) return;
      if (effect.kind === 'persist') this.#unsynced.push(effect.record);
      else if (effect.kind === 'sign') {
        const message = ownMessage(this.#signed(effect.draft));
        this.#carryOut(this.core.step({ kind: 'signed', message }));
      } else this.#outbox.push(effect);
    }
  }

  #signed(draft: Draft<SimBody>): SimMessage {
    const { mint, faults } = this.#world;
    if (faults.altersProposal === true && draft.kind === 'pre-prepare' && draft.prepares.length > 0) {
      const block = mint.block(draft.block.height, draft.block.parent, draft.block.body);
      return { ...draft, block, vote: mint.sign({ ...draft.vote, hash: block.hash }, this.index) };
    }
    const vote = mint.sign(draft.vote, this.index);
    if (draft.kind === 'pre-prepare') return { ...draft, vote };
    return draft.kind === 'round-change' ? { ...draft, vote } : { ...draft, vote };
  }

  #perform(effect: Outward<SimBody>): void {
    const world = this.#world;
    switch (effect.kind) {
      case 'send':
        world.oracle.sent(this, effect.message);
        if (effect.to === 'all') world.broadcast(this, { kind: 'message', message: effect.message });
        else {
          const to = world.believedAt(effect.message.vote.height)[effect.to];
          if (to !== undefined) world.send(this, to, { kind: 'message', message: effect.message });
        }
        return;
      case 'timer':
        return this.#setTimer(effect);
      case 'build':
        return this.#build(effect.height, effect.round, effect.parent);
      case 'validate': {
        const { hash, height } = effect.block;
        const ok = this.#isValid(effect.block);
        return this.later(world.validateDelay(), () => this.feed({ kind: 'validated', height, hash, ok }));
      }
      case 'needBlock':
        return world.broadcast(this, {
          kind: 'need',
          from: this.index,
          height: effect.height,
          hash: effect.hash,
        });
      case 'decided':
        return this.#commit({ block: effect.block, certificate: effect.certificate });
      case 'evidence':
        return world.oracle.accused(this, effect.first, effect.second);
      case 'answer': {
        const item = this.ledger[effect.height - 1];
        if (item === undefined || world.faults.neverSyncs === true) return;
        const to = world.believedAt(effect.height)[effect.validator];
        if (to !== undefined) world.send(this, to, { kind: 'range', from: this.index, items: [item] });
        return;
      }
      case 'syncFrom': {
        const peer = world.believedAt(effect.height)[effect.validator];
        if (peer !== undefined) this.#catchUp.claim(peer, effect.height - 1);
      }
    }
  }

  #setTimer(effect: Effect<SimBody> & { kind: 'timer' }): void {
    const armed = ++this.#timers[effect.name];
    const { height, round } = effect;
    this.later(effect.afterMs, () => {
      if (armed !== this.#timers[effect.name]) return;
      if (effect.name === 'round') this.feed({ kind: 'timeout', height, round });
      else this.feed({ kind: 'resend', height, round, count: effect.count });
    });
  }

  later(afterMs: number, action: () => void): void {
    const { incarnation } = this;
    this.#world.at(afterMs, () => {
      if (this.alive && this.incarnation === incarnation) action();
    });
  }

  #build(height: number, round: number, parent: SimBlock['hash']): void {
    const commands = [...this.#pending].slice(0, 4);
    const empty = commands.length === 0 && round === 0;
    const block = empty ? null : this.#world.mint.block(height, parent, { valid: true, commands });
    this.feed({ kind: 'built', height, round, block });
  }

  #isValid(block: SimBlock): boolean {
    if (this.#world.faults.believesLedger === true) return true;
    const { valid, commands } = block.body;
    if (!valid || new Set(commands).size !== commands.length) return false;
    return !commands.some((command) => this.#executed.has(command));
  }

  #commit(decided: SimDecided): void {
    const { block } = decided;
    if (block.height !== this.head.height + 1) return;
    this.#world.oracle.decided(this, decided);
    this.ledger.push(decided);
    this.#journal = this.#journal.filter((record) => heightOf(record) > block.height);
    for (const command of block.body.commands) {
      this.#executed.add(command);
      this.#pending.delete(command);
    }
    if (this.#mayCrash()) return;
    this.#catchUp.reached(block.height, this.#world.now);
    this.#catchUp.setVoters(this.#world.believedAt(block.height + 1));
    const next = this.#seatAt(block.height + 1);
    this.feed({ kind: 'committed', height: block.height, hash: block.hash, next });
    this.feed({ kind: 'abstain', on: this.#catchUp.isBehind() });
    this.#work();
  }
}
