import { argon2id } from '@noble/hashes/argon2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '#crypto';

describe('RFC 7914, 12: scrypt', () => {
  it.each([
    {
      password: '',
      salt: '',
      N: 16,
      r: 1,
      p: 1,
      key: '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
    },
    {
      password: 'password',
      salt: 'NaCl',
      N: 1024,
      r: 8,
      p: 16,
      key: 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    },
    {
      password: 'pleaseletmein',
      salt: 'SodiumChloride',
      N: 16_384,
      r: 8,
      p: 1,
      key: '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    },
  ])('stretches "$password" with N = $N, r = $r, p = $p', ({ password, salt, key, ...cost }) => {
    expect(toHex(scrypt(utf8(password), utf8(salt), { ...cost, dkLen: 64 }))).toBe(key);
  });
});

describe('RFC 9106, 5.3: Argon2id', () => {
  const cost = { t: 3, m: 32, p: 4, dkLen: 32, version: 0x13 };
  const [password, salt] = [new Uint8Array(32).fill(1), new Uint8Array(16).fill(2)];
  const bound = { key: new Uint8Array(8).fill(3), personalization: new Uint8Array(12).fill(4) };

  it('makes the tag of the memo from password, salt, secret and associated data', () => {
    expect(toHex(argon2id(password, salt, { ...cost, ...bound }))).toBe(
      '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
    );
  });
});
