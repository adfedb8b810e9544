import { parseLink, toHex } from '#crypto';
import type { CID } from '#crypto';
import type { DiskSeal } from './disk-seal.ts';
import { intakeForm, intakeOf, objectForm, objectOf } from './object-form.ts';
import type { IntakeEntry } from './object-form.ts';
import type { QueueFile } from './queue-file.ts';
import { nameOfStream } from './stream.ts';
import type { StreamObject } from './stream.ts';

/** Queue on disk at which nothing more is accepted. A day of 50 sources at 1 Hz takes about 0.5 GB. */
export const QUEUE_BYTES_MAX = 8 * 1024 * 1024 * 1024;

/** `sending`: an upload was begun, so the ledger may know it. `anchored`: the ledger knows it. */
export type ObjectState = 'ready' | 'sending' | 'anchored';

export interface QueuedObject {
  readonly seq: number;
  readonly nonce: Uint8Array;
  /** What its nonce makes of this patient and gateway. */
  readonly recordId: Uint8Array;
  /** Pseudonym of the stream. */
  readonly stream: string;
  readonly state: ObjectState;
  readonly month: string;
  readonly header: CID | null;
  readonly object: StreamObject;
}

export interface NewObject {
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
  readonly object: StreamObject;
  /** When its stream is to be compacted. */
  readonly dueMs: number;
}

/**
 * What one enrolment has in the gateway's queue: every reading sealed under this enrolment's own key, and no statement
 * that reaches another lane. In the clear are counts, pseudonyms, months and times of work to do.
 */
export class Queue {
  /** In the clear on the disk: the enrolment's name, and which keys it had. */
  readonly lane: string;
  readonly #file: QueueFile;
  readonly #seal: DiskSeal;
  readonly #recordIdOf: (nonce: Uint8Array) => Uint8Array;

  constructor(
    file: QueueFile,
    init: { name: string; seal: DiskSeal; recordIdOf: (nonce: Uint8Array) => Uint8Array },
  ) {
    this.#file = file;
    this.#seal = init.seal;
    this.#recordIdOf = init.recordIdOf;
    this.lane = `${init.name}/${init.seal.pseudonym('lane').slice(0, 16)}`;
  }

  /** All or nothing, on the disk when it returns. @throws GatewayError `queue-failed` */
  transaction<T>(work: () => T): T {
    return this.#file.transaction(work);
  }

  number(name: 'height' | 'anchored'): number | undefined {
    return this.#file.number(`${this.lane}:${name}`);
  }

  setNumber(name: 'height' | 'anchored', value: number): void {
    this.#file.setNumber(`${this.lane}:${name}`, value);
  }

  /** The highest counter accepted of a source; 0 before the first. */
  lastCounter(source: string): number {
    return Number(this.#counter(source)?.['last'] ?? 0);
  }

  /** Readings of a source that the ledger does not have yet. */
  waitingOf(source: string): number {
    return Number(this.#counter(source)?.['waiting'] ?? 0);
  }

  #counter(source: string) {
    const name = this.#seal.pseudonym(source);
    return this.#file.get(
      'SELECT last, waiting FROM counters WHERE lane = ? AND source = ?',
      this.lane,
      name,
    );
  }

  /** Within a transaction: readings that arrived, and how far their source has counted. */
  accept(entry: IntakeEntry): void {
    const last = entry.readings.at(-1)?.n ?? 0;
    this.#file.run(
      `INSERT INTO counters VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET last = excluded.last, waiting = waiting + excluded.waiting`,
      this.lane,
      this.#seal.pseudonym(entry.source),
      last,
      entry.readings.length,
    );
    const box = this.#seal.seal('intake', intakeForm(entry));
    this.#file.run('INSERT INTO intake (lane, box) VALUES (?, ?)', this.lane, box);
  }

  get intakeRows(): number {
    return Number(this.#file.get('SELECT count(*) AS n FROM intake WHERE lane = ?', this.lane)?.['n'] ?? 0);
  }

  /** The oldest messages that are in no object yet. */
  intake(limit: number): { seq: number; entry: IntakeEntry }[] {
    return this.#file
      .all('SELECT seq, box FROM intake WHERE lane = ? ORDER BY seq LIMIT ?', this.lane, limit)
      .map((row) => ({
        seq: Number(row['seq']),
        entry: intakeOf(this.#seal.open('intake', bytesOf(row['box']))),
      }));
  }

  /** Within a transaction: the messages up to `seq` are in objects now. */
  dropIntake(seq: number): void {
    this.#file.run('DELETE FROM intake WHERE lane = ? AND seq <= ?', this.lane, seq);
  }

  /** Within a transaction. @returns its sequence number */
  add({ nonce, object, dueMs }: NewObject): number {
    const { lastInsertRowid } = this.#file.run(
      `INSERT INTO objects (lane, source, nonce, stream, kind, state, due, month, box)
         VALUES (?, ?, ?, ?, ?, 'ready', ?, ?, ?)`,
      this.lane,
      this.#seal.pseudonym(object.stream.source),
      nonce,
      this.#seal.pseudonym(nameOfStream(object.stream)),
      object.kind,
      dueMs,
      object.stream.day.slice(0, 7),
      this.#seal.seal(`object:${toHex(nonce)}`, objectForm(object)),
    );
    return Number(lastInsertRowid);
  }

  /** Within a transaction: what is to be sent says something else now. */
  replace({ nonce, seq }: QueuedObject, object: StreamObject): void {
    const box = this.#seal.seal(`object:${toHex(nonce)}`, objectForm(object));
    this.#file.run('UPDATE objects SET box = ? WHERE seq = ?', box, seq);
  }

  /** Months with something to send, the oldest work first. */
  waitingMonths(): string[] {
    const rows = this.#file.all(
      `SELECT month, min(seq) AS first FROM objects
         WHERE lane = ? AND state IN ('ready', 'sending') GROUP BY month ORDER BY first`,
      this.lane,
    );
    return rows.map((row) => String(row['month']));
  }

  /** What is to be sent of a month: the oldest of every source, then the second of every source, and so on. */
  waiting(month: string, limit: number): QueuedObject[] {
    return this.#file
      .all(
        `SELECT o.* FROM objects AS o JOIN (
           SELECT seq, row_number() OVER (PARTITION BY source ORDER BY seq) AS turn FROM objects
             WHERE lane = ? AND state IN ('ready', 'sending') AND month = ?
         ) AS t ON t.seq = o.seq ORDER BY t.turn, o.seq LIMIT ?`,
        this.lane,
        month,
        limit,
      )
      .map((row) => this.#objectOf(row));
  }

  get waitingObjects(): number {
    const row = this.#file.get(
      "SELECT count(*) AS n FROM objects WHERE lane = ? AND state IN ('ready', 'sending')",
      this.lane,
    );
    return Number(row?.['n'] ?? 0);
  }

  get anchoredObjects(): number {
    return this.number('anchored') ?? 0;
  }

  /** Within a transaction: from now on the ledger may know these. */
  markSending(objects: readonly QueuedObject[]): void {
    for (const { seq } of objects) this.#file.run("UPDATE objects SET state = 'sending' WHERE seq = ?", seq);
  }

  /** Within a transaction: the ledger has it. What a day object covers is needed no more. */
  markAnchored({ seq, stream, object }: QueuedObject, header: CID): void {
    const text = header.toString();
    this.#file.run("UPDATE objects SET state = 'anchored', header = ? WHERE seq = ?", text, seq);
    this.setNumber('anchored', this.anchoredObjects + 1);
    if (object.kind === 'segment') {
      this.#file.run(
        'UPDATE counters SET waiting = max(0, waiting - ?) WHERE lane = ? AND source = ?',
        object.samples.length,
        this.lane,
        this.#seal.pseudonym(object.stream.source),
      );
      return;
    }
    this.#file.run('DELETE FROM objects WHERE covered = ?', seq);
    this.#file.run("DELETE FROM objects WHERE stream = ? AND kind = 'day' AND seq < ?", stream, seq);
  }

  /** Streams that are due for compaction: segments that no day object covers, and no day object on its way. */
  dueStreams(nowMs: number, limit: number): string[] {
    const rows = this.#file.all(
      `SELECT DISTINCT stream FROM objects AS o
         WHERE lane = ? AND kind = 'segment' AND covered IS NULL AND due <= ?
         AND NOT EXISTS (SELECT 1 FROM objects AS d WHERE d.stream = o.stream AND d.kind = 'day' AND d.state <> 'anchored')
       LIMIT ?`,
      this.lane,
      nowMs,
      limit,
    );
    return rows.map((row) => String(row['stream']));
  }

  /** The day object and the uncovered segments of a stream, oldest first. */
  ofStream(stream: string): QueuedObject[] {
    return this.#file
      .all('SELECT * FROM objects WHERE stream = ? AND covered IS NULL ORDER BY seq', stream)
      .map((row) => this.#objectOf(row));
  }

  /** Within a transaction: the day object `by` has the readings of these. */
  cover(seqs: readonly number[], by: number): void {
    for (const seq of seqs) this.#file.run('UPDATE objects SET covered = ? WHERE seq = ?', by, seq);
  }

  /** Within a transaction: day objects of months long gone; late data cannot reach them any more. */
  forgetDays(dueBeforeMs: number): void {
    this.#file.run(
      "DELETE FROM objects WHERE lane = ? AND state = 'anchored' AND due < ? AND (kind = 'day' OR covered = 0)",
      this.lane,
      dueBeforeMs,
    );
  }

  #objectOf(row: Record<string, unknown>): QueuedObject {
    const nonce = bytesOf(row['nonce']);
    const state = String(row['state']);
    return {
      seq: Number(row['seq']),
      nonce,
      recordId: this.#recordIdOf(nonce),
      stream: String(row['stream']),
      state: state === 'ready' || state === 'sending' ? state : 'anchored',
      month: String(row['month']),
      header: typeof row['header'] === 'string' ? parseLink(row['header']) : null,
      object: objectOf(this.#seal.open(`object:${toHex(nonce)}`, bytesOf(row['box']))),
    };
  }
}

const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array();
