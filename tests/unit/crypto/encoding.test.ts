import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CID,
  compareBytes,
  CRYPTO_ERROR_CODES,
  CryptoError,
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectMap,
  fromBase64Url,
  fromHex,
  hash,
  kdf,
  linkOf,
  matchesLink,
  parseLink,
  prf,
  toBase64Url,
  toHex,
  utf8,
} from '#crypto';
import { readFile } from 'node:fs/promises';

const encoding = expect.objectContaining({ code: 'encoding' });

describe('canonical encoding', () => {
  it('refuses every other encoding of a value', () => {
    const forms: Record<string, string> = {
      'a long integer': '1801',
      'an indefinite list': '9f01ff',
      'keys out of order': 'a2616201616102',
      'a key twice': 'a2616101616102',
      'a half float': 'f93c00',
      'trailing bytes': '0101',
      'an unknown tag': 'c001',
      undefined: 'f7',
      'an integer as float': 'fb3ff0000000000000',
      nothing: '',
      'a list of no end': '81'.repeat(100_000),
    };
    for (const [what, hex] of Object.entries(forms)) {
      expect(() => decode(fromHex(hex), 1_000_000), what).toThrow(encoding);
    }
  });
  it('takes a key __proto__ for a key like any other', () => {
    const value = decode(fromHex('a1695f5f70726f746f5f5fa0'), 100);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(() => expectMap(value, [], 'map')).toThrow(encoding);
  });
  it('refuses more bytes than allowed and values without a form', () => {
    const bytes = encode({ a: new Uint8Array(100) });
    expect(decode(bytes, bytes.length)).toEqual({ a: new Uint8Array(100) });
    expect(() => decode(bytes, bytes.length - 1)).toThrow(encoding);
    for (const value of [undefined, Number.NaN, { a: undefined }])
      expect(() => encode(value)).toThrow(encoding);
  });
  it('asks for exactly the fields of a map', () => {
    expect(expectMap({ a: 1, b: 2 }, ['b', 'a'], 'map')).toEqual({ a: 1, b: 2 });
    for (const wrong of [
      null,
      [],
      'a',
      { a: 1 },
      { a: 1, b: 2, c: 3 },
      { a: 1, c: 2 },
      linkOf('raw', utf8('x')),
    ]) {
      expect(() => expectMap(wrong, ['a', 'b'], 'map')).toThrow(encoding);
    }
  });
});

describe('links', () => {
  it('match their block and nothing else', () => {
    const bytes = utf8('block');
    const cid = linkOf('raw', bytes);
    expect(matchesLink(cid, bytes)).toBe(true);
    expect(matchesLink(cid, utf8('blocj'))).toBe(false);
    expect(parseLink(cid.toString()).equals(cid)).toBe(true);
    expect(decode(encode(cid), 100)).toEqual(cid);
    const identity = CID.createV1(0x55, {
      code: 0,
      size: 5,
      digest: Uint8Array.from(bytes),
      bytes: Uint8Array.of(0, 5, ...bytes),
    });
    expect(matchesLink(identity, bytes)).toBe(false);
    for (const wrong of ['', 'x', identity.toString(), cid.toString().toUpperCase(), 'b'.repeat(500)]) {
      expect(() => parseLink(wrong)).toThrow(encoding);
    }
  });
});

describe('bytes as text', () => {
  it('is strict both ways', () => {
    for (const length of [0, 1, 2, 3, 4, 31, 255]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }
    for (const wrong of ['A', 'AB', 'AA==', 'A+', 'A/', 'A A', 'ÿÿ'])
      expect(() => fromBase64Url(wrong)).toThrow(encoding);
    for (const wrong of ['0', 'AA', '0g', ' 0']) expect(() => fromHex(wrong)).toThrow(encoding);
  });
  it('compares', () => {
    expect(equalBytes(utf8('ab'), utf8('ab'))).toBe(true);
    expect(equalBytes(utf8('ab'), utf8('ac'))).toBe(false);
    expect(equalBytes(utf8('ab'), utf8('abc'))).toBe(false);
    const sorted = ['ab', '', 'b', 'a'].map(utf8).toSorted(compareBytes);
    expect(sorted.map((bytes) => new TextDecoder().decode(bytes))).toEqual(['', 'a', 'ab', 'b']);
  });
});

describe('hashes', () => {
  const frame = (...parts: Uint8Array[]) =>
    Buffer.concat(
      parts.flatMap((part) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(part.length);
        return [length, Buffer.from(part)];
      }),
    );
  it('are the standard functions over tagged, length-prefixed parts (oracle: node:crypto)', () => {
    const parts = [utf8('one'), new Uint8Array(0), utf8('three')];
    const message = frame(utf8(DOMAIN.vote), ...parts);
    expect(toHex(hash(DOMAIN.vote, ...parts))).toBe(createHash('sha256').update(message).digest('hex'));
    const key = utf8('key');
    expect(toHex(prf(DOMAIN.vote, key, ...parts))).toBe(
      createHmac('sha256', key).update(message).digest('hex'),
    );
    const expected = Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), message, 100)).toString('hex');
    expect(toHex(kdf(DOMAIN.vote, key, parts, 100))).toBe(expected);
  });
  it('depend on the tag and on where parts end', () => {
    expect(hash(DOMAIN.vote, utf8('a'), utf8('bc'))).not.toEqual(hash(DOMAIN.vote, utf8('ab'), utf8('c')));
    expect(hash(DOMAIN.vote, utf8('a'))).not.toEqual(hash(DOMAIN.vote, utf8('a'), new Uint8Array(0)));
    expect(hash(DOMAIN.vote, utf8('a'))).not.toEqual(hash(DOMAIN.receipt, utf8('a')));
  });
  it('use every domain tag once', () => {
    const tags = Object.values(DOMAIN);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags.every((tag) => /^phr-mesh\/v1\/[a-z0-9-]+$/.test(tag))).toBe(true);
  });
});

describe('error codes', () => {
  it('are all documented in SCHEME.md, and no others', async () => {
    const text = await readFile(new URL('../../../crypto/SCHEME.md', import.meta.url), 'utf8');
    const section = text.slice(text.indexOf('## Errors'));
    const documented = [...section.matchAll(/^\| `([a-z-]+)`\s*\|/gm)].map(([, code]) => code);
    expect(new Set(documented)).toEqual(new Set(CRYPTO_ERROR_CODES));
    expect(documented).toHaveLength(CRYPTO_ERROR_CODES.length);
    expect(new CryptoError('encoding')).toMatchObject({ name: 'CryptoError', code: 'encoding' });
  });
});
