import {
  BODY_BLOCK_BYTES_MAX,
  isLink,
  keywordKey,
  normaliseKeyword,
  RECORD_NONCE_BYTES,
  RECORD_SLOTS_MAX,
  recordIdOf,
  sealRecordStream,
  SEARCH_TAG_BYTES,
  searchTag,
  toHex,
} from '#crypto';
import type { BodyBlock, CID, WriterKit } from '#crypto';
import { ANCHOR_RECORDS_MAX, readNextSequence, RECORD_TAGS_MAX, stateKeys } from '#consensus/ledger';
import type { AnchoredRecord, Receipt } from '#consensus/ledger';
import type { StoredBlock } from './block-exchange.ts';
import { ClientError, isLedgerRefusal } from './client-error.ts';
import type { Connection } from './connection.ts';
import { contentPieces } from './content.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import { LaneCounters } from './lane-counters.ts';

/** Tags of a record come in multiples of this: how many keywords it has is only roughly visible (SCHEME 6). */
const TAG_PADDING = 8;
/** An anchor stays well below the ledger's 256 KiB, receipts and envelope included. */
const ANCHOR_BYTES_MAX = 192 * 1024;
/** Ids, link, sequence and CBOR heads of one anchored record, without its tags. */
const ANCHOR_RECORD_BYTES = 160;
/** Plaintext that is sealed and stored between two anchors, so that memory stays bounded. */
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** Batches that are sealed and not committed yet. */
const BATCHES_IN_FLIGHT_MAX = 3;
const ATTEMPTS_MAX = 4;

/** Bytes that are brought into memory when it is their turn, and perhaps a second time. */
export interface LazyResource {
  readonly length: number;
  read(): Promise<Uint8Array>;
}

export interface UploadRecord {
  /** Kept byte for byte. */
  readonly resource: Uint8Array;
  /** Default `application/fhir+json`. */
  readonly mediaType?: string;
  readonly category: string;
  /** `YYYY-MM` or `all`. */
  readonly month: string;
  /** 1 to 64 of them; `*` is added. */
  readonly keywords: readonly string[];
  /** Found by its own keywords alone: `*` is not added. For what belongs to another record, such as parts of a file. */
  readonly isUnlisted?: boolean;
  /**
   * Studies or other uses, at most 7, for which the record gets a further slot and lane each: a grant of the label
   * opens what was labelled and nothing else. See `isLabel`.
   */
  readonly labels?: readonly string[];
  /** The record of which this is a new version. */
  readonly amends?: { readonly recordId: Uint8Array; readonly header: CID };
  /**
   * 32 random bytes that the caller drew and kept; drawn here when absent. With patient and writer they make the id.
   * Who may have to send a record a second time without knowing about the first sends it with one nonce: the ledger
   * takes an id once (`record-exists`).
   */
  readonly nonce?: Uint8Array;
}

/** A record whose resource may be a part of something larger. */
export interface QueuedRecord extends Omit<UploadRecord, 'resource'> {
  readonly resource: Uint8Array | LazyResource;
  /** Told of every block of a large body when the node has it; the next one waits for the answer. */
  readonly onStored?: (bytes: number) => Promise<void>;
}

export interface UploadInit {
  readonly patient: Uint8Array;
  readonly records: readonly QueuedRecord[];
  /** Told of every record as soon as it is committed. */
  readonly onUploaded?: (record: UploadedRecord) => void;
}

export interface UploadedRecord {
  readonly recordId: Uint8Array;
  readonly header: CID;
  readonly sequence: number;
  /** Block that anchored it. */
  readonly height: number;
  /** How many institutions have signed that they hold it. */
  readonly holders: number;
}

interface Prepared {
  readonly record: QueuedRecord;
  /** Of the category first, then of the labels. */
  readonly kits: readonly WriterKit[];
  readonly keywords: readonly string[];
}

interface Sealed {
  readonly recordId: Uint8Array;
  readonly anchored: AnchoredRecord;
  readonly blocks: readonly StoredBlock[];
  readonly taken: readonly { kit: WriterKit; keyword: string; n: number }[];
}

/** The next free places, counted on from what is anchored over all batches that are on their way. */
interface Places {
  sequence: number;
  sealed: number;
  /** By keyword key as hex. */
  readonly next: Map<string, number>;
}

/** Seals records on this side, stores them, collects receipts and anchors them, in batches. */
export class Uploader {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;
  readonly #counters: LaneCounters;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, keyrings: Keyrings) {
    this.#connection = connection;
    this.#keyrings = keyrings;
    this.#counters = new LaneCounters(connection);
  }

  /**
   * Resolves when every record is committed and held by enough institutions. Uploads of one client run one after
   * the other, since they share lanes.
   * @throws ClientError `no-access`, `input-invalid`, `contended`, `refused`. What was anchored before stays anchored.
   */
  upload(init: UploadInit, options: CallOptions = {}): Promise<UploadedRecord[]> {
    const mine = this.#tail.then(() => this.#uploadNow(init, options));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #uploadNow(
    { patient, records, onUploaded }: UploadInit,
    options: CallOptions,
  ): Promise<UploadedRecord[]> {
    await this.#keyrings.load(patient, options);
    // No seed is looked at after the end of a session has been heard of.
    checkAborted(options);
    const prepared = records.map((record) => this.#prepare(patient, record));
    const batches = [...batchesOf(prepared)];
    const uploaded: UploadedRecord[] = [];
    let [anchored, attempts] = [0, 0];
    while (anchored < batches.length) {
      try {
        for await (const records of this.#anchorAll(patient, batches.slice(anchored), onUploaded, options)) {
          uploaded.push(...records);
          [anchored, attempts] = [anchored + 1, 0];
          options.onProgress?.({ what: 'anchored', done: uploaded.length, total: prepared.length });
        }
      } catch (error) {
        // A lane that moved under us (another process of this writer) is read again, and what is left sealed anew.
        if (!isLedgerRefusal(error, 'tag-taken', 'sequence-wrong')) throw error;
        attempts += 1;
        if (attempts === ATTEMPTS_MAX) throw new ClientError('contended', { what: 'lane' });
        this.#counters.forget();
      }
    }
    return uploaded;
  }

  #prepare(patient: Uint8Array, record: QueuedRecord): Prepared {
    const { category, month, labels = [] } = record;
    const names = [category, ...new Set(labels)];
    if (names.length > RECORD_SLOTS_MAX || !labels.every(isLabel))
      throw new ClientError('input-invalid', { what: 'labels' });
    const listed = record.isUnlisted === true ? [] : ['*'];
    const keywords = [...new Set([...listed, ...record.keywords].map(normaliseKeyword))];
    if (keywords.length === 0 || keywords.length > RECORD_TAGS_MAX)
      throw new ClientError('input-invalid', { what: 'number of keywords' });
    // Every lane has the same keywords, so that a search in any of them is complete; the last ones give way.
    const kept = keywords.slice(0, Math.floor(RECORD_TAGS_MAX / names.length));
    return {
      record,
      keywords: kept,
      kits: names.map((name) => this.#keyrings.kit(patient, name, month)),
    };
  }

  /**
   * Anchors batch after batch, in order: while one is stored, replicated and committed, the next ones are sealed.
   * What was begun behind a batch that fails is dropped: its places were counted from that batch on.
   */
  async *#anchorAll(
    patient: Uint8Array,
    batches: readonly (readonly Prepared[])[],
    onUploaded: UploadInit['onUploaded'],
    options: CallOptions,
  ): AsyncGenerator<UploadedRecord[]> {
    const { keys, state } = this.#connection;
    const wanted = batches.flat().flatMap(({ kits, keywords }) => kits.map((kit) => ({ kit, keywords })));
    await this.#counters.discover(patient, wanted, options);
    const proven = await state.read([stateKeys.lane(patient, keys.id)], options);
    const places: Places = {
      sequence: readNextSequence(proven.get, patient, keys.id),
      sealed: 0,
      next: new Map(),
    };
    const total = batches.reduce((sum, { length }) => sum + length, 0);
    const onSealed = (done: number): void => options.onProgress?.({ what: 'sealed', done, total });
    const inFlight: Promise<UploadedRecord[]>[] = [];
    let last: Promise<unknown> = Promise.resolve();
    try {
      for (const batch of batches) {
        const sealed = await this.#seal(patient, batch, { places, onSealed }, options);
        const stored = this.#store(patient, sealed, options);
        // Who fails first is heard when its turn comes; nobody is listening before that.
        stored.catch(() => undefined);
        const anchored = last.then(async () => {
          const records = await this.#anchor(patient, sealed, await stored, options);
          for (const record of records) onUploaded?.(record);
          return records;
        });
        anchored.catch(() => undefined);
        inFlight.push(anchored);
        last = anchored;
        if (inFlight.length === BATCHES_IN_FLIGHT_MAX) yield (await inFlight.shift()) ?? [];
      }
      for (const anchored of inFlight.splice(0)) yield await anchored;
    } finally {
      await last.catch(() => undefined);
    }
  }

  async #seal(
    patient: Uint8Array,
    batch: readonly Prepared[],
    { places, onSealed }: { places: Places; onSealed(done: number): void },
    options: CallOptions,
  ): Promise<Sealed[]> {
    const sealed: Sealed[] = [];
    for (const one of batch) {
      checkAborted(options);
      sealed.push(await this.#sealOne(patient, one, places, options));
      places.sealed += 1;
      onSealed(places.sealed);
    }
    return sealed;
  }

  async #sealOne(
    patient: Uint8Array,
    { record, kits, keywords }: Prepared,
    places: Places,
    options: CallOptions,
  ): Promise<Sealed> {
    const { backend, chainId, keys } = this.#connection;
    const taken = kits.flatMap((kit) =>
      keywords.map((keyword) => {
        const key = keywordKey(kit.ixLane, keyword);
        const name = toHex(key);
        const n = places.next.get(name) ?? this.#counters.peek(kit, keyword);
        places.next.set(name, n + 1);
        return { kit, keyword, n, tag: searchTag(key, n) };
      }),
    );
    const { resource } = record;
    const pieces = contentPieces({
      mediaType: record.mediaType ?? 'application/fhir+json',
      resource: resource instanceof Uint8Array ? resource : await resource.read(),
      keywords: taken.slice(0, keywords.length).map(({ keyword, n }) => ({ keyword, n })),
    });
    const { sequence } = places;
    places.sequence += 1;
    const nonce = record.nonce ?? backend.random(RECORD_NONCE_BYTES);
    const recordId = recordIdOf(patient, keys.id, nonce);
    const blocks: StoredBlock[] = [];
    // A large body goes to the node block by block while it is sealed; what is small waits for others of its batch.
    const isLarge = resource.length > BODY_BLOCK_BYTES_MAX;
    const put = isLarge
      ? (block: BodyBlock) => this.#storeNow(block, record, options)
      : (block: BodyBlock) => Promise.resolve(void blocks.push(storedBlock(block)));
    const { header, headerCid } = await sealRecordStream(backend, {
      chainId,
      recordId,
      patient,
      sequence,
      previous: record.amends?.header ?? null,
      writer: { id: keys.id, secretKey: keys.sign.secretKey },
      slots: [...kits],
      source: piecesOf(pieces),
      put,
      reuse: isLarge,
    });
    const tags = padTags(
      taken.map(({ tag }) => tag),
      (length) => backend.random(length),
    );
    return {
      recordId,
      anchored: {
        nonce,
        header: headerCid,
        sequence,
        previous: record.amends?.recordId ?? null,
        tags,
      },
      blocks: [...blocks, { codec: 'dag-cbor', bytes: header, cid: headerCid }],
      taken,
    };
  }

  async #storeNow(block: BodyBlock, { onStored }: QueuedRecord, options: CallOptions): Promise<void> {
    checkAborted(options);
    // Its own progress: that of the whole is counted in records.
    const { onProgress: _, ...quiet } = options;
    await this.#connection.blocks.put([storedBlock(block)], quiet);
    await onStored?.(block.bytes.length);
  }

  async #store(
    patient: Uint8Array,
    sealed: readonly Sealed[],
    options: CallOptions,
  ): Promise<readonly Receipt[]> {
    const { blocks } = this.#connection;
    await blocks.put(
      sealed.flatMap((one) => one.blocks),
      options,
    );
    const headers = sealed.map(({ anchored }) => anchored.header);
    return await blocks.receipts({ patient, headers }, options);
  }

  async #anchor(
    patient: Uint8Array,
    sealed: readonly Sealed[],
    receipts: readonly Receipt[],
    options: CallOptions,
  ): Promise<UploadedRecord[]> {
    const records = sealed.map(({ anchored }) => anchored);
    const kitSerial = this.#keyrings.kitSerial(patient);
    const body = { patient, records, receipts: [...receipts], kitSerial };
    const { height } = await this.#connection.submission.submit('record.anchor', body, options);
    for (const { taken } of sealed)
      for (const { kit, keyword, n } of taken) this.#counters.take(kit, keyword, n);
    const holders = new Set(receipts.map(({ node }) => node.join())).size;
    return sealed.map(({ recordId, anchored: { header, sequence } }) => {
      return { recordId, header, sequence, height, holders };
    });
  }
}

const storedBlock = ({ cid, bytes }: BodyBlock): StoredBlock => ({
  codec: isLink(cid, 'raw') ? 'raw' : 'dag-cbor',
  bytes,
  cid,
});

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Whether this names a label: `study-` and up to 58 lower-case letters, digits and hyphens. */
export const isLabel = (name: string): boolean => /^study-[a-z0-9-]{1,58}$/.test(name);

/** Fills up with random tags, which nobody can tell from real ones, and orders all: their order would tell too. */
function padTags(tags: readonly Uint8Array[], random: (length: number) => Uint8Array): Uint8Array[] {
  const count = Math.min(RECORD_TAGS_MAX, Math.ceil(tags.length / TAG_PADDING) * TAG_PADDING);
  const padded = [...tags];
  while (padded.length < count) padded.push(random(SEARCH_TAG_BYTES));
  return padded
    .map((tag) => ({ tag, text: tag.join() }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ tag }) => tag);
}

function* batchesOf(prepared: readonly Prepared[]): Generator<Prepared[]> {
  let batch: Prepared[] = [];
  let anchorBytes = 0;
  let bodyBytes = 0;
  for (const one of prepared) {
    const tags = one.keywords.length * one.kits.length + TAG_PADDING;
    const size = ANCHOR_RECORD_BYTES + tags * (SEARCH_TAG_BYTES + 1);
    const isFull =
      batch.length === ANCHOR_RECORDS_MAX ||
      anchorBytes + size > ANCHOR_BYTES_MAX ||
      bodyBytes + one.record.resource.length > BATCH_BYTES_MAX;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      anchorBytes = 0;
      bodyBytes = 0;
    }
    batch.push(one);
    anchorBytes += size;
    bodyBytes += one.record.resource.length;
  }
  if (batch.length > 0) yield batch;
}
