import { faultBound, quorum } from '#consensus';
import type { BlockHash, SignedVote, Vote } from '#consensus/pbft';
import type { Payload, SimBlock, SimMessage } from './bodies.ts';
import { GENESIS } from './bodies.ts';
import type { World } from './world.ts';

const MEMORY_MAX = 600;

/**
 * A validator that knows everything sent by anyone and says whatever it likes under its own key: it votes for every
 * block to someone, proposes two at once, forges round changes and justifications out of true votes, repeats old
 * messages, alters fields it cannot re-sign, sends bodies under another hash, and lies about the chain.
 */
export class Adversary {
  readonly #world: World;
  readonly #index: number;
  readonly #blocks = new Map<number, SimBlock[]>();
  #messages: SimMessage[] = [];
  #votes = new Map<string, SignedVote>();
  #height = 0;

  constructor(world: World, index: number) {
    this.#world = world;
    this.#index = index;
  }

  sees(message: SimMessage): void {
    if (this.#messages.length < MEMORY_MAX) this.#messages.push(message);
    else this.#messages[this.#world.random.below(MEMORY_MAX)] = message;
    const carried = 'block' in message ? message.block : null;
    if (carried !== null && this.#world.mint.isGenuine(carried)) this.#know(carried);
    const { vote } = message;
    if (!this.#world.mint.isSigned(vote, this.#world.membersAt(vote.height))) return;
    if (vote.height > this.#height) {
      this.#height = vote.height;
      this.#votes = new Map();
    }
    if (vote.height === this.#height) {
      this.#votes.set(
        `${vote.kind}/${vote.round}/${vote.hash}/${vote.preparedRound}/${vote.validator}`,
        vote,
      );
    }
  }

  receive(payload: Payload): void {
    const { random, settings } = this.#world;
    // what fellow adversaries say is not answered: two of them would talk for ever
    if (payload.kind === 'message') {
      const { height, validator } = payload.message.vote;
      if (settings.byzantine.has(this.#world.membersAt(height)[validator] ?? -1)) return;
    }
    if (payload.kind === 'sync') this.#lie(payload.from, payload.height);
    if (payload.kind === 'message') this.#echo(payload.message.vote);
    if (random.chance(0.15)) this.act();
  }

  /** One misdeed. */
  act(): void {
    const deeds = [
      () => this.#vote(),
      () => this.#vote(),
      () => this.#propose(),
      () => this.#propose(),
      () => this.#changeRound(),
      () => this.#changeRound(),
      () => this.#repeat(),
      () => this.#alter(),
      () => this.#flood(),
      () => this.#boast(),
    ];
    this.#world.random.pick(deeds)?.();
  }

  /** Helps every proposal along, to some of the others, so that quorums form where they should not. */
  #echo(vote: SignedVote): void {
    const { random } = this.#world;
    if (vote.hash === null || vote.kind === 'round-change' || random.chance(0.3)) return;
    const { height, round, hash } = vote;
    if (vote.kind === 'pre-prepare') this.#tell(this.#ballot('prepare', height, round, hash), this.#some());
    if (vote.kind !== 'commit' || random.chance(0.5)) {
      this.#tell(this.#ballot('commit', height, round, hash), this.#some());
    }
  }

  #know(block: SimBlock): void {
    const known = this.#blocks.get(block.height) ?? [];
    if (!known.includes(block) && known.length < 20) this.#blocks.set(block.height, [...known, block]);
  }

  #sign(
    kind: Vote['kind'],
    height: number,
    round: number,
    hash: BlockHash | null,
    preparedRound: number | null = null,
  ): SignedVote {
    const vote = { kind, height, round, hash, preparedRound, validator: this.#placeAt(height) };
    return this.#world.mint.sign(vote, this.#index);
  }

  /** Its place; one that is no member takes another's, which nobody may believe. */
  #placeAt(height: number): number {
    const members = this.#world.membersAt(height);
    const place = members.indexOf(this.#index);
    return place >= 0 ? place : this.#index % members.length;
  }

  #ballot(kind: 'prepare' | 'commit', height: number, round: number, hash: BlockHash): SimMessage {
    return { kind, vote: this.#sign(kind, height, round, hash) };
  }

  #some(): number[] {
    const others = [...Array(this.#world.settings.n).keys()].filter((index) => index !== this.#index);
    return this.#world.random.chance(0.3) ? others : this.#world.random.subset(others);
  }

  #tell(message: SimMessage, to: readonly number[]): void {
    for (const index of to) this.#world.send({ index: this.#index }, index, { kind: 'message', message });
  }

  /** Where honest nodes are: one of them. */
  #where(): { height: number; round: number } {
    const replica = this.#world.random.pick(this.#world.honest());
    return replica === undefined ? { height: 1, round: 0 } : replica.core.status();
  }

  #block(height: number): SimBlock {
    const { random, mint, oracle } = this.#world;
    const known = random.chance(0.6) ? random.pick(this.#blocks.get(height) ?? []) : undefined;
    if (known !== undefined) return known;
    const parent = oracle.chain[height - 2]?.block.hash ?? GENESIS;
    const commands = random.chance(0.2) ? [random.below(6)] : [];
    const block = mint.block(height, parent, { valid: !random.chance(0.2), commands });
    this.#know(block);
    return block;
  }

  #vote(): void {
    const { height, round } = this.#where();
    for (const block of this.#blocks.get(height) ?? []) {
      if (this.#world.random.chance(0.5))
        this.#tell(this.#ballot('prepare', height, round, block.hash), this.#some());
      if (this.#world.random.chance(0.5))
        this.#tell(this.#ballot('commit', height, round, block.hash), this.#some());
    }
  }

  /** The next round that is this validator's to propose in, and what an honest node would have to refuse there. */
  #propose(): void {
    const { random } = this.#world;
    const at = this.#where();
    let round = at.round;
    const n = this.#world.membersAt(at.height).length;
    const place = this.#placeAt(at.height);
    if (!random.chance(0.1)) while ((at.height + round) % n !== place) round++;
    for (let i = random.between(1, 2); i > 0; i--) {
      const block = this.#block(at.height);
      const body = random.chance(0.25) ? { ...block, body: { valid: true, commands: [] } } : block;
      const roundChanges = this.#roundChanges(at.height, round);
      const prepares = this.#prepares(at.height, block.hash);
      this.#tell(
        {
          kind: 'pre-prepare',
          vote: this.#sign('pre-prepare', at.height, round, block.hash),
          block: body,
          roundChanges,
          prepares,
        },
        this.#some(),
      );
    }
  }

  /** Round changes of the round, as many as there are, or too few; sometimes of another round. */
  #roundChanges(height: number, round: number): SignedVote[] {
    const { random } = this.#world;
    const n = this.#world.membersAt(height).length;
    const wanted = random.chance(0.15) ? Math.max(0, round - 1) : round;
    const found = [...this.#votes.values()].filter(
      (vote) => vote.kind === 'round-change' && vote.height === height && vote.round === wanted,
    );
    const mine = this.#sign('round-change', height, wanted, null);
    const byValidator = new Map([mine, ...random.shuffled(found)].map((vote) => [vote.validator, vote]));
    const enough = random.chance(0.8) ? quorum(n) : quorum(n) - 1;
    const unprepared = [...byValidator.values()].toSorted(
      (a, b) => (a.preparedRound ?? -1) - (b.preparedRound ?? -1),
    );
    const chosen = random.chance(0.5) ? unprepared : random.shuffled(unprepared);
    return chosen.slice(0, enough);
  }

  /** Prepares for a block, of the round that has most of them; its own always joins. */
  #prepares(height: number, hash: BlockHash): SignedVote[] {
    const byRound = new Map<number, Map<number, SignedVote>>();
    for (const vote of this.#votes.values()) {
      if (vote.kind !== 'prepare' || vote.height !== height || vote.hash !== hash) continue;
      const round =
        byRound.get(vote.round) ??
        new Map([[this.#placeAt(height), this.#sign('prepare', height, vote.round, hash)]]);
      byRound.set(vote.round, round.set(vote.validator, vote));
    }
    const sets = [...byRound.values()].toSorted((a, b) => b.size - a.size);
    const set = this.#world.random.chance(0.6) ? sets[0] : this.#world.random.pick(sets);
    return [...(set?.values() ?? [])];
  }

  #changeRound(): void {
    const { random } = this.#world;
    const { height, round } = this.#where();
    const target = round + random.between(0, 2);
    const block = random.chance(0.6) ? random.pick(this.#blocks.get(height) ?? []) : undefined;
    if (block === undefined) {
      const vote = this.#sign('round-change', height, target, null);
      return this.#tell({ kind: 'round-change', vote, prepares: [], block: null }, this.#some());
    }
    const prepares = this.#prepares(height, block.hash);
    const preparedRound = random.chance(0.7) ? (prepares[0]?.round ?? 0) : random.below(target + 2);
    const vote = this.#sign('round-change', height, target, block.hash, preparedRound);
    const withBlock = random.chance(0.7) ? block : null;
    this.#tell({ kind: 'round-change', vote, prepares, block: withBlock }, this.#some());
  }

  #repeat(): void {
    const message = this.#world.random.pick(this.#messages);
    if (message !== undefined) this.#tell(message, this.#some());
  }

  /** One field of a true message changed; the signature no longer fits. */
  #alter(): void {
    const { random } = this.#world;
    const message = random.pick(this.#messages);
    if (message === undefined) return;
    const fields: Partial<Vote>[] = [
      { round: message.vote.round + 1 },
      { height: message.vote.height + 1 },
      { validator: random.below(this.#world.settings.n) },
      { hash: this.#block(message.vote.height).hash },
    ];
    this.#tell({ ...message, vote: { ...message.vote, ...random.pick(fields) } }, this.#some());
  }

  /** Votes for many rounds, of this height and the next: room for them is bounded. */
  #flood(): void {
    const { random } = this.#world;
    const { height } = this.#where();
    const at = height + random.below(2);
    const { hash } = this.#block(at);
    const to = this.#some();
    const first = random.below(50);
    for (let round = first; round < first + 20; round++)
      this.#tell(this.#ballot('commit', at, round, hash), to);
  }

  #boast(): void {
    const height = this.#world.random.below(1_000);
    for (const index of this.#some()) {
      this.#world.send({ index: this.#index }, index, { kind: 'head', validator: this.#index, height });
    }
  }

  /** Answers a request for blocks with a chain of its own: too few signers, one signer many times, or another's proof. */
  #lie(to: number, height: number): void {
    const { random, oracle } = this.#world;
    const n = this.#world.membersAt(height).length;
    const block = this.#block(height);
    const { hash } = block;
    const mine = this.#sign('commit', height, 0, hash);
    const genuine = random.pick(oracle.chain)?.certificate;
    const votes = [
      Array.from({ length: quorum(n) }, () => mine),
      Array.from({ length: faultBound(n) }, () => mine),
      genuine?.votes ?? [],
    ];
    const certificate = { height, round: 0, hash, votes: random.pick(votes) ?? [] };
    const given = random.chance(0.3) && genuine !== undefined ? genuine : certificate;
    this.#world.send({ index: this.#index }, to, {
      kind: 'range',
      from: this.#index,
      items: [{ block, certificate: given }],
    });
  }
}
