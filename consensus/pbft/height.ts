import { Ballots } from './ballots.ts';
import { heightOf } from './verify.ts';
import type { BlockHash, JournalRecord, Lock, Message, PrePrepare, Proposal, Vote } from './message.ts';
import type { CoreStatus } from './effect.ts';
import type { Rules } from './rules.ts';

/** Bodies this node validated and keeps although their proposal may have been pushed out. */
const VALIDATED_KEPT_MAX = 8;

/** Everything a node knows of the height it is deciding; thrown away as a whole when the height is committed. */
export class Height<B> {
  readonly height: number;
  readonly ballots: Ballots<B>;
  round = 0;
  /** True from the first sign that there is something to decide; timers run only then. */
  active = false;
  work = false;
  /** A quorum decided; the block is being made durable. */
  deciding = false;
  /** The justified proposal of the current round. */
  accepted: PrePrepare<B> | undefined;
  lock: Lock<B> | undefined;
  /** The block built for `round`, kept until it is proposed. */
  built: { readonly round: number; readonly block: Proposal<B> } | undefined;
  /** Round a build was asked for; one at a time. */
  building = -1;
  /** Round whose timer was armed. */
  armed = -1;
  readonly missing = new Set<BlockHash>();
  readonly accused = new Set<number>();
  readonly refused = new Set<BlockHash>();
  /** Own votes by kind and round; null between `sign` and `signed`. */
  readonly #casts = new Map<string, Message<B> | null>();
  readonly #validated = new Map<BlockHash, Proposal<B>>();
  readonly #fetched = new Map<BlockHash, Proposal<B>>();

  constructor(height: number, rules: Rules) {
    this.height = height;
    this.ballots = new Ballots((kind) => rules.kept.current[kind]);
  }

  /** Takes back own votes and the lock. The round is the highest this node ever spoke in: never lower again. */
  restore(records: Iterable<JournalRecord<B>>): void {
    for (const record of records) {
      if (heightOf(record) !== this.height) continue;
      if (record.kind === 'lock') {
        if (record.lock.round >= (this.lock?.round ?? 0)) this.lock = record.lock;
        this.round = Math.max(this.round, record.lock.round);
      } else {
        this.#casts.set(castKey(record.message.vote), record.message);
        this.ballots.put(record.message);
        this.round = Math.max(this.round, record.message.vote.round);
      }
      this.active = true;
    }
  }

  status(): Omit<CoreStatus, 'buffered' | 'abstains'> {
    const { height, round, accepted, lock } = this;
    const committing = lock?.round === round && this.hasCast({ kind: 'commit', round });
    const voting = committing ? 'committing' : accepted === undefined ? 'proposing' : 'preparing';
    const phase = this.deciding ? 'deciding' : this.active ? voting : 'idle';
    return { height, round, phase, lockedRound: lock?.round ?? null };
  }

  /** Does a timer of this height and round still mean anything? */
  isNow(at: { readonly height: number; readonly round: number }): boolean {
    return at.height === this.height && at.round === this.round;
  }

  hasCast(vote: Pick<Vote, 'kind' | 'round'>): boolean {
    return this.#casts.has(castKey(vote));
  }

  /** The stored message of a kind and round, once it is signed. */
  castAt(kind: Vote['kind'], round: number): Message<B> | undefined {
    return this.#casts.get(castKey({ kind, round })) ?? undefined;
  }

  markCast(vote: Vote, message: Message<B> | null): void {
    this.#casts.set(castKey(vote), message);
  }

  /** Own messages worth repeating: all of the current round, and the last commit before it. */
  repeated(): Message<B>[] {
    const found: Message<B>[] = [];
    let lastCommit: Message<B> | undefined;
    for (const message of this.#casts.values()) {
      if (message === null) continue;
      if (message.vote.round === this.round) found.push(message);
      else if (message.kind === 'commit' && message.vote.round > (lastCommit?.vote.round ?? -1))
        lastCommit = message;
    }
    return lastCommit === undefined ? found : [...found, lastCommit];
  }

  isValid(hash: BlockHash): boolean {
    return this.#validated.has(hash);
  }

  markValid(block: Proposal<B>): void {
    this.#validated.set(block.hash, block);
    const [oldest] = this.#validated.keys();
    if (this.#validated.size > VALIDATED_KEPT_MAX && oldest !== undefined) this.#validated.delete(oldest);
  }

  /** Keeps a fetched body that was asked for. */
  fetched(block: Proposal<B>): boolean {
    if (!this.missing.delete(block.hash)) return false;
    this.#fetched.set(block.hash, block);
    return true;
  }

  /** The body of `hash`, wherever this node has it. */
  bodyOf(hash: BlockHash): Proposal<B> | undefined {
    if (this.accepted?.block.hash === hash) return this.accepted.block;
    if (this.lock?.block.hash === hash) return this.lock.block;
    const kept = this.#validated.get(hash) ?? this.#fetched.get(hash);
    if (kept !== undefined) return kept;
    for (const message of this.ballots.all()) {
      if (message.kind === 'pre-prepare' && message.block.hash === hash) return message.block;
      if (message.kind === 'round-change' && message.block?.hash === hash) return message.block;
    }
    return undefined;
  }
}

function castKey(vote: Pick<Vote, 'kind' | 'round'>): string {
  return `${vote.kind}/${vote.round}`;
}
