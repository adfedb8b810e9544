import { equalBytes, recordIdOf, toHex, webBodies } from '#crypto';
import { epochAt, readRecord, stateKeys } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import {
  encodeManifest,
  FILE_BYTES_MAX,
  FILE_PART_BYTES,
  fileIdOf,
  fileUrlOf,
  MANIFEST_PLACE,
  MANIFEST_TYPE,
  manifestKeyword,
  PART_TYPE,
  partNonceOf,
  partKeyword,
  SHOWN_PLACE,
} from './file-manifest.ts';
import type { FileSource } from './file-manifest.ts';
import type { Keyrings } from './keyring.ts';
import type { Records } from './records.ts';
import type { QueuedRecord, UploadedRecord, UploadRecord } from './upload.ts';

/** Parts in one go; between two goes other records of this client get their turn. */
const PARTS_AT_ONCE = 8;
/** Nonces tried for a part; the record of each but the last was erased. */
const ATTEMPTS_MAX = 16;

export interface FileProgress {
  /** `reading`: what the file is; `storing`; `waiting`: the node does not answer, and is asked again. */
  readonly phase: 'reading' | 'storing' | 'waiting';
  /** Hex: by what it can be gone on with or discarded later; null while it is read. */
  readonly file: string | null;
  /** Bytes of the file that the node has on its disk, those of earlier tries included. */
  readonly stored: number;
  /** Bytes of the file in records that are committed and held by enough institutions. */
  readonly committed: number;
  readonly size: number;
  /** Institutions that hold the part that fewest hold; null before the first. */
  readonly holders: number | null;
  /** Members now, of whom the holders are some. */
  readonly institutions: number;
}

export interface FileUpload {
  readonly patient: Uint8Array;
  readonly source: FileSource;
  /** Of the file itself. */
  readonly mediaType: string;
  /**
   * The record that shows the file, a DocumentReference say, with category, month and keywords; its parts lie in the
   * same compartment, so that whoever may read the one reads the other. `url` is how it names the file.
   */
  readonly describe: (file: { readonly url: string; readonly size: number }) => UploadRecord;
  /** Hex: the upload that is to go on. @throws `file-changed` when the source is another file */
  readonly resumes?: string;
  /** Waited for before every block: who pauses resolves it later. */
  readonly gate?: () => Promise<void>;
  readonly onProgress?: (progress: FileProgress) => void;
}

export interface UploadedFile {
  /** Hex. */
  readonly file: string;
  /** The record that shows it. */
  readonly recordId: Uint8Array;
  readonly height: number;
  /** Institutions that hold the part that fewest hold, of those sent now; null when nothing had to be sent. */
  readonly holders: number | null;
  readonly institutions: number;
  /** Bytes of the file that were found committed and not sent again. */
  readonly known: number;
}

/** Where a record of the file is, or will be. */
interface Place {
  readonly nonce: Uint8Array;
  readonly recordId: Uint8Array;
  /** Block in which it was found committed. */
  readonly height: number | undefined;
}

/** One upload of one file (SCHEME 4: every part is a record of its own). */
export class FileUploading {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;
  readonly #records: Records;
  readonly #init: FileUpload;
  readonly #options: CallOptions;
  readonly #stored: number[] = [];
  #committed = 0;
  #holders: number | null = null;
  #institutions: number;
  #phase: FileProgress['phase'] = 'reading';
  #file: string | null = null;

  constructor(
    { connection, keyrings, records }: { connection: Connection; keyrings: Keyrings; records: Records },
    init: FileUpload,
    options: CallOptions,
  ) {
    this.#connection = connection;
    this.#keyrings = keyrings;
    this.#records = records;
    this.#init = init;
    const onProgress: CallOptions['onProgress'] = (step) => {
      this.#tell(step.what === 'waiting' ? 'waiting' : this.#phase);
    };
    this.#options = { ...options, onProgress };
    this.#institutions = connection.genesis.institutions.length;
  }

  async run(): Promise<UploadedFile> {
    const { size } = this.#init.source;
    if (!(size >= 1 && size <= FILE_BYTES_MAX))
      throw new ClientError('input-invalid', { what: 'size of the file', bytesMax: FILE_BYTES_MAX });
    const digests = await this.#digests();
    const file = fileIdOf(size, FILE_PART_BYTES, digests);
    const { resumes } = this.#init;
    if (resumes !== undefined && resumes !== toHex(file)) throw new ClientError('file-changed');
    this.#file = toHex(file);
    const shown = this.#init.describe({ url: fileUrlOf(file), size });
    const numbers = [...digests.keys(), MANIFEST_PLACE, SHOWN_PLACE];
    const places = await this.#places(file, shown, numbers);
    const [manifest, record] = [places.get(MANIFEST_PLACE), places.get(SHOWN_PLACE)];
    if (manifest === undefined || record === undefined) throw new ClientError('contended', { what: 'file' });
    const parts = digests.map((digest, i) => ({ digest, place: places.get(i) }));
    const known = this.#countKnown(parts.map(({ place }) => place?.height !== undefined));
    this.#phase = 'storing';
    this.#tell();
    const outcome = { file: toHex(file), recordId: record.recordId, institutions: this.#institutions, known };
    if (record.height !== undefined && manifest.height !== undefined && known === size)
      return { ...outcome, height: record.height, holders: null };
    await this.#sendParts(file, shown, digests, places);
    const contents = encodeManifest({
      mediaType: this.#init.mediaType,
      size,
      partBytes: FILE_PART_BYTES,
      parts: parts.map(({ digest, place }) => ({ record: place?.recordId ?? new Uint8Array(), digest })),
    });
    const last: QueuedRecord[] = [
      {
        ...this.#beside(shown, MANIFEST_TYPE, manifestKeyword(file)),
        resource: contents,
        nonce: manifest.nonce,
      },
      { ...shown, nonce: record.nonce },
    ];
    // Both in one anchor: a file is shown when it is whole, and never before.
    const missing = last.filter((_, i) => [manifest, record][i]?.height === undefined);
    const sent = await this.#send(missing);
    const height = Math.max(record.height ?? 0, ...sent.map((one) => one.height));
    return { ...outcome, height, holders: this.#holders };
  }

  /** SHA-256 of every part: what the file is, before anything is sealed. */
  async #digests(): Promise<Uint8Array[]> {
    const digests: Uint8Array[] = [];
    for (let i = 0; i * FILE_PART_BYTES < this.#init.source.size; i += 1) {
      checkAborted(this.#options);
      digests.push(await this.#sha256(await this.#bytesOf(i)));
      this.#tell();
    }
    return digests;
  }

  #sha256(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
    return (this.#connection.backend.bodies ?? webBodies).sha256(bytes);
  }

  #lengthOf(part: number): number {
    return Math.min(FILE_PART_BYTES, this.#init.source.size - part * FILE_PART_BYTES);
  }

  async #bytesOf(part: number): Promise<Uint8Array> {
    const start = part * FILE_PART_BYTES;
    const bytes = await this.#init.source.read(start, start + this.#lengthOf(part));
    if (bytes.length !== this.#lengthOf(part)) throw new ClientError('file-changed');
    return bytes;
  }

  /** Finds by proof of the ledger what this writer has committed, and a nonce for what is to come. */
  async #places(
    file: Uint8Array,
    { category, month }: UploadRecord,
    numbers: readonly number[],
  ): Promise<Map<number, Place>> {
    const { patient } = this.#init;
    const { keys } = this.#connection;
    await this.#keyrings.load(patient, this.#options);
    if (equalBytes(patient, keys.id)) this.#keyrings.ensureSeeds(patient, [category]);
    const compartments = this.#keyrings.compartments(patient, [category], [month]);
    if (compartments.length === 0) throw new ClientError('no-access', { what: 'no seed of this category' });
    const places = new Map<number, Place>();
    for (let attempt = 0; attempt < ATTEMPTS_MAX && places.size < numbers.length; attempt += 1) {
      const asked = numbers
        .filter((number) => !places.has(number))
        .map((number) => ({
          number,
          named: compartments.map((compartment) => {
            const nonce = partNonceOf(compartment, file, number, attempt);
            return { nonce, recordId: recordIdOf(patient, keys.id, nonce) };
          }),
        }));
      const ids = asked.flatMap(({ named }) => named.map(({ recordId }) => recordId));
      const { get, height } = await this.#connection.state.read(
        [stateKeys.schedule(), ...ids.map(stateKeys.record)],
        this.#options,
      );
      this.#institutions = epochAt(get, height + 1).members.length;
      for (const { number, named } of asked) {
        const found = named.map((one) => ({ ...one, entry: readRecord(get, one.recordId) }));
        const alive = found.find(({ entry }) => entry?.erasedHeight === null);
        const [newest] = found;
        if (alive) places.set(number, { ...alive, height: alive.entry?.height });
        else if (newest && newest.entry === undefined) places.set(number, { ...newest, height: undefined });
      }
    }
    return places;
  }

  #countKnown(isKnown: readonly boolean[]): number {
    for (const [i, known] of isKnown.entries()) {
      this.#stored[i] = known ? this.#lengthOf(i) : 0;
      this.#committed += this.#stored[i];
    }
    return this.#committed;
  }

  async #sendParts(
    file: Uint8Array,
    shown: UploadRecord,
    digests: readonly Uint8Array[],
    places: ReadonlyMap<number, Place>,
  ): Promise<void> {
    const missing = digests.flatMap((digest, i): { i: number; record: QueuedRecord }[] => {
      const place = places.get(i);
      if (place === undefined) throw new ClientError('contended', { what: 'file' });
      if (place.height !== undefined) return [];
      return [
        {
          i,
          record: {
            ...this.#beside(shown, PART_TYPE, partKeyword(file)),
            nonce: place.nonce,
            resource: { length: this.#lengthOf(i), read: () => this.#readAgain(i, digest) },
            onStored: (bytes) => this.#onStored(i, bytes),
          },
        },
      ];
    });
    for (let from = 0; from < missing.length; from += PARTS_AT_ONCE) {
      const group = missing.slice(from, from + PARTS_AT_ONCE);
      await this.#send(
        group.map(({ record }) => record),
        (uploaded) => {
          const part = group.find(({ i }) => equalBytes(places.get(i)?.recordId ?? file, uploaded.recordId));
          if (part === undefined) return;
          this.#stored[part.i] = this.#lengthOf(part.i);
          this.#committed += this.#lengthOf(part.i);
        },
      );
    }
  }

  /** What lies in the compartments of the shown record without being listed there. */
  #beside({ category, month, labels }: UploadRecord, mediaType: string, keyword: string) {
    const used = labels === undefined ? {} : { labels };
    return { category, month, mediaType, keywords: [keyword], isUnlisted: true, ...used };
  }

  async #send(
    records: readonly QueuedRecord[],
    onUploaded?: (record: UploadedRecord) => void,
  ): Promise<UploadedRecord[]> {
    if (records.length === 0) return [];
    return await this.#records.upload(
      {
        patient: this.#init.patient,
        records,
        onUploaded: (record) => {
          this.#holders = Math.min(this.#holders ?? record.holders, record.holders);
          onUploaded?.(record);
          this.#tell();
        },
      },
      this.#options,
    );
  }

  /** A part to be sealed: what was looked at first, or nothing. @throws ClientError `file-changed` */
  async #readAgain(part: number, digest: Uint8Array): Promise<Uint8Array> {
    await this.#init.gate?.();
    const bytes = await this.#bytesOf(part);
    if (!equalBytes(await this.#sha256(bytes), digest)) throw new ClientError('file-changed');
    this.#stored[part] = 0;
    return bytes;
  }

  async #onStored(part: number, bytes: number): Promise<void> {
    this.#stored[part] = Math.min(this.#lengthOf(part), (this.#stored[part] ?? 0) + bytes);
    this.#tell();
    await this.#init.gate?.();
  }

  #tell(phase = this.#phase): void {
    this.#init.onProgress?.({
      phase,
      file: this.#file,
      stored: this.#stored.reduce((sum, each) => sum + each, 0),
      committed: this.#committed,
      size: this.#init.source.size,
      holders: this.#holders,
      institutions: this.#institutions,
    });
  }
}
