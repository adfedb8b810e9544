import { equalBytes } from '#crypto';
import { quorum } from '#consensus';
import type { BlockBody, CatchUp, JournalRecord, SignedVote } from '#consensus/pbft';
import type { HeadStatements } from './consensus-heads.ts';
import type { VoteJournal } from './consensus-journal.ts';
import type { ConsensusPorts } from './consensus-ports.ts';
import type { Seats } from './consensus-seats.ts';

/**
 * After its start a node listens for so many ticks in which it hears a quorum before it signs: time for the others to
 * repeat what it said before it went down. Nothing can be decided without a quorum in reach, so nothing is held up.
 */
const LISTENING_TICKS = 2;

export interface OwnPastInit {
  readonly ports: ConsensusPorts;
  readonly seats: Seats;
  readonly heads: HeadStatements;
  readonly catchUp: CatchUp;
  readonly votes: VoteJournal;
}

/**
 * What this node may have signed and no longer knows, and so the heights at which it stays silent: its journal is gone,
 * its ledger is older than its journal, or a peer shows a vote of its own that the journal does not hold, because the
 * whole data directory is an old copy, or a second process signs with the same key.
 */
export class OwnPast {
  readonly #init: OwnPastInit;
  #silentThrough: number | 'unknown' = 0;
  #toRemember: number | undefined;
  #listened = 0;

  constructor(init: OwnPastInit) {
    this.#init = init;
  }

  /** Own votes and locks of the height after the head. Throws what `VoteJournal.open` throws. */
  async open(): Promise<readonly JournalRecord<BlockBody>[]> {
    const { records, silentThrough } = await this.#init.votes.open();
    this.#silentThrough = silentThrough;
    return records;
  }

  tick(): void {
    if (this.#init.heads.heardFrom() >= this.#needed()) this.#listened++;
  }

  /** Must this node sign nothing for the height after its head? */
  isSilent(): boolean {
    const { height } = this.#init.ports.application.head();
    if (this.#needed() > 0 && this.#listened < LISTENING_TICKS) return true;
    if (this.#silentThrough === 'unknown') this.#learn(height);
    return this.#silentThrough === 'unknown' || height < this.#silentThrough;
  }

  /** A peer repeats a vote that carries this node's signature. True when the node did not know of it. */
  recalled({ height, ...vote }: SignedVote): boolean {
    const { ports, votes } = this.#init;
    const known = this.#silentThrough === 'unknown' || height <= this.#silentThrough;
    if (known || height <= ports.application.head().height || votes.remembers({ height, ...vote }))
      return false;
    this.#stay(height);
    ports.logger.error({ through: height }, 'own-vote-forgotten-not-voting');
    return true;
  }

  /** Is the signer of this vote, at its height, this node? */
  isOwn({ height, validator }: Pick<SignedVote, 'height' | 'validator'>): boolean {
    const { ports, seats } = this.#init;
    const id = seats.setAt(height)?.[validator]?.id;
    return id !== undefined && equalBytes(id, ports.identity.id);
  }

  /** Brings to disk until when this node stays silent, should it restart before. */
  async remember(): Promise<void> {
    const through = this.#toRemember;
    this.#toRemember = undefined;
    if (through !== undefined) await this.#init.votes.staySilentThrough(through);
  }

  #needed(): number {
    return quorum(this.#init.seats.present().length) - 1;
  }

  /**
   * Where nobody has a block, the network is new and there is nothing to forget. Else this node may have voted two
   * above what the others are sure to have: who signed for the block before its last vote may have been one behind.
   */
  #learn(height: number): void {
    const { ports, catchUp } = this.#init;
    const sure = Math.max(height, catchUp.sureHeight());
    this.#stay(sure === 0 ? 0 : sure + 2);
    if (sure > 0) ports.logger.warn({ through: sure + 2 }, 'journal-lost-not-voting');
  }

  #stay(through: number): void {
    this.#silentThrough = through;
    this.#toRemember = through;
  }
}
