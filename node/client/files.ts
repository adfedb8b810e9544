import { equalBytes, fromHex, release, toHex, webBodies } from '#crypto';
import { ERASE_RECORDS_MAX, readRecord, stateKeys } from '#consensus/ledger';
import { ClientError, isLedgerRefusal } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { decodeManifest, MANIFEST_TYPE, manifestKeyword, PART_TYPE, partKeyword } from './file-manifest.ts';
import type { FileManifest } from './file-manifest.ts';
import type { FileUpload, UploadedFile } from './file-upload.ts';
import type { Keyrings } from './keyring.ts';
import type { OpenedRecord } from './opening.ts';
import type { Records } from './records.ts';
import type { Hit } from './search.ts';
import type { Sharing } from './sharing.ts';

const ATTEMPTS_MAX = 3;

/** Which file, and where the record that shows it lies. */
export interface FilePlace {
  /** Hex, see `fileInUrl`. */
  readonly file: string;
  readonly category: string;
  readonly month: string;
}

/** A file that can be read; nothing of it is in memory yet. */
export interface StoredFile {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /**
   * The bytes from `from` up to `to`, by default all, in pieces of one part each. A piece is given out when all of it
   * is verified: anchored header, sealed chunks, and the digest by which the file itself names it. It is good until the
   * next one is asked for.
   * @throws ClientError `record-invalid`, `not-found`, `proof-invalid`
   */
  pieces(range?: { readonly from?: number; readonly to?: number }): AsyncGenerator<Uint8Array>;
}

/** Somebody's way to search and open, with own seeds or through a grant. */
interface Reader {
  search(keyword: string): Promise<readonly Hit[]>;
  openEach(hits: readonly Hit[]): AsyncGenerator<OpenedRecord>;
}

/** Files of any size below 2 GiB, in parts that are records of their own: memory stays at a few parts. */
export class Files {
  readonly #connection: Connection;
  readonly #parts: { connection: Connection; keyrings: Keyrings; records: Records };
  readonly #records: Records;
  readonly #sharing: Sharing;

  constructor(connection: Connection, init: { keyrings: Keyrings; records: Records; sharing: Sharing }) {
    this.#connection = connection;
    this.#parts = { connection, keyrings: init.keyrings, records: init.records };
    this.#records = init.records;
    this.#sharing = init.sharing;
  }

  /**
   * Seals, stores and anchors a file. The same call after a break, from this or any other device, goes on behind what
   * is committed; within one call a node that is away is waited for (`patienceMs`) and nothing is sent twice.
   * @throws ClientError `file-changed`, `input-invalid`, `no-access` for who may not read what she writes
   */
  async upload(init: FileUpload, options: CallOptions = {}): Promise<UploadedFile> {
    // Fetched by who writes, like sealing.
    const { FileUploading } = await import('./file-upload.ts');
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await new FileUploading(this.#parts, init, options).run();
      } catch (error) {
        // The same file was sent from somewhere else at the same time: what is there now is found and left out.
        if (attempt === ATTEMPTS_MAX || !isLedgerRefusal(error, 'record-exists')) throw error;
      }
    }
  }

  /** A file of a patient whose seeds this person holds. @throws ClientError `not-found`, `no-access` */
  async open(init: FilePlace & { patient: Uint8Array }, options: CallOptions = {}): Promise<StoredFile> {
    return await this.#open(fromHex(init.file), this.#readerOf(init, options));
  }

  /** A file under a grant: an access request for every 64 parts, like other records. */
  async openShared(init: FilePlace & { grant: Uint8Array }, options: CallOptions = {}): Promise<StoredFile> {
    const { grant, category, month } = init;
    const place = { grant, categories: [category], months: [month] };
    return await this.#open(fromHex(init.file), {
      search: async (keywords) => (await this.#sharing.search({ ...place, keywords }, options)).hits,
      openEach: (hits) => this.#sharing.openSharedEach({ grant, hits }, options),
    });
  }

  /**
   * Erases what is committed of a file, whole or unfinished, but not the record that shows it. By the patient or a
   * guardian. Resolves with the number of records.
   */
  async discard(
    init: FilePlace & { patient: Uint8Array },
    options: CallOptions = {},
  ): Promise<{ parts: number; height: number | null }> {
    const reader = this.#readerOf(init, options);
    const file = fromHex(init.file);
    const hits = [
      ...(await reader.search(manifestKeyword(file))),
      ...(await reader.search(partKeyword(file))),
    ];
    const { get } = await this.#connection.state.read(
      hits.map(({ recordId }) => stateKeys.record(recordId)),
      options,
    );
    const alive = hits.filter(({ recordId }) => readRecord(get, recordId)?.erasedHeight === null);
    let height: number | null = null;
    for (let i = 0; i < alive.length; i += ERASE_RECORDS_MAX) {
      const records = alive.slice(i, i + ERASE_RECORDS_MAX).map(({ recordId }) => recordId);
      const body = { patient: init.patient, records };
      ({ height } = await this.#connection.submission.submit('record.erase', body, options));
    }
    return { parts: alive.length, height };
  }

  #readerOf(init: FilePlace & { patient: Uint8Array }, options: CallOptions): Reader {
    const { patient, category, month } = init;
    const place = { patient, categories: [category], months: [month] };
    return {
      search: async (keywords) => (await this.#records.search({ ...place, keywords }, options)).hits,
      openEach: (hits) => this.#records.openEach(hits, options),
    };
  }

  async #open(file: Uint8Array, reader: Reader): Promise<StoredFile> {
    const manifest = await manifestOf(file, reader);
    const hits = await reader.search(partKeyword(file));
    const byId = new Map(hits.map((hit) => [toHex(hit.recordId), hit]));
    const { mediaType, size } = manifest;
    const sha256 = (this.#connection.backend.bodies ?? webBodies).sha256;
    return {
      mediaType,
      size,
      pieces: (range = {}) => piecesOf(manifest, byId, { ...range, reader, sha256 }),
    };
  }
}

/** The newest manifest that is one of this file: others may be erased, or somebody's mistake. */
async function manifestOf(file: Uint8Array, reader: Reader): Promise<FileManifest> {
  const hits = await reader.search(manifestKeyword(file));
  let reason: unknown = new ClientError('not-found', { what: 'file' });
  for (const hit of hits.toSorted((a, b) => b.height - a.height)) {
    try {
      for await (const { mediaType, resource } of reader.openEach([hit])) {
        if (mediaType === MANIFEST_TYPE) return decodeManifest(resource, file);
      }
    } catch (error) {
      const isOfThisOne =
        error instanceof ClientError && ['not-found', 'record-invalid'].includes(error.code);
      if (!isOfThisOne) throw error;
      reason = error;
    }
  }
  throw reason;
}

interface Reading {
  readonly from?: number;
  readonly to?: number;
  readonly reader: Reader;
  readonly sha256: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

async function* piecesOf(
  { size, partBytes, parts }: FileManifest,
  byId: ReadonlyMap<string, Hit>,
  { from = 0, to = size, reader, sha256 }: Reading,
): AsyncGenerator<Uint8Array> {
  if (!(from >= 0 && from <= to && to <= size)) throw new ClientError('input-invalid', { what: 'range' });
  if (from === to) return;
  const first = Math.floor(from / partBytes);
  const wanted = parts.slice(first, Math.ceil(to / partBytes));
  const hits = wanted.map(({ record }) => byId.get(toHex(record)));
  const found = hits.filter((hit) => hit !== undefined);
  if (found.length !== wanted.length) throw new ClientError('not-found', { what: 'part of a file' });
  let part = first;
  for await (const { mediaType, resource } of reader.openEach(found)) {
    const start = part * partBytes;
    const isItself =
      mediaType === PART_TYPE &&
      resource.length === Math.min(partBytes, size - start) &&
      equalBytes(await sha256(resource), parts[part]?.digest ?? new Uint8Array());
    if (!isItself) throw new ClientError('record-invalid', { what: 'part of a file', part });
    yield resource.subarray(Math.max(0, from - start), Math.min(resource.length, to - start));
    // Whoever asks for the next one is done with it.
    release(new Uint8Array(resource.buffer));
    part += 1;
  }
}
