import { CID } from 'multiformats/cid';
import * as digest from 'multiformats/hashes/digest';
import { equalBytes } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';
import { sha256 } from './hash.ts';

export { CID } from 'multiformats/cid';

const SHA_256_CODE = 0x12;
const CODEC_CODES = { raw: 0x55, 'dag-cbor': 0x71 } as const;

export type LinkCodec = keyof typeof CODEC_CODES;

/** CIDv1 with SHA-256 of the bytes of one block (SCHEME 1). Never throws. */
export function linkOf(codec: LinkCodec, bytes: Uint8Array): CID {
  return linkOfDigest(codec, sha256(bytes));
}

/** The link of a block whose SHA-256, 32 bytes, is known (SCHEME 1). Never throws for a digest of that length. */
export function linkOfDigest(codec: LinkCodec, sha256Digest: Uint8Array): CID {
  return CID.createV1(CODEC_CODES[codec], digest.create(SHA_256_CODE, sha256Digest));
}

/**
 * True when the link has the form `linkOf` gives (SCHEME 1): CIDv1, SHA-256 of 32 bytes, `raw` or `dag-cbor`. Never
 * throws.
 */
export function isLink(cid: CID, codec?: LinkCodec): boolean {
  if (cid.version !== 1 || cid.multihash.code !== SHA_256_CODE || cid.multihash.digest.length !== 32)
    return false;
  if (codec !== undefined) return cid.code === CODEC_CODES[codec];
  return cid.code === CODEC_CODES.raw || cid.code === CODEC_CODES['dag-cbor'];
}

/** True when the bytes of the block hash to the link (SCHEME 1). Links of another form never match. Never throws. */
export function matchesLink(cid: CID, bytes: Uint8Array): boolean {
  return matchesDigest(cid, sha256(bytes));
}

/** `matchesLink` for a block whose SHA-256, 32 bytes, is known (SCHEME 1). Never throws. */
export function matchesDigest(cid: CID, digestBytes: Uint8Array): boolean {
  return isLink(cid) && equalBytes(cid.multihash.digest, digestBytes);
}

/** Parses the canonical base32 text of a link, at most 128 letters (SCHEME 1); throws CryptoError('encoding'). */
export function parseLink(text: string): CID {
  let cid: CID;
  try {
    if (text.length > 128) throw new RangeError('too long');
    // A CID remembers the text that it was read from; one that is made of its bytes alone has the canonical text.
    cid = CID.decode(CID.parse(text).bytes);
  } catch (error) {
    throw new CryptoError('encoding', 'not a link', { cause: error });
  }
  if (!isLink(cid) || cid.toString() !== text)
    throw new CryptoError('encoding', 'not a link of this network');
  return cid;
}
