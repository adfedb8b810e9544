import { CryptoError } from './crypto-error.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** UTF-8 bytes of a text (SCHEME 1). A lone surrogate becomes U+FFFD. Never throws. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** One array of bytes holding all parts in order: the `|` of SCHEME 1. Never throws. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Equality of bytes whose time depends on the length only, as far as an engine allows (SCHEME 10). Never throws. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/**
 * Lexicographic order of unsigned bytes, a proper prefix first: negative, zero or positive. The order of keys of one
 * length in canonical CBOR (RFC 8949, 4.2.1). Never throws.
 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** WebCrypto wants bytes of a plain ArrayBuffer; a copy is made only for others. */
export function plainBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}

/** Overwrites the bytes of secrets. Best effort: the engine may have made copies (SCHEME 10). Never throws. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/**
 * Gives memory back at once, without waiting for the collector; `bytes` has 0 bytes afterwards. Only for an array that
 * nobody else holds and that has a buffer of its own: any other is left alone, and so is one of an old engine. No part
 * of the scheme (SCHEME 4 bodies are what is given back). Never throws.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.length) return;
  if ('transfer' in buffer) buffer.transfer(0);
}

/** The `u32` of SCHEME 1: big-endian, 4 bytes. Throws CryptoError('input-invalid') outside 0..2^32-1. */
export function uint32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new CryptoError('input-invalid', 'not an unsigned 32-bit integer');
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The `u64` of SCHEME 1: big-endian, 8 bytes, of a safe integer. Throws CryptoError('input-invalid') for any other. */
export function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CryptoError('input-invalid', 'not an unsigned safe integer');
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lowercase hex (RFC 4648, 8), two letters a byte. Never throws. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of strict lowercase hex (RFC 4648, 8); throws CryptoError('encoding') on anything else. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text))
    throw new CryptoError('encoding', 'not lowercase hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE64_URL_LETTERS = encoder.encode(BASE64_URL);
const BASE64_URL_VALUES = new Map(BASE64_URL.split('').map((letter, value) => [letter.charCodeAt(0), value]));

/** Bytes as base64url without padding (RFC 4648, 5). Never throws. */
export function toBase64Url(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const count = left >= 3 ? 4 : left + 1;
    for (let k = 0; k < count; k++) letters[at++] = BASE64_URL_LETTERS[(group >> (18 - 6 * k)) & 63] ?? 0;
  }
  return decoder.decode(letters);
}

/**
 * Bytes of strict base64url (RFC 4648, 5): no padding, no other alphabet, unused bits zero; throws
 * CryptoError('encoding').
 */
export function fromBase64Url(text: string): Uint8Array {
  if (text.length % 4 === 1) throw new CryptoError('encoding', 'not base64url');
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const value = BASE64_URL_VALUES.get(text.charCodeAt(i));
    if (value === undefined) throw new CryptoError('encoding', 'not base64url');
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[offset++] = (buffer >> bits) & 0xff;
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) throw new CryptoError('encoding', 'base64url is not canonical');
  return bytes;
}
