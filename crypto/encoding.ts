import * as dagCbor from '@ipld/dag-cbor';
import { equalBytes } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';
import { CID, isLink } from './link.ts';

/**
 * Bytes of canonical DAG-CBOR (SCHEME 1): map keys sorted by length, then bytes; shortest integers; CIDs as links.
 * Throws CryptoError('encoding') for a value without a form.
 */
export function encode(value: unknown): Uint8Array {
  try {
    return dagCbor.encode(value);
  } catch (error) {
    throw new CryptoError('encoding', 'value has no DAG-CBOR form', { cause: error });
  }
}

/** The head of tag 42 in canonical CBOR: no link stands in bytes without it. */
const LINK_HEAD = [0xd8, 0x2a] as const;

function mayHaveLinks(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(LINK_HEAD[0]); at >= 0; at = bytes.indexOf(LINK_HEAD[0], at + 1)) {
    if (bytes[at + 1] === LINK_HEAD[1]) return true;
  }
  return false;
}

/** Links of another form than `linkOf` gives are followed by nobody, so they are not read either. */
function hasForeignLink(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  const cid = CID.asCID(value);
  if (cid !== null) return !isLink(cid);
  return Object.values(value).some(hasForeignLink);
}

/**
 * Strict decoding (SCHEME 1): refuses more than `bytesMax` bytes before looking at them, every encoding that is not the
 * one `encode` would give, and every link that is not of the one form. Throws CryptoError('encoding').
 */
export function decode(bytes: Uint8Array, bytesMax: number): unknown {
  if (bytes.length > bytesMax) throw new CryptoError('encoding', `more than ${bytesMax} bytes`);
  let value: unknown;
  let canonical: Uint8Array;
  let isForeign: boolean;
  try {
    value = dagCbor.decode(bytes);
    canonical = dagCbor.encode(value);
    isForeign = mayHaveLinks(bytes) && hasForeignLink(value);
  } catch (error) {
    throw new CryptoError('encoding', 'not DAG-CBOR', { cause: error });
  }
  if (!equalBytes(canonical, bytes)) throw new CryptoError('encoding', 'not canonical');
  if (isForeign) throw new CryptoError('encoding', 'a link of another form');
  return value;
}
