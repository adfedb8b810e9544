import { CID, decode, encode, SEAL_PUBLIC_KEY_BYTES } from '#crypto';
import type { PublicKeys } from '#crypto';
import { LedgerError } from './ledger-error.ts';
import type { LedgerErrorCode } from './ledger-error.ts';
import { bytesToText } from './map/tree.ts';

/** Turns a decoded value into `T` or throws `ShapeError` with the name of the field. */
export type Shape<T> = (value: unknown, field: string) => T;

/** Private to the room: callers turn it into a `LedgerError` that says which bytes were wrong. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  readonly field: string;

  constructor(field: string) {
    super(field);
    this.field = field;
  }
}

/** A byte string of `lengthMin..lengthMax` bytes. */
export function bytesShape(lengthMin: number, lengthMax: number = lengthMin): Shape<Uint8Array> {
  return (value, field) => {
    if (!(value instanceof Uint8Array) || value.length < lengthMin || value.length > lengthMax) {
      throw new ShapeError(field);
    }
    return value;
  };
}

/** 32 bytes: an id or a hash. */
export const idShape = bytesShape(32);

/** A safe integer in `min..max`. */
export function integerShape(min: number, max: number): Shape<number> {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new ShapeError(field);
    }
    return value;
  };
}

/** A string of `lengthMin..lengthMax` UTF-16 code units. */
export function textShape(lengthMin: number, lengthMax: number): Shape<string> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length < lengthMin || value.length > lengthMax)
      throw new ShapeError(field);
    return value;
  };
}

/** One of a fixed list of words. */
export function oneOf<const W extends readonly string[]>(words: W): Shape<W[number]> {
  return (value, field) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new ShapeError(field);
    return found;
  };
}

/** A list of `countMin..countMax` items. */
export function listShape<T>(item: Shape<T>, countMin: number, countMax: number): Shape<T[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length < countMin || value.length > countMax)
      throw new ShapeError(field);
    return value.map((entry: unknown) => item(entry, field));
  };
}

/** `null` or the shape. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, field) => (value === null ? null : shape(value, field));
}

const CODEC_RAW = 0x55;
const CODEC_DAG_CBOR = 0x71;
const SHA2_256 = 0x12;

/** A CIDv1 link, sha2-256 over raw or DAG-CBOR bytes: the only links that blocks of this project have. */
export const linkShape: Shape<CID> = (value, field) => {
  const cid = CID.asCID(value);
  if (cid === null || cid.version !== 1 || cid.multihash.code !== SHA2_256 || cid.multihash.size !== 32) {
    throw new ShapeError(field);
  }
  if (cid.code !== CODEC_RAW && cid.code !== CODEC_DAG_CBOR) throw new ShapeError(field);
  return cid;
};

/** A map with exactly the given keys. */
export function objectShape<T extends object>(fields: { [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw new ShapeError(field);
    }
    const given = value as Record<string, unknown>;
    if (Object.keys(given).length !== names.length) throw new ShapeError(field);
    const result: Partial<T> = {};
    for (const name of names) {
      if (!Object.hasOwn(given, name)) throw new ShapeError(name);
      result[name] = fields[name](given[name], name);
    }
    return result as T;
  };
}

/** SCHEME 3: 32, 1216 (X-Wing), 32 and 64 bytes. Lengths only; `verifyPublicKeys` checks what they are. */
export const publicKeysShape: Shape<PublicKeys> = objectShape<PublicKeys>({
  sign: idShape,
  seal: bytesShape(SEAL_PUBLIC_KEY_BYTES),
  delegate: idShape,
  possession: bytesShape(64),
});

/** Bytes to and from a `T` that is kept as a list of its fields, in the order in which they are declared. */
export interface EntryCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** The codec of a state value; decoding throws LedgerError('state-malformed'). */
export function entryCodec<T extends object>(
  name: string,
  bytesMax: number,
  fields: { [K in keyof T]: Shape<T[K]> },
): EntryCodec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const list = listShape((value: unknown) => value, names.length, names.length);
  return {
    encode: (value) => encode(names.map((field) => value[field])),
    decode: (bytes) =>
      decodeShape('state-malformed', bytes, bytesMax, (decoded) => {
        const values = list(decoded, name);
        const result: Partial<T> = {};
        for (const [i, field] of names.entries())
          result[field] = fields[field](values[i], `${name}.${field}`);
        return result as T;
      }),
  };
}

/**
 * A codec that remembers the newest `max` values it decoded, by their bytes, for entries that nearly every transaction
 * reads and few change. Decoding is a function of the bytes alone, so nothing depends on what is remembered. The same
 * bytes give the same object: it is frozen, with its lists.
 */
export function remembering<T extends object>(codec: EntryCodec<T>, max: number): EntryCodec<T> {
  const known = new Map<string, T>();
  return {
    encode: (value) => codec.encode(value),
    decode: (bytes) => {
      const text = bytesToText(bytes);
      const found = known.get(text);
      if (found !== undefined) return found;
      const value = codec.decode(bytes);
      for (const part of Object.values(value)) if (Array.isArray(part)) Object.freeze(part);
      known.set(text, Object.freeze(value));
      if (known.size > max) {
        const oldest = known.keys().next();
        if (!oldest.done) known.delete(oldest.value);
      }
      return value;
    },
  };
}

/** Canonical DAG-CBOR of at most `bytesMax` bytes in the shape, or LedgerError(code) with the field that failed. */
export function decodeShape<T>(
  code: LedgerErrorCode,
  bytes: Uint8Array,
  bytesMax: number,
  shape: (value: unknown) => T,
): T {
  try {
    return shape(decode(bytes, bytesMax));
  } catch (error) {
    throw new LedgerError(code, { field: error instanceof ShapeError ? error.field : 'encoding' }, error);
  }
}
