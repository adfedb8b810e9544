import {
  concatBytes,
  CryptoError,
  decode,
  encode,
  expectInteger,
  expectList,
  expectMap,
  expectText,
} from '#crypto';
import { ClientError } from './client-error.ts';

/** What a record's body holds once it is open. */
export interface RecordContent {
  /** Media type of `resource`. */
  readonly mediaType: string;
  /** Exactly the bytes that the writer was given. */
  readonly resource: Uint8Array;
  /** Keywords and their place in the writer's lane: a gap in a lane can be noticed by who reads (SCHEME 6). */
  readonly keywords: readonly { readonly keyword: string; readonly n: number }[];
}

/** A larger file is kept in parts, see `Files`; a record is held in memory whole by who opens it. */
export const CONTENT_BYTES_MAX = 64 * 1024 * 1024;
const KEYWORDS_MAX = 64;
/** Everything but the resource. */
const FRAME_BYTES_MAX = 64 * 1024;
/** A shorter resource is copied out of the content, so that it has memory of its own. */
const VIEW_BYTES_MIN = 1024 * 1024;
const EMPTY_BYTES = 0x40;
const BYTE_STRING = 2;

/**
 * Canonical bytes of a record's content in three pieces, with the resource in the middle as it is: nothing of it is
 * copied. @throws ClientError `input-invalid` above CONTENT_BYTES_MAX.
 */
export function contentPieces({ mediaType, resource, keywords }: RecordContent): Uint8Array[] {
  const hollow = encode({
    version: 1,
    mediaType,
    resource: new Uint8Array(0),
    keywords: keywords.map(({ keyword, n }) => [keyword, n]),
  });
  // Keys are ordered by length and then by bytes: what follows the resource is the media type alone.
  const behind = hollow.length - encode('mediaType').length - encode(mediaType).length;
  const pieces = [
    hollow.subarray(0, behind - 1),
    headOf(BYTE_STRING, resource.length),
    resource,
    hollow.subarray(behind),
  ];
  if (pieces.reduce((sum, { length }) => sum + length, 0) > CONTENT_BYTES_MAX)
    throw new ClientError('input-invalid', { what: 'resource too large' });
  return pieces;
}

/** The same in one piece. */
export function encodeContent(content: RecordContent): Uint8Array {
  return concatBytes(...contentPieces(content));
}

/** @throws ClientError `record-invalid`: the record opened, but its writer put something else in it. */
export function decodeContent(bytes: Uint8Array): RecordContent {
  try {
    if (bytes.length > CONTENT_BYTES_MAX) throw new CryptoError('encoding', 'content');
    const { head, start, end } = resourceIn(bytes);
    // What is around the resource is read strictly; the resource, of many megabytes perhaps, is not gone through.
    const hollow = concatBytes(bytes.subarray(0, head), Uint8Array.of(EMPTY_BYTES), bytes.subarray(end));
    const map = expectMap(
      decode(hollow, FRAME_BYTES_MAX),
      ['version', 'mediaType', 'resource', 'keywords'],
      'content',
    );
    expectInteger(map.version, 1, 1, 'version');
    return {
      mediaType: expectText(map.mediaType, 128, 'mediaType'),
      resource: end - start < VIEW_BYTES_MIN ? bytes.slice(start, end) : bytes.subarray(start, end),
      keywords: expectList(map.keywords, 0, KEYWORDS_MAX, 'keywords').map((value) => {
        const [keyword, n] = expectList(value, 2, 2, 'keyword');
        return {
          keyword: expectText(keyword, 256, 'keyword'),
          n: expectInteger(n, 0, Number.MAX_SAFE_INTEGER, 'n'),
        };
      }),
    };
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'content' }, { cause });
  }
}

/** The shortest head of CBOR (RFC 8949, 3) for a major type and a length below 2^32. */
function headOf(major: number, length: number): Uint8Array {
  const top = major << 5;
  if (length < 24) return Uint8Array.of(top | length);
  if (length < 0x100) return Uint8Array.of(top | 24, length);
  const view = new DataView(new ArrayBuffer(length < 0x1_0000 ? 3 : 5));
  view.setUint8(0, top | (length < 0x1_0000 ? 25 : 26));
  if (length < 0x1_0000) view.setUint16(1, length);
  else view.setUint32(1, length);
  return new Uint8Array(view.buffer);
}

/** Where the resource begins, its head before it, and ends. @throws CryptoError `encoding` */
function resourceIn(bytes: Uint8Array): { head: number; start: number; end: number } {
  const reader = new HeadReader(bytes);
  reader.next(5);
  reader.skip(reader.next(3));
  reader.next(0);
  reader.skip(reader.next(3));
  for (let left = reader.next(4); left > 0; left -= 1) {
    reader.next(4);
    reader.skip(reader.next(3));
    reader.next(0);
  }
  reader.skip(reader.next(3));
  const head = reader.at;
  const length = reader.next(BYTE_STRING);
  const start = reader.at;
  const canonical = headOf(BYTE_STRING, length).length;
  if (start - head !== canonical || start + length > bytes.length)
    throw new CryptoError('encoding', 'resource');
  return { head, start, end: start + length };
}

/** Walks the heads of CBOR items; whether they are the right and the shortest ones is for the strict decoder to say. */
class HeadReader {
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(length: number): void {
    this.at += length;
  }

  /** The argument of the next head, which must be of this major type. A place beyond the end is refused. */
  next(major: number): number {
    const view = this.#view;
    if (this.at >= Math.min(view.byteLength, FRAME_BYTES_MAX)) throw new CryptoError('encoding', 'content');
    const first = view.getUint8(this.at);
    const size = [1, 2, 4, 8][(first & 31) - 24] ?? 0;
    if (first >> 5 !== major || (first & 31) > 27 || this.at + 1 + size > view.byteLength)
      throw new CryptoError('encoding', 'content');
    const at = this.at + 1;
    this.at = at + size;
    if (size === 0) return first & 31;
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at);
    return size === 4 ? view.getUint32(at) : Number(view.getBigUint64(at));
  }
}
