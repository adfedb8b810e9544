import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '#crypto';
import { scalarToBytes } from '../../../crypto/scalar.ts';
import { backends } from '../../unit/crypto/cast.ts';

describe.each(backends)('RFC 9496 on $name', ({ group }) => {
  it('A.1: small multiples of the generator', () => {
    const multiples = [
      'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
      '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
      '94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259',
      'da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57',
      'e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e',
    ];
    for (const [i, hex] of multiples.entries()) {
      expect(toHex(group.multiplyBase(scalarToBytes(BigInt(i + 1))))).toBe(hex);
      expect(toHex(group.sum([{ coefficient: BigInt(i + 1), point: group.generator }]))).toBe(hex);
    }
  });
  it('A.3: invalid encodings are refused', () => {
    const invalid = [
      // Non-canonical field encodings.
      '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      // Negative field elements.
      '0100000000000000000000000000000000000000000000000000000000000000',
      '01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20',
      'c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562',
      'c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78',
      '47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24',
      'f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72',
      '87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309',
      // Non-square x^2.
      '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
      '4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f',
      'de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b',
      // The identity, which this scheme refuses as well.
      '0000000000000000000000000000000000000000000000000000000000000000',
    ];
    for (const hex of invalid) expect(group.isElement(fromHex(hex)), hex).toBe(false);
  });
});

describe.each(backends)('RFC 8032, 7.1 on $name', ({ signatures }) => {
  it.each([
    {
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ])('signs and verifies message "$message"', ({ seed, publicKey, message, signature }) => {
    const pair = signatures.keyPair(fromHex(seed));
    expect(toHex(pair.publicKey)).toBe(publicKey);
    expect(toHex(signatures.sign(fromHex(message), pair.secretKey))).toBe(signature);
    expect(signatures.verify(fromHex(signature), fromHex(message), pair.publicKey)).toBe(true);
    expect(signatures.verify(fromHex(signature), fromHex(`${message}00`), pair.publicKey)).toBe(false);
  });
});

describe('primitives', () => {
  it('RFC 5869, A.1 and A.3: HKDF-SHA-256', () => {
    const secret = new Uint8Array(22).fill(0x0b);
    expect(toHex(hkdf(sha256, secret, fromHex('000102030405060708090a0b0c'), fromHex('f0f1f2f3f4f5f6f7f8f9'), 42))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    expect(toHex(hkdf(sha256, secret, undefined, new Uint8Array(0), 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });
  it('RFC 9380, K.3: expand_message_xmd with SHA-512', () => {
    const tag = utf8('QUUX-V01-CS02-with-expander-SHA512-256');
    expect(toHex(expand_message_xmd(utf8(''), tag, 32, sha512))).toBe(
      '6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba',
    );
  });
  it('draft-connolly-cfrg-xwing-kem, C: X-Wing', () => {
    const seed = fromHex('7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26');
    const randomness = fromHex(
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    );
    const { publicKey, secretKey } = xWing.keygen(seed);
    const { cipherText, sharedSecret } = xWing.encapsulate(publicKey, randomness);
    expect(toHex(sharedSecret)).toBe('d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384');
    expect(xWing.decapsulate(cipherText, secretKey)).toEqual(sharedSecret);
  });
});
