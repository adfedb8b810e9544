import { quorum } from '#consensus';
import type { SignedVote, Vote } from '#consensus/pbft';
import type { Payload, SimMessage } from './bodies.ts';
import { GENESIS } from './bodies.ts';
import type { World } from './world.ts';

const MESSAGES_KEPT = 24;

/**
 * The key of an institution that has left, or is yet to join, in somebody's hands. It signs everything that a member
 * says once more with this key: where the institution is a member, at its own place, so that its votes are as good as
 * any; where it is none, at every place there is, beside proposals and certificates of its own making.
 */
export class Outsider {
  readonly #world: World;
  readonly #index: number;
  readonly #said = new Set<string>();
  #told: SimMessage[] = [];

  constructor(world: World, index: number) {
    this.#world = world;
    this.#index = index;
  }

  sees(message: SimMessage): void {
    const { vote } = message;
    const members = this.#world.membersAt(vote.height);
    if (!this.#world.mint.isSigned(vote, members) || members[vote.validator] === this.#index) return;
    const place = members.indexOf(this.#index);
    const isNew = this.#isNew(`${vote.kind}/${vote.height}/${vote.round}/${vote.hash}/${vote.preparedRound}`);
    if (!isNew) return;
    if (place >= 0) return this.#repeat(message, place);
    for (const other of members.keys()) this.#repeat(message, other);
    if (this.#isNew(`height ${vote.height}`)) this.#deceive(vote.height, message);
  }

  /** What is sent to it alone says nothing that it has not seen already. */
  receive(payload: Payload): void {
    if (payload.kind === 'sync') this.#offer(payload.from, payload.height);
  }

  /** Once more what some may have missed. */
  act(): void {
    for (const message of this.#told) this.#tell(message, 'again');
  }

  #isNew(what: string): boolean {
    if (this.#said.has(what)) return false;
    this.#said.add(what);
    return true;
  }

  #sign(vote: Vote, validator: number): SignedVote {
    const { kind, height, round, hash, preparedRound } = vote;
    return this.#world.mint.sign({ kind, height, round, hash, preparedRound, validator }, this.#index);
  }

  #tell(message: SimMessage, when: 'first' | 'again' = 'first'): void {
    if (when === 'first') this.#told = [...this.#told, message].slice(-MESSAGES_KEPT);
    this.#world.broadcast({ index: this.#index }, { kind: 'message', message });
  }

  #repeat(message: SimMessage, place: number): void {
    const { vote } = message;
    if (message.kind === 'round-change') return this.#tell({ ...message, vote: this.#sign(vote, place) });
    const kind = message.kind === 'pre-prepare' ? 'prepare' : message.kind;
    this.#tell({ kind, vote: this.#sign({ ...vote, kind }, place) });
  }

  /** A proposal of its own for the round after, allowed by nothing but this key's word at every place. */
  #deceive(height: number, { vote: { round } }: SimMessage): void {
    const { mint, oracle } = this.#world;
    const n = this.#world.membersAt(height).length;
    const parent = oracle.chain[height - 2]?.block.hash ?? GENESIS;
    const block = mint.block(height, parent, { valid: true, commands: [] });
    const later = round + 1;
    const change: Vote = {
      kind: 'round-change',
      height,
      round: later,
      hash: null,
      preparedRound: null,
      validator: 0,
    };
    const roundChanges = [...Array(quorum(n)).keys()].map((place) => this.#sign(change, place));
    const proposed: Vote = { ...change, kind: 'pre-prepare', hash: block.hash };
    const vote = this.#sign(proposed, (height + later) % n);
    for (const one of roundChanges)
      this.#tell({ kind: 'round-change', vote: one, prepares: [], block: null });
    this.#tell({ kind: 'pre-prepare', vote, block, roundChanges, prepares: [] });
    for (const kind of ['prepare', 'commit'] as const)
      for (let place = 0; place < n; place++)
        this.#tell({ kind, vote: this.#sign({ ...proposed, kind }, place) });
    for (const to of this.#world.everybody) this.#offer(to, height);
  }

  /** A block that this key alone certified, with as many signatures as a quorum has. */
  #offer(to: number, height: number): void {
    const { mint, oracle } = this.#world;
    const members = this.#world.membersAt(height);
    if (to === this.#index || members.includes(this.#index)) return;
    const parent = oracle.chain[height - 2]?.block.hash ?? GENESIS;
    const block = mint.block(height, parent, { valid: true, commands: [] });
    const { hash } = block;
    const vote: Vote = { kind: 'commit', height, round: 0, hash, preparedRound: null, validator: 0 };
    const votes = [...Array(quorum(members.length)).keys()].map((place) => this.#sign(vote, place));
    const certificate = { height, round: 0, hash, votes };
    const payload: Payload = { kind: 'range', from: this.#index, items: [{ block, certificate }] };
    this.#world.send({ index: this.#index }, to, payload);
  }
}
