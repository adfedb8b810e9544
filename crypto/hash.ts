import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as sha256Digest, sha512 } from '@noble/hashes/sha2.js';
import { utf8 } from './bytes.ts';
import { digest } from './digest.ts';
import type { DomainTag } from './domain-tags.ts';
import { nonzeroScalar, reduceWide, scalarToBytes } from './scalar.ts';

/** 32 bytes. */
export type Hash = Uint8Array;

const tags = new Map<DomainTag, Uint8Array>();

function tagBytes(tag: DomainTag): Uint8Array {
  const known = tags.get(tag) ?? utf8(tag);
  tags.set(tag, known);
  return known;
}

/** SHA-256 without a tag, 32 bytes: for content addresses only (SCHEME 1, link). Never throws. */
export function sha256(bytes: Uint8Array): Hash {
  return digest(bytes);
}

/**
 * Injective encoding of a list of parts: every part behind its length as 4 bytes big-endian. Two different lists
 * never give the same bytes, so `hash(t, 'a', 'bc')` and `hash(t, 'ab', 'c')` have nothing in common.
 */
export function frame(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += 4 + part.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  // One allocation: this runs for every state key and leaf of the ledger.
  for (const part of parts) {
    const size = part.length;
    bytes[offset] = size >>> 24;
    bytes[offset + 1] = size >>> 16;
    bytes[offset + 2] = size >>> 8;
    bytes[offset + 3] = size;
    bytes.set(part, offset + 4);
    offset += 4 + size;
  }
  return bytes;
}

/** The H of SCHEME 1: SHA-256 over the framed tag and parts. 32 bytes. Never throws. */
export function hash(tag: DomainTag, ...parts: readonly Uint8Array[]): Hash {
  return digest(frame(tagBytes(tag), ...parts));
}

/** The PRF of SCHEME 1: HMAC-SHA-256 (RFC 2104) under `key` over the framed tag and parts. 32 bytes. Never throws. */
export function prf(tag: DomainTag, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac(sha256Digest, key, frame(tagBytes(tag), ...parts));
}

/**
 * The KDF of SCHEME 1: HKDF-SHA-256 (RFC 5869) without salt; `info` is the framed tag and parts. At most 8160 bytes;
 * more throws an Error of the library, since lengths are constants of the code.
 */
export function kdf(
  tag: DomainTag,
  secret: Uint8Array,
  parts: readonly Uint8Array[],
  length: number,
): Uint8Array {
  return hkdf(sha256Digest, secret, undefined, frame(tagBytes(tag), ...parts), length);
}

/**
 * The HS of SCHEME 1, a scalar of ristretto255 out of any input: RFC 9380 `expand_message_xmd` with SHA-512 and the
 * tag as DST, 64 bytes read little-endian (as RFC 9497 does for this group) and reduced mod l. 32 bytes, never zero:
 * throws CryptoError('scalar-invalid') in the case of probability 2^-252.
 */
export function hashToScalar(tag: DomainTag, ...parts: readonly Uint8Array[]): Uint8Array {
  const wide = expand_message_xmd(frame(...parts), tagBytes(tag), 64, sha512);
  return scalarToBytes(nonzeroScalar(reduceWide(wide)));
}
