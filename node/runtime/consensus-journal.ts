import { decode, encode, equalBytes } from '#crypto';
import { asArray, asHash, asInteger, ConsensusError, HEIGHT_MAX } from '#consensus';
import { decodeRecord, encodeRecord, heightOf } from '#consensus/pbft';
import type { BlockBody, JournalRecord, SignedVote } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';

/** Old heights are dropped from the journal when it has grown beyond this. */
export const JOURNAL_COMPACT_BYTES = 8 * 1024 * 1024;
const OPENING_BYTES_MAX = 128;

/** What a node may sign after a restart. */
export interface Memory {
  /** Votes and locks of the height after the head. */
  readonly records: readonly JournalRecord<BlockBody>[];
  /**
   * Up to this height (inclusive) the node must not vote; 'unknown' when there is no journal and only the network
   * can tell how far the node may have gone.
   */
  readonly silentThrough: number | 'unknown';
}

/**
 * The consensus records over the node's journal. Its first record names chain and node, so that a journal of another
 * is refused and a lost one is noticed: a node without one may have signed what it no longer knows, whether it has
 * blocks or lost them too. It also names the head when it was written: an older ledger was put in the place of the one
 * that the votes belong to.
 */
export class VoteJournal {
  readonly #ports: ConsensusPorts;
  /** Own votes of the heights after the head, by slot. */
  readonly #cast = new Map<string, SignedVote>();
  #silentThrough = 0;
  #dirty = false;

  constructor(ports: ConsensusPorts) {
    this.#ports = ports;
  }

  /** Reads everything back. Throws `journal-foreign`, or what the journal throws when it is damaged. */
  async open(): Promise<Memory> {
    const { journal, application, isNewKey = false } = this.#ports;
    const { height: head } = application.head();
    const [opening, ...rest] = [...journal.replay()];
    if (opening === undefined) {
      // a single validator has nobody to contradict, and a key that was just made has signed nothing
      const lost = !isNewKey && application.validatorsAt(head + 1).length > 1;
      await journal.rewrite([this.#opening(lost ? HEIGHT_MAX : 0)]);
      return { records: [], silentThrough: lost ? 'unknown' : 0 };
    }
    const { silentThrough, headThen } = this.#checkOpening(opening);
    // all that was voted for up to that head is decided, and this node no longer knows how
    this.#silentThrough = headThen > head ? Math.max(silentThrough, headThen) : silentThrough;
    const records = rest.map(decodeRecord);
    for (const record of records) {
      // blocks older than the votes: the ledger was put back to an earlier state
      if (heightOf(record) > head + 1) this.#silentThrough = Math.max(this.#silentThrough, heightOf(record));
    }
    const kept = records.filter((record) => heightOf(record) > head);
    for (const record of kept) this.#note(record);
    await journal.rewrite([this.#opening(this.#silentThrough), ...kept.map(encodeRecord)]);
    return {
      records: kept,
      silentThrough: this.#silentThrough === HEIGHT_MAX ? 'unknown' : this.#silentThrough,
    };
  }

  append(record: JournalRecord<BlockBody>): void {
    this.#note(record);
    this.#ports.journal.append(encodeRecord(record));
    this.#dirty = true;
  }

  /** False for a vote with this node's signature of which the journal knows nothing. */
  remembers(vote: SignedVote): boolean {
    const cast = this.#cast.get(slotOf(vote));
    return cast !== undefined && cast.hash === vote.hash && cast.preparedRound === vote.preparedRound;
  }

  /** Resolves when everything appended is on disk; rejects, for good, when the disk failed. */
  async sync(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#ports.journal.sync();
  }

  /** The network told how far this node may have gone: remembered, should it restart before it is past that. */
  async staySilentThrough(height: number): Promise<void> {
    this.#silentThrough = height;
    await this.#ports.journal.rewrite([this.#opening(height)]);
  }

  /** After a commit nothing in the journal is needed any more; it is emptied when that is worth the two syncs. */
  async committed(): Promise<void> {
    this.#cast.clear();
    if (this.#ports.journal.bytes > JOURNAL_COMPACT_BYTES) {
      await this.#ports.journal.rewrite([this.#opening(this.#silentThrough)]);
    }
  }

  #note(record: JournalRecord<BlockBody>): void {
    if (record.kind === 'cast') this.#cast.set(slotOf(record.message.vote), record.message.vote);
  }

  #opening(silentThrough: number): Uint8Array {
    const { application, chainId, identity } = this.#ports;
    return encode([1, chainId, identity.id, silentThrough, application.head().height]);
  }

  #checkOpening(bytes: Uint8Array): { silentThrough: number; headThen: number } {
    // the first form had no head
    const fields = asArray(decode(bytes, OPENING_BYTES_MAX), 4, 5, 'journal opening');
    asInteger(fields[0], 1, 1, 'journal version');
    const mine =
      equalBytes(asHash(fields[1], 'journal chain'), this.#ports.chainId) &&
      equalBytes(asHash(fields[2], 'journal node'), this.#ports.identity.id);
    if (!mine) throw new ConsensusError('journal-foreign', 'the journal belongs to another node or chain');
    return {
      silentThrough: asInteger(fields[3], 0, HEIGHT_MAX, 'journal silence'),
      headThen: asInteger(fields[4] ?? 0, 0, HEIGHT_MAX, 'journal head'),
    };
  }
}

function slotOf({ kind, height, round }: SignedVote): string {
  return `${kind}/${height}/${round}`;
}
