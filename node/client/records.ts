import { equalBytes, toHex } from '#crypto';
import type { OpeningKey } from '#crypto';
import type { RecordEntry, ReportAction } from '#consensus/ledger';
import { readRecord, REPORT_RECORDS_MAX, stateKeys } from '#consensus/ledger';
import { ClientError, isLedgerRefusal, ledgerRefusalOf } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import type { OpenedRecord } from './opening.ts';
import { search, SEARCH_WINDOW_MS } from './search.ts';
import type { Hit, SearchResult } from './search.ts';
import type { UploadedRecord, Uploader, UploadInit, UploadRecord } from './upload.ts';

/** Which of one patient's records to search: what the patient or a custodian asks for. */
export interface Selection {
  readonly patient: Uint8Array;
  readonly categories: readonly string[];
  /** `YYYY-MM` and `all`; `monthsBetween` of #node/records makes a range. */
  readonly months: readonly string[];
}

interface PendingReport {
  readonly patient: Uint8Array;
  readonly records: Uint8Array[];
  readonly action: ReportAction;
}

/** How often a batch is tried that another import of the same writer takes up at the same time. */
const ATTEMPTS_MAX = 4;

/** Fetched by who opens a record: a sign-in has no use for it. */
const opening = () => import('./opening.ts');

/** What only delays a report. */
const NOT_NOW: ReadonlySet<string> = new Set(['unreachable', 'timed-out', 'refused']);

/** Records of the patients whose seeds this person holds: her own, or as their doctor in charge. */
export class Records {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;
  #uploader: Uploader | undefined;
  #pending: PendingReport[] = [];
  #flushed: Promise<void> = Promise.resolve();
  /** When searches for a patient (hex id) were reported last. */
  readonly #searched = new Map<string, number>();

  constructor(connection: Connection, keyrings: Keyrings) {
    this.#connection = connection;
    this.#keyrings = keyrings;
  }

  /**
   * Seals, stores and anchors. A patient's first record of a new category starts its first generation, which is
   * sealed to her custodians before anything is written into it.
   */
  async upload(init: UploadInit, options: CallOptions = {}): Promise<UploadedRecord[]> {
    const mine = await this.#keyrings.load(init.patient, options);
    if (equalBytes(init.patient, this.#connection.keys.id)) {
      const names = init.records.flatMap(({ category, labels = [] }) => [category, ...labels]);
      this.#keyrings.ensureSeeds(init.patient, [...new Set(names)]);
    }
    if (!mine.isPublished) await this.#keyrings.publish(init.patient, { renewed: false }, options);
    // Sealing is fetched by who writes; most only read. One for good: it counts what was written in each lane.
    const { Uploader } = await import('./upload.ts');
    this.#uploader ??= new Uploader(this.#connection, this.#keyrings);
    return await this.#uploader.upload(init, options);
  }

  /**
   * Which of these record ids are anchored, from the proven state; undefined where it is proven absent. An id belongs to
   * one writer and patient (`recordIdOf`), so under it lies what that writer anchored.
   */
  async anchored(
    recordIds: readonly Uint8Array[],
    options: CallOptions = {},
  ): Promise<(Pick<RecordEntry, 'header' | 'height'> | undefined)[]> {
    const proven = await this.#connection.state.read(recordIds.map(stateKeys.record), options);
    return recordIds.map((id) => readRecord(proven.get, id));
  }

  /**
   * Leaves out what this patient has byte for byte already: by proof of the ledger what this person anchored, and after
   * a look at it what others did. What is left has its content's nonce, so that one writer cannot anchor it twice. For
   * imports: needs the patient's seeds, so a device cannot.
   * @throws ClientError `no-access`
   */
  async withoutAnchored(
    init: { patient: Uint8Array; records: readonly UploadRecord[] },
    options: CallOptions = {},
  ): Promise<{ fresh: UploadRecord[]; anchored: number }> {
    const { patient, records } = init;
    await this.#keyrings.load(patient, options);
    if (equalBytes(patient, this.#connection.keys.id))
      this.#keyrings.ensureSeeds(patient, [...new Set(records.map(({ category }) => category))]);
    const { unanchored } = await import('./anchored-content.ts');
    const { opened, ...left } = await unanchored(this.#connection, this.#keyrings, init, options);
    await this.#reportOpened(opened, options);
    return left;
  }

  /**
   * Uploads what this patient does not have yet, as `withoutAnchored` says, also when another import of the same writer
   * runs beside this one or an earlier call was given up with its answer under way: nothing is anchored twice.
   * @throws ClientError as `upload` does. What was anchored before stays anchored.
   */
  async uploadOnce(
    init: { patient: Uint8Array; records: readonly UploadRecord[] },
    options: CallOptions = {},
  ): Promise<{ uploaded: UploadedRecord[]; anchored: number }> {
    for (let attempt = 1; ; attempt += 1) {
      const { fresh, anchored } = await this.withoutAnchored(init, options);
      try {
        return { uploaded: await this.upload({ ...init, records: fresh }, options), anchored };
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isLedgerRefusal(error, 'record-exists')) throw error;
      }
    }
  }

  /** Proven search in all generations that this person holds. @throws ClientError `no-access` */
  async search(
    init: Selection & { keywords: string | readonly string[]; limit?: number },
    options: CallOptions = {},
  ): Promise<SearchResult> {
    await this.#keyrings.load(init.patient, options);
    const compartments = this.#keyrings.compartments(init.patient, init.categories, init.months);
    if (compartments.length === 0)
      throw new ClientError('no-access', { what: 'no seed of these categories' });
    const { patient, keywords, limit } = init;
    const bounded = limit === undefined ? {} : { limit };
    const found = await search(this.#connection, { patient, compartments, keywords, ...bounded }, options);
    await this.#reportSearch(patient, options);
    return found;
  }

  /**
   * A custodian's search leaves one line in an hour, without keyword or number, as a delegate's does. It is this client's
   * word: a node can not tell a search from another read.
   */
  async #reportSearch(patient: Uint8Array, options: CallOptions): Promise<void> {
    const { clock, keys } = this.#connection;
    const name = toHex(patient);
    const sinceMs = this.#searched.get(name);
    if (equalBytes(patient, keys.id)) return;
    if (sinceMs !== undefined && clock.now() - sinceMs < SEARCH_WINDOW_MS) return;
    this.#searched.set(name, clock.now());
    this.#pending.push({ patient, records: [], action: 'search' });
    try {
      await this.flushReports(options);
    } catch (error) {
      // Who is not in charge any more finds only what she has the keys of; the ledger takes no word of hers.
      if (!(error instanceof ClientError) || !NOT_NOW.has(error.code)) throw error;
    }
  }

  /**
   * Seals records that are there already once more, with a label: each becomes a new version, signed by who labels
   * it, and the version before stays where it was.
   * @throws ClientError `no-access`, `input-invalid`, `refused` (`previous-amended`: there is a newer version).
   */
  async label(
    hits: readonly Hit[],
    labels: readonly string[],
    options: CallOptions = {},
  ): Promise<UploadedRecord[]> {
    const opened = await this.openAll(hits, options);
    const uploaded: UploadedRecord[] = [];
    for (const group of Map.groupBy(opened, ({ hit }) => toHex(hit.patient)).values()) {
      const [first] = group;
      if (!first) continue;
      const records = group.map(({ hit, resource, mediaType, keywords }) => ({
        resource,
        mediaType,
        category: hit.compartment.category,
        month: hit.compartment.period,
        keywords: keywords.map(({ keyword }) => keyword),
        labels,
        amends: { recordId: hit.recordId, header: hit.header },
      }));
      uploaded.push(...(await this.upload({ patient: first.hit.patient, records }, options)));
    }
    return uploaded;
  }

  /** Opens one hit; see `openAll`. */
  async open(hit: Hit, options: CallOptions = {}): Promise<OpenedRecord> {
    const [opened] = await this.openAll([hit], options);
    if (!opened) throw new ClientError('record-invalid', { what: 'nothing opened' });
    return opened;
  }

  /**
   * Opens hits with the seeds held. When somebody else than the patient reads, the openings are reported to the
   * ledger afterwards; a report that cannot be committed now is kept and sent with the next one (EXPERIENCE 3.6).
   * @throws ClientError `no-access`, `proof-invalid`, `record-invalid`.
   */
  async openAll(hits: readonly Hit[], options: CallOptions = {}): Promise<OpenedRecord[]> {
    const keys = hits.map((hit) => this.#keyOf(hit));
    const { openContent, verifiedHeaders } = await opening();
    const headers = await verifiedHeaders(this.#connection, hits, options);
    let done = 0;
    const opened = await mapConcurrently(hits, async (hit, i) => {
      checkAborted(options);
      const [header, key] = [headers[i], keys[i]];
      if (!header || !key) throw new ClientError('no-access', { what: 'no seed of this category' });
      const content = await openContent(this.#connection, header, key, options);
      done += 1;
      options.onProgress?.({ what: 'opened', done, total: hits.length });
      return { ...content, hit };
    });
    await this.#reportOpened(hits, options);
    return opened;
  }

  /**
   * As `openAll`, one after the other, for records too large to be held together: the next is fetched when it is asked
   * for. What was opened is reported at the end, also when the caller does not go through to it.
   */
  async *openEach(hits: readonly Hit[], options: CallOptions = {}): AsyncGenerator<OpenedRecord> {
    const keys = hits.map((hit) => this.#keyOf(hit));
    const { openContent, verifiedHeaders } = await opening();
    const headers = await verifiedHeaders(this.#connection, hits, options);
    const done: Hit[] = [];
    try {
      for (const [i, hit] of hits.entries()) {
        checkAborted(options);
        const [header, key] = [headers[i], keys[i]];
        if (!header || !key) throw new ClientError('no-access', { what: 'no seed of this category' });
        const content = await openContent(this.#connection, header, key, options);
        done.push(hit);
        yield { ...content, hit };
      }
    } finally {
      await this.#reportOpened(done, options);
    }
  }

  #keyOf({ patient, compartment: { category, period, generation } }: Hit): OpeningKey {
    const compartment = this.#keyrings
      .compartments(patient, [category], [period])
      .find(({ name }) => name.generation === generation);
    if (!compartment) throw new ClientError('no-access', { what: 'no seed of this category' });
    return { kind: 'owner', compartment };
  }

  /** Reports that were not committed yet, in number of records. */
  pendingReports(): Promise<number> {
    return Promise.resolve(this.#pending.reduce((sum, { records }) => sum + records.length, 0));
  }

  /** Says on the ledger what was done with a patient's records; at most 64 of them. */
  async report(
    patient: Uint8Array,
    records: readonly Uint8Array[],
    action: ReportAction,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#connection.submission.submit(
      'access.report',
      { patient, records: [...records], action },
      options,
    );
  }

  /**
   * Sends what is pending, behind what is being sent: two at once would send the first twice and drop one unsent.
   * @throws ClientError when the network does not take it; it stays pending.
   */
  async flushReports(options: CallOptions = {}): Promise<void> {
    const mine = this.#flushed.then(() => this.#flushNow(options));
    this.#flushed = mine.catch(() => undefined);
    await mine;
  }

  async #flushNow(options: CallOptions): Promise<void> {
    for (let next = this.#pending[0]; next; next = this.#pending[0]) {
      try {
        await this.report(next.patient, next.records, next.action, options);
      } catch (error) {
        // What the ledger will never take must not stand in the way of what it will.
        if (ledgerRefusalOf(error) !== undefined) this.#pending = this.#pending.slice(1);
        throw error;
      }
      this.#pending = this.#pending.slice(1);
    }
  }

  async #reportOpened(hits: readonly Hit[], options: CallOptions): Promise<void> {
    const foreign = hits.filter(({ patient }) => !equalBytes(patient, this.#connection.keys.id));
    const byPatient = Map.groupBy(foreign, ({ patient }) => patient.join());
    for (const group of byPatient.values()) {
      const [first] = group;
      for (let i = 0; first && i < group.length; i += REPORT_RECORDS_MAX) {
        const records = group.slice(i, i + REPORT_RECORDS_MAX).map(({ recordId }) => recordId);
        this.#pending.push({ patient: first.patient, records, action: 'open' });
      }
    }
    if (this.#pending.length > 0) await this.#flushOrKeep(options);
  }

  /**
   * Says that something of a patient's record went to a printer: these records, or pages that show several when none
   * is named. Nothing for one's own record. A network that is stopped is told with the next report.
   */
  async printed(
    patient: Uint8Array,
    records: readonly Uint8Array[],
    options: CallOptions = {},
  ): Promise<void> {
    if (equalBytes(patient, this.#connection.keys.id)) return;
    this.#pending.push({ patient, records: records.slice(0, REPORT_RECORDS_MAX), action: 'print' });
    await this.#flushOrKeep(options);
  }

  async #flushOrKeep(options: CallOptions): Promise<void> {
    try {
      await this.flushReports(options);
    } catch (error) {
      const isStopped = error instanceof ClientError && NOT_NOW.has(error.code);
      // A former custodian is told so here and sees nothing; a stopped network only delays the report.
      if (!isStopped || ledgerRefusalOf(error) !== undefined) throw error;
    }
  }
}
