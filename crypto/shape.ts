import { CID } from 'multiformats/cid';
import { CryptoError } from './crypto-error.ts';
import { isLink, type LinkCodec } from './link.ts';

/**
 * Shape checks for decoded values. Each takes what `decode` gave, names the field in its refusal, and throws
 * CryptoError('encoding'). Together they are the whole step from bytes to an unverified value.
 */

function refuse(field: string, expected: string): never {
  throw new CryptoError('encoding', `${field}: expected ${expected}`);
}

/**
 * A map with exactly these keys (SCHEME 1); throws CryptoError('encoding') for a missing or an unknown one. Bounded
 * by the bytes that `decode` took.
 */
export function expectMap<const Key extends string>(
  value: unknown,
  keys: readonly Key[],
  field: string,
): Readonly<Record<Key, unknown>> {
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!plain) return refuse(field, 'a map');
  const map = value as Record<string, unknown>;
  const present = Object.keys(map);
  if (present.length !== keys.length || !keys.every((key) => Object.hasOwn(map, key))) {
    return refuse(field, `exactly the fields ${keys.join(', ')}`);
  }
  return map as Record<Key, unknown>;
}

/** A byte string of exactly `length` bytes (SCHEME 1); throws CryptoError('encoding'). */
export function expectBytes(value: unknown, length: number, field: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) return refuse(field, `${length} bytes`);
  return value;
}

/** A byte string of at most `bytesMax` bytes (SCHEME 1); throws CryptoError('encoding'). */
export function expectBytesUpTo(value: unknown, bytesMax: number, field: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > bytesMax)
    return refuse(field, `at most ${bytesMax} bytes`);
  return value;
}

/** A safe integer in `min..max`, both included, of at most 8 bytes (SCHEME 1); throws CryptoError('encoding'). */
export function expectInteger(value: unknown, min: number, max: number, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    return refuse(field, `an integer in ${min}..${max}`);
  }
  return value;
}

/** A well-formed text of at most `lengthMax` UTF-16 units (SCHEME 1); throws CryptoError('encoding'). */
export function expectText(value: unknown, lengthMax: number, field: string): string {
  if (typeof value !== 'string' || value.length > lengthMax || !value.isWellFormed()) {
    return refuse(field, `text of at most ${lengthMax}`);
  }
  return value;
}

/** A list of `min..max` items, bounded by the bytes that `decode` took (SCHEME 1); throws CryptoError('encoding'). */
export function expectList(value: unknown, min: number, max: number, field: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    return refuse(field, `a list of ${min}..${max}`);
  }
  return value as readonly unknown[];
}

/**
 * A link of 36 bytes (SCHEME 1): CIDv1, SHA-256, `raw` or `dag-cbor` (or the one codec named); throws
 * CryptoError('encoding').
 */
export function expectLink(value: unknown, field: string, codec?: LinkCodec): CID {
  const cid = CID.asCID(value);
  if (cid === null || !isLink(cid, codec)) return refuse(field, 'a link');
  return cid;
}
