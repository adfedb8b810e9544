import { CryptoError, decode, encode, expectInteger, expectList, expectMap, expectText } from '#crypto';
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

/** Larger resources belong into a streamed document; the client holds this one in memory. */
export const CONTENT_BYTES_MAX = 64 * 1024 * 1024;
const KEYWORDS_MAX = 64;

/** Canonical bytes of a record's content. @throws ClientError `input-invalid` above CONTENT_BYTES_MAX. */
export function encodeContent({ mediaType, resource, keywords }: RecordContent): Uint8Array {
  const bytes = encode({
    version: 1,
    mediaType,
    resource,
    keywords: keywords.map(({ keyword, n }) => [keyword, n]),
  });
  if (bytes.length > CONTENT_BYTES_MAX)
    throw new ClientError('input-invalid', { what: 'resource too large' });
  return bytes;
}

/** @throws ClientError `record-invalid`: the record opened, but its writer put something else in it. */
export function decodeContent(bytes: Uint8Array): RecordContent {
  try {
    const map = expectMap(
      decode(bytes, CONTENT_BYTES_MAX),
      ['version', 'mediaType', 'resource', 'keywords'],
      'content',
    );
    expectInteger(map.version, 1, 1, 'version');
    if (!(map.resource instanceof Uint8Array)) throw new CryptoError('encoding', 'resource');
    return {
      mediaType: expectText(map.mediaType, 128, 'mediaType'),
      resource: map.resource,
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
