import { decode, encode, equalBytes } from '#crypto';
import { asArray, asHash, asInteger, ConsensusError, HEIGHT_MAX } from '#consensus';
import { decodeRecord, encodeRecord, heightOf } from '#consensus/pbft';
import type { BlockBody, JournalRecord } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';

/** Old heights are dropped from the journal when it has grown beyond this. */
export const JOURNAL_COMPACT_BYTES = 8 * 1024 * 1024;
const OPENING_BYTES_MAX = 128;

/** What a node may sign after a restart. */
export interface Memory {
  /** Votes and locks of the height after the head. */
  readonly records: readonly JournalRecord<BlockBody>[];
  /**
   * Up to this height (inclusive) the node must not vote; 'unknown' when the journal is lost and only the network
   * can tell how far the node may have gone.
   */
  readonly silentThrough: number | 'unknown';
}

/**
 * The consensus records over the node's journal. Its first record names chain and node, so that a journal of another
 * is refused and a lost one is noticed: a node with blocks but no journal may have signed what it no longer knows.
 */
export class VoteJournal {
  readonly #ports: ConsensusPorts;
  #silentThrough = 0;
  #dirty = false;

  constructor(ports: ConsensusPorts) {
    this.#ports = ports;
  }

  /** Reads everything back. Throws `journal-foreign`, or what the journal throws when it is damaged. */
  async open(): Promise<Memory> {
    const { journal, application } = this.#ports;
    const { height: head } = application.head();
    const [opening, ...rest] = [...journal.replay()];
    if (opening === undefined) {
      // a single validator has nobody to contradict
      const lost = head > 0 && application.validatorsAt(head + 1).length > 1;
      await journal.rewrite([this.#opening(lost ? HEIGHT_MAX : 0)]);
      return { records: [], silentThrough: lost ? 'unknown' : 0 };
    }
    this.#silentThrough = this.#checkOpening(opening);
    const records = rest.map(decodeRecord);
    for (const record of records) {
      // blocks older than the votes: the ledger was put back to an earlier state
      if (heightOf(record) > head + 1) this.#silentThrough = Math.max(this.#silentThrough, heightOf(record));
    }
    const kept = records.filter((record) => heightOf(record) > head);
    await journal.rewrite([this.#opening(this.#silentThrough), ...kept.map(encodeRecord)]);
    return {
      records: kept,
      silentThrough: this.#silentThrough === HEIGHT_MAX ? 'unknown' : this.#silentThrough,
    };
  }

  append(record: JournalRecord<BlockBody>): void {
    this.#ports.journal.append(encodeRecord(record));
    this.#dirty = true;
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
    if (this.#ports.journal.bytes > JOURNAL_COMPACT_BYTES) {
      await this.#ports.journal.rewrite([this.#opening(this.#silentThrough)]);
    }
  }

  #opening(silentThrough: number): Uint8Array {
    return encode([1, this.#ports.chainId, this.#ports.identity.id, silentThrough]);
  }

  #checkOpening(bytes: Uint8Array): number {
    const fields = asArray(decode(bytes, OPENING_BYTES_MAX), 4, 4, 'journal opening');
    asInteger(fields[0], 1, 1, 'journal version');
    const mine =
      equalBytes(asHash(fields[1], 'journal chain'), this.#ports.chainId) &&
      equalBytes(asHash(fields[2], 'journal node'), this.#ports.identity.id);
    if (!mine) throw new ConsensusError('journal-foreign', 'the journal belongs to another node or chain');
    return asInteger(fields[3], 0, HEIGHT_MAX, 'journal silence');
  }
}
