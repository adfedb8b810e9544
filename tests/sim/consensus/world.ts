import { verifyMessage } from '#consensus/pbft';
import type { Message, Rules, SignedVote } from '#consensus/pbft';
import { Adversary } from './adversary.ts';
import { Mint } from './bodies.ts';
import type { Payload, SimBlock, SimBody, SimDecided, SimMessage } from './bodies.ts';
import { simRules } from './faults.ts';
import type { Faults } from './faults.ts';
import { Outsider } from './outsider.ts';
import { Oracle, Violation } from './oracle.ts';
import { Queue } from './queue.ts';
import { Random } from './random.ts';
import { Replica } from './replica.ts';
import type { Settings } from './settings.ts';

/** After the network healed, everything asked for must be decided everywhere within this much virtual time. */
export const HEALED_WITHIN_MS = 240_000;
const STEPS_MAX = 400_000;

/** A whole cluster in one thread: virtual time, a faulty network, faulty disks, faulty validators. */
export class World {
  readonly settings: Settings;
  readonly faults: Faults;
  readonly random: Random;
  readonly mint = new Mint();
  readonly everybody: readonly number[];
  readonly oracle: Oracle;
  readonly replicas: Replica[] = [];
  now = 0;
  steps = 0;
  healed = false;
  readonly #queue = new Queue<() => void>();
  readonly #adversaries = new Map<number, Adversary | Outsider>();
  readonly #verified = new WeakMap<SimMessage, Message<SimBody> | null>();
  readonly #trace: ((line: string) => void) | undefined;
  readonly #rules: Rules;
  #groups: number[] = [];
  #commands = 0;

  constructor(seed: number, settings: Settings, faults: Faults, trace?: (line: string) => void) {
    this.settings = settings;
    this.faults = faults;
    this.#trace = trace;
    this.random = new Random(seed);
    const rules = simRules(faults);
    this.#rules = rules;
    this.everybody = [...Array(settings.n).keys()];
    this.oracle = new Oracle(
      settings.n,
      this.mint,
      (height) => this.membersAt(height),
      (index) => settings.byzantine.has(index),
    );
    for (let index = 0; index < settings.n; index++) {
      const byzantine = settings.byzantine.get(index);
      if (byzantine === 'mutator') this.#adversaries.set(index, new Adversary(this, index));
      else if (byzantine === 'outsider') this.#adversaries.set(index, new Outsider(this, index));
      else if (byzantine === 'twin') {
        this.replicas.push(new Replica(this, rules, index, false), new Replica(this, rules, index, false));
      } else if (byzantine === undefined) this.replicas.push(new Replica(this, rules, index, true));
    }
  }

  /** Who decides a height. */
  membersAt(height: number): readonly number[] {
    const sets = this.settings.sets ?? [];
    return sets.findLast(({ fromHeight }) => fromHeight <= height)?.members ?? this.everybody;
  }

  /** Who a node believes to decide a height. */
  believedAt(height: number): readonly number[] {
    return this.membersAt(this.faults.setOf?.(height) ?? height);
  }

  honest(): Replica[] {
    return this.replicas.filter((replica) => replica.honest);
  }

  /** Runs the schedule to its end. Throws Violation when a promise is broken. */
  run(): void {
    const { settings, random } = this;
    const { healsAtMs } = settings;
    for (let i = 0; i < settings.commands; i++) this.at(random.below(healsAtMs), () => this.#inject());
    for (let i = 0; i < settings.crashesAtRandom; i++) {
      this.at(random.below(healsAtMs), () => this.crash(random.pick(this.honest())));
    }
    if (settings.allRestart) {
      this.at(random.below(healsAtMs), () => this.honest().forEach((replica) => this.crash(replica)));
    }
    if (settings.partitions)
      for (let i = random.between(1, 4); i > 0; i--) this.at(random.below(healsAtMs), () => this.#split());
    this.at(healsAtMs, () => this.#heal());
    this.#tick();
    while (!this.#isDone()) {
      const next = this.#queue.pop();
      if (next === undefined || next.at > healsAtMs + HEALED_WITHIN_MS || this.steps++ > STEPS_MAX) {
        const heights = this.honest().map(({ head, core }) => `${head.height}r${core.status().round}`);
        throw new Violation('liveness', `not all decided: ${heights.join(' ')}`);
      }
      this.now = next.at;
      next.item();
    }
  }

  at(afterMs: number, action: () => void): void {
    this.#queue.push(this.now + afterMs, action);
  }

  trace(line: string): void {
    this.#trace?.(`${this.now} ${line}`);
  }

  #isDone(): boolean {
    if (!this.healed) return false;
    const height = this.oracle.chain.length;
    return (
      height > 0 &&
      this.honest().every(
        (replica) => replica.alive && !replica.hasPending() && replica.head.height === height,
      )
    );
  }

  #tick(): void {
    for (const replica of this.replicas) replica.tick();
    for (const adversary of this.#adversaries.values()) adversary.act();
    this.at(1_000, () => this.#tick());
  }

  /** A new command reaches one replica, or several. */
  #inject(): void {
    const command = this.#commands++;
    const sets = this.settings.sets ?? [];
    // who is no member can not propose what only it was told; gossip, which would spread it, is not simulated
    const always = this.honest().filter(({ index }) => sets.every(({ members }) => members.includes(index)));
    const honest = this.random.shuffled(always);
    for (const replica of honest.slice(0, this.random.between(1, honest.length))) replica.command(command);
  }

  #heal(): void {
    this.healed = true;
    this.#groups = [];
    this.trace('healed');
    for (const replica of this.replicas) {
      if (replica.alive) continue;
      replica.start();
    }
    this.#inject();
  }

  #split(): void {
    if (this.healed) return;
    this.#groups = Array.from({ length: this.settings.n }, () => this.random.below(2));
    this.at(this.random.between(500, 5_000), () => {
      this.#groups = [];
    });
  }

  crashesNow(): boolean {
    return !this.healed && this.random.chance(this.settings.crashAtEffect);
  }

  crash(replica: Replica | undefined): void {
    if (replica === undefined || !replica.alive || this.healed) return;
    this.trace(`crash ${replica.index}`);
    if (replica.honest) this.oracle.saw('crash');
    replica.crash();
    const { incarnation } = replica;
    this.at(this.random.pick([1, 500, 3_000]) ?? 1, () => {
      if (!replica.alive && replica.incarnation === incarnation) replica.start();
    });
  }

  validateDelay(): number {
    return this.random.below(this.settings.validateDelayMaxMs + 1);
  }

  broadcast(from: { readonly index: number }, payload: Payload): void {
    for (let to = 0; to < this.settings.n; to++) if (to !== from.index) this.send(from, to, payload);
  }

  send(from: { readonly index: number }, to: number, payload: Payload): void {
    if (payload.kind === 'message') {
      this.oracle.observed(payload.message);
      for (const adversary of this.#adversaries.values()) adversary.sees(payload.message);
    }
    this.#carry(from.index, to, payload);
    const { duplicate } = this.settings;
    if (!this.healed && this.random.chance(duplicate)) this.#carry(from.index, to, payload);
  }

  #carry(from: number, to: number, payload: Payload): void {
    const { settings, random } = this;
    if (!this.healed) {
      const kind = payload.kind === 'message' ? payload.message.kind : 'other';
      if (random.chance(settings.lossOf[kind]) || settings.deadLinks.has(from * settings.n + to)) return;
      if (this.#groups[from] !== this.#groups[to]) return;
    }
    const delay = 1 + random.below(this.healed ? settings.healedDelayMaxMs : settings.delayMaxMs);
    for (const replica of this.replicas) {
      if (replica.index === to) this.at(delay, () => this.#deliver(replica, from, payload));
    }
    const adversary = this.#adversaries.get(to);
    if (adversary !== undefined) this.at(delay, () => adversary.receive(payload));
  }

  #deliver(replica: Replica, from: number, payload: Payload): void {
    if (this.#trace !== undefined) {
      const what = payload.kind === 'message' ? JSON.stringify(payload.message.vote) : payload.kind;
      this.trace(`${from} -> ${replica.index} ${what}`);
    }
    replica.receive(from, payload);
  }

  /** The production check over the mint's signatures; the answer for one message is the same everywhere. */
  verify(message: SimMessage): Message<SimBody> | undefined {
    let verified = this.#verified.get(message);
    if (verified === undefined) {
      verified =
        verifyMessage(message, {
          validatorCount: this.believedAt(message.vote.height).length,
          verifyVote: (vote) => this.#counts(vote, this.believedAt(vote.height)),
          verifyBlock: (block) => this.isGenuine(block),
        }) ?? null;
      this.#verified.set(message, verified);
      this.#seeOutsider(message.vote, verified !== null);
    }
    return verified ?? undefined;
  }

  isGenuine(block: SimBlock): boolean {
    return this.faults.believesBodies === true || this.mint.isGenuine(block);
  }

  /** What the driver checks of a block from a peer before the core hears of it. */
  certificateHolds(decided: SimDecided): boolean {
    if (this.faults.believesCertificates !== undefined) return this.faults.believesCertificates(decided);
    const { block, certificate } = decided;
    const members = this.membersAt(
      (this.faults.certificateSetOf ?? this.faults.setOf)?.(block.height) ?? block.height,
    );
    const signers = new Set(certificate.votes.map((vote) => vote.validator));
    return (
      this.isGenuine(block) &&
      certificate.hash === block.hash &&
      certificate.height === block.height &&
      signers.size === certificate.votes.length &&
      signers.size >= this.#rules.quorum(members.length) &&
      certificate.votes.every(
        (vote) =>
          vote.kind === 'commit' &&
          vote.height === block.height &&
          vote.round === certificate.round &&
          vote.hash === block.hash &&
          this.#counts(vote, members),
      )
    );
  }

  /** Signed by the member at its place; a planted bug lets others count as well. */
  #counts(vote: SignedVote, members: readonly number[]): boolean {
    if (this.mint.isSigned(vote, members)) return true;
    const signer = this.mint.signerOf(vote);
    const { sets = [] } = this.settings;
    return signer !== undefined && this.faults.countsSigner?.(signer, vote.height, sets) === true;
  }

  #seeOutsider(vote: SignedVote, isGood: boolean): void {
    const signer = this.mint.signerOf(vote);
    if (signer === undefined || this.settings.byzantine.get(signer) !== 'outsider') return;
    const isMember = this.membersAt(vote.height).includes(signer);
    if (!isMember && !isGood) this.oracle.saw('vote of an outsider refused');
    if (isMember && isGood) this.oracle.saw('vote of a parrot counted');
  }
}
