import { createPrivateKey, createPublicKey, decapsulate, encapsulate } from 'node:crypto';
import { shake128 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#crypto';
import { bytesOf } from '../../unit/crypto/cast.ts';

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const wide = (label: string): Uint8Array =>
  Uint8Array.from([...bytesOf(`${label}/1`), ...bytesOf(`${label}/2`)]);

/** OpenSSL's key pair out of the same 64-byte seed (d | z of FIPS 203). */
function openssl(seed: Uint8Array, publicKey: Uint8Array) {
  const key = { kty: 'AKP', alg: 'ML-KEM-768', pub: base64url(publicKey) };
  return {
    secret: createPrivateKey({ key: { ...key, priv: base64url(seed) }, format: 'jwk' }),
    public: createPublicKey({ key, format: 'jwk' }),
  };
}

describe('FIPS 203: ML-KEM-768', () => {
  it('comes to the accumulated digest of C2SP/CCTV over 100 keys, encapsulations and implicit rejections', () => {
    const [source, digest] = [shake128.create(), shake128.create()];
    for (let i = 0; i < 100; i++) {
      const { publicKey, secretKey } = ml_kem768.keygen(source.xof(64));
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, source.xof(32));
      expect(ml_kem768.decapsulate(cipherText, secretKey)).toEqual(sharedSecret);
      digest.update(publicKey).update(cipherText).update(sharedSecret);
      digest.update(ml_kem768.decapsulate(source.xof(1088), secretKey));
    }
    expect(toHex(digest.xof(32))).toBe('1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415');
  });

  it("agrees with OpenSSL's on keys, both directions, and the secret of a spoilt ciphertext", () => {
    for (let i = 0; i < 8; i++) {
      const seed = wide(`kem ${i}`);
      const { publicKey, secretKey } = ml_kem768.keygen(seed);
      const theirs = openssl(seed, publicKey);
      expect(createPublicKey(theirs.secret).export({ format: 'jwk' })['pub']).toBe(base64url(publicKey));
      const ours = ml_kem768.encapsulate(publicKey);
      expect(toHex(decapsulate(theirs.secret, ours.cipherText))).toBe(toHex(ours.sharedSecret));
      const made = encapsulate(theirs.public);
      expect(toHex(ml_kem768.decapsulate(Uint8Array.from(made.ciphertext), secretKey))).toBe(
        toHex(made.sharedKey),
      );
      const spoilt = Uint8Array.from(ours.cipherText);
      spoilt[i * 131] = (spoilt[i * 131] ?? 0) ^ 1;
      const rejected = ml_kem768.decapsulate(spoilt, secretKey);
      expect(toHex(decapsulate(theirs.secret, spoilt))).toBe(toHex(rejected));
      expect(toHex(rejected)).not.toBe(toHex(ours.sharedSecret));
    }
  });
});

describe('draft-connolly-cfrg-xwing-kem, C: X-Wing', () => {
  it('comes to the shared secret of the first vector, from both sides', () => {
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
