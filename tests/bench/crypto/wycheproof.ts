/**
 * The Wycheproof suites of the primitives that the scheme stands on, over a folder with their `*_test.json`
 * (testvectors_v1 of C2SP/wycheproof, not part of this repository).
 * Run: `node tests/bench/crypto/wycheproof.ts <folder>`; exit code 1 when a verdict differs.
 */
import { createCipheriv } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { fromHex, isSealPublicKey, nobleBackend, toHex } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { Fields } from '../../vectors/crypto/operations/fields.ts';

/** True: done as the vector says; false: refused or another result. */
type Check = (test: Fields, group: Fields) => boolean | Promise<boolean>;

const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder with the suites is the argument');
const backends = [nobleBackend, await createNativeBackend()];
const { subtle } = globalThis.crypto;

const aead =
  (cipher: typeof chacha20poly1305): Check =>
  (test) => {
    const box = cipher(test.bytes('key'), test.bytes('iv'), test.bytes('aad'));
    const sealed = `${test.text('ct')}${test.text('tag')}`;
    if (toHex(box.decrypt(fromHex(sealed))) !== test.text('msg')) return false;
    return toHex(box.encrypt(test.bytes('msg'))) === sealed;
  };

/** The body cipher's own kind: 256-bit key, 96-bit nonce, 128-bit tag; by Web Crypto and by OpenSSL. */
const gcm: Check = async (test) => {
  const [iv, additionalData] = [Uint8Array.from(test.bytes('iv')), Uint8Array.from(test.bytes('aad'))];
  const key = await subtle.importKey('raw', Uint8Array.from(test.bytes('key')), 'AES-GCM', false, [
    'decrypt',
  ]);
  const sealed = Uint8Array.from(fromHex(`${test.text('ct')}${test.text('tag')}`));
  const opened = await subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed);
  const cipher = createCipheriv('aes-256-gcm', test.bytes('key'), iv).setAAD(additionalData);
  const again = `${cipher.update(test.text('msg'), 'hex', 'hex')}${cipher.final('hex')}`;
  const tag = cipher.getAuthTag().toString('hex');
  return toHex(new Uint8Array(opened)) === test.text('msg') && again + tag === toHex(sealed);
};

const SUITES: Readonly<Record<string, Check>> = {
  ed25519_test: (test, group) => {
    const key = group.fields('publicKey').bytes('pk');
    const verdicts = backends.map(({ signatures }) =>
      signatures.verify(test.bytes('sig'), test.bytes('msg'), key),
    );
    if (verdicts[0] !== verdicts[1]) throw new Error('the backends differ');
    return verdicts[0] === true;
  },
  x25519_test: (test) =>
    toHex(x25519.getSharedSecret(test.bytes('private'), test.bytes('public'))) === test.text('shared'),
  chacha20_poly1305_test: aead(chacha20poly1305),
  xchacha20_poly1305_test: aead(xchacha20poly1305),
  aes_gcm_test: gcm,
  hkdf_sha256_test: (test) =>
    toHex(hkdf(sha256, test.bytes('ikm'), test.bytes('salt'), test.bytes('info'), test.number('size'))) ===
    test.text('okm'),
  mlkem_768_test: (test) => {
    const { publicKey, secretKey } = ml_kem768.keygen(test.bytes('seed'));
    if (test.has('ek') && toHex(publicKey) !== test.text('ek')) return false;
    return toHex(ml_kem768.decapsulate(test.bytes('c'), secretKey)) === test.text('K');
  },
  mlkem_768_keygen_seed_test: (test) => {
    const { publicKey, secretKey } = ml_kem768.keygen(test.bytes('seed'));
    return toHex(publicKey) === test.text('ek') && toHex(secretKey) === test.text('dk');
  },
  mlkem_768_encaps_test: (test) => {
    const key = test.bytes('ek');
    // The registration check must say the same of the ML-KEM half as the encapsulation does.
    const isRegistrable = isSealPublicKey(Uint8Array.from([...key, 9, ...new Uint8Array(31)]));
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(key, test.bytes('m'));
    return isRegistrable && toHex(cipherText) === test.text('c') && toHex(sharedSecret) === test.text('K');
  },
};

/** What a vector of this suite must come to; 'acceptable' ones may go either way and are counted apart. */
async function verdictOf(check: Check, test: Fields, group: Fields): Promise<boolean> {
  try {
    return await check(test, group);
  } catch (error) {
    if (error instanceof TypeError && error.message.includes('expected')) {
      // A vector without a field that the check reads: the shape of the suite changed.
      if (/^(\w+): expected/.test(error.message)) throw error;
    }
    return false;
  }
}

let wrong = 0;
for (const [name, check] of Object.entries(SUITES)) {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    console.error(`${name}: not in the folder`);
    wrong++;
    continue;
  }
  const suite = new Fields(JSON.parse(readFileSync(path, 'utf8')));
  const count = { right: 0, acceptable: 0, outside: 0 };
  for (const group of suite.fieldsList('testGroups')) {
    for (const test of group.fieldsList('tests')) {
      const isOurs =
        name !== 'aes_gcm_test' || (group.number('keySize') === 256 && group.number('ivSize') === 96);
      if (!isOurs) {
        count.outside++;
        continue;
      }
      const [verdict, expected] = [await verdictOf(check, test, group), test.text('result')];
      if (expected === 'acceptable') count.acceptable++;
      else if (verdict === (expected === 'valid')) count.right++;
      else {
        wrong++;
        console.error(`${name} ${test.number('tcId')}: expected ${expected}, got ${verdict}`);
      }
    }
  }
  const { right, acceptable, outside } = count;
  console.log(`${name}: ${right} as expected, ${acceptable} acceptable, ${outside} of other parameters`);
}
console.log(wrong === 0 ? 'no verdict differs' : `${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
