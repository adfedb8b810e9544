import {
  CryptoError,
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  expectText,
  hash,
  prf,
  toHex,
  uint32,
  uint64,
} from '#crypto';
import type { Compartment } from '#crypto';
import { ClientError } from './client-error.ts';
import { CONTENT_BYTES_MAX } from './content.ts';

/**
 * Bytes of a file in one part. With what is around it a part is 15 MiB, which Padme leaves as it is and which are 16
 * full blocks.
 */
export const FILE_PART_BYTES = 15 * 1024 * 1024 - 8 * 1024;
/** Largest file: a byte less than 2 GiB, which is as much as FHIR can name. */
export const FILE_BYTES_MAX = 2 ** 31 - 1;
const PARTS_MAX = 4096;
const MANIFEST_BYTES_MAX = PARTS_MAX * 96;

export const MANIFEST_TYPE = 'application/vnd.phr-mesh.file';
export const PART_TYPE = 'application/vnd.phr-mesh.file-part';

/** Bytes that can be read again: a Blob, or a file of this machine. */
export interface FileSource {
  readonly size: number;
  /** Exactly the bytes from `start` up to `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A Blob or File of a browser. */
export const blobSource = (blob: Blob): FileSource => ({
  size: blob.size,
  read: async (start, end) => {
    try {
      return new Uint8Array(await blob.slice(start, end).arrayBuffer());
    } catch (cause) {
      // A browser does not read a file that was changed or removed since it was chosen.
      throw new ClientError('file-changed', {}, { cause });
    }
  },
});

/** What a file consists of: the records that hold its parts, in order, and the SHA-256 of each part. */
export interface FileManifest {
  readonly mediaType: string;
  readonly size: number;
  readonly partBytes: number;
  readonly parts: readonly { readonly record: Uint8Array; readonly digest: Uint8Array }[];
}

/** Names the bytes of a file, all of them: H(file, u64 size, u32 part bytes, SHA-256 of every part). 32 bytes. */
export function fileIdOf(size: number, partBytes: number, digests: readonly Uint8Array[]): Uint8Array {
  return hash(DOMAIN.file, uint64(size), uint32(partBytes), ...digests);
}

/** Places of records of a file that are no parts. */
export const MANIFEST_PLACE = 0xffff_ffff;
export const SHOWN_PLACE = 0xffff_fffe;

/**
 * The nonce of a part: PRF(ix, file id, u32 place, u32 attempt). Whoever holds the patient's seeds computes the same for
 * the same file, on any device: what this writer anchored is found again and not sent a second time, and nothing about
 * an unfinished upload has to be kept anywhere. Another attempt is made where the record before was erased.
 */
export function partNonceOf(
  { ix }: Pick<Compartment, 'ix'>,
  file: Uint8Array,
  place: number,
  attempt: number,
): Uint8Array {
  return prf(DOMAIN.filePart, ix, file, uint32(place), uint32(attempt));
}

const URL_PREFIX = 'urn:phr-mesh:file:';

/** How a resource names a file of its patient. */
export const fileUrlOf = (file: Uint8Array): string => URL_PREFIX + toHex(file);

/** The file that a resource names, as hex; undefined when it names none. */
export function fileInUrl(url: string): string | undefined {
  const file = url.startsWith(URL_PREFIX) ? url.slice(URL_PREFIX.length) : '';
  return /^[0-9a-f]{64}$/.test(file) ? file : undefined;
}

export const partKeyword = (file: Uint8Array): string => `file:${toHex(file)}`;
export const manifestKeyword = (file: Uint8Array): string => `file-manifest:${toHex(file)}`;

export const encodeManifest = (manifest: FileManifest): Uint8Array => encode({ version: 1, ...manifest });

/** @throws ClientError `record-invalid`: malformed, or of another file than `file` */
export function decodeManifest(bytes: Uint8Array, file: Uint8Array): FileManifest {
  try {
    const map = expectMap(
      decode(bytes, MANIFEST_BYTES_MAX),
      ['version', 'mediaType', 'size', 'partBytes', 'parts'],
      'manifest',
    );
    expectInteger(map.version, 1, 1, 'version');
    const size = expectInteger(map.size, 1, FILE_BYTES_MAX, 'size');
    const partBytes = expectInteger(map.partBytes, 1, CONTENT_BYTES_MAX, 'partBytes');
    const count = Math.ceil(size / partBytes);
    if (count > PARTS_MAX) throw new CryptoError('encoding', 'parts');
    const parts = expectList(map.parts, count, count, 'parts').map((value) => {
      const part = expectMap(value, ['record', 'digest'], 'part');
      return {
        record: expectBytes(part.record, 32, 'record'),
        digest: expectBytes(part.digest, 32, 'digest'),
      };
    });
    const digests = parts.map(({ digest }) => digest);
    if (!equalBytes(fileIdOf(size, partBytes, digests), file))
      throw new CryptoError('encoding', 'another file');
    return { mediaType: expectText(map.mediaType, 128, 'mediaType'), size, partBytes, parts };
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'manifest of a file' }, { cause });
  }
}
