import * as dagCbor from '@ipld/dag-cbor';
import { equalBytes } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';

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

/**
 * Strict decoding (SCHEME 1): refuses more than `bytesMax` bytes before looking at them, and every encoding that is
 * not the one `encode` would give. Throws CryptoError('encoding').
 */
export function decode(bytes: Uint8Array, bytesMax: number): unknown {
  if (bytes.length > bytesMax) throw new CryptoError('encoding', `more than ${bytesMax} bytes`);
  let value: unknown;
  let canonical: Uint8Array;
  try {
    value = dagCbor.decode(bytes);
    canonical = dagCbor.encode(value);
  } catch (error) {
    throw new CryptoError('encoding', 'not DAG-CBOR', { cause: error });
  }
  if (!equalBytes(canonical, bytes)) throw new CryptoError('encoding', 'not canonical');
  return value;
}
