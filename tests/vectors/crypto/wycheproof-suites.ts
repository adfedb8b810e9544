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
import { Fields } from './operations/fields.ts';

/** True: done as the vector says; false: another result. What throws is a refusal. */
type Check = (test: Fields, group: Fields) => boolean | Promise<boolean>;

export interface Suite {
  /** Its file without `.json`, by the name of testvectors version 1 and of version 0. */
  readonly files: readonly string[];
  readonly check: Check;
  /** Fewer vectors than this that concern us are no suite. */
  readonly least: number;
  /** Vectors of parameters that the scheme does not have are counted apart. */
  readonly concerns?: (group: Fields) => boolean;
  /** Not part of the older collection, which Debian's stable release carries. */
  readonly isRecent?: true;
}

/** What came of a suite; `faults` names every vector whose verdict differs. */
export interface SuiteResult {
  readonly right: number;
  readonly acceptable: number;
  readonly outside: number;
  readonly faults: readonly string[];
}

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
  const key = await subtle.importKey('raw', Uint8Array.from(test.bytes('key')), 'AES-GCM', false, ['decrypt']);
  const sealed = Uint8Array.from(fromHex(`${test.text('ct')}${test.text('tag')}`));
  const opened = await subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed);
  const cipher = createCipheriv('aes-256-gcm', test.bytes('key'), iv).setAAD(additionalData);
  const again = `${cipher.update(test.text('msg'), 'hex', 'hex')}${cipher.final('hex')}`;
  const tag = cipher.getAuthTag().toString('hex');
  return toHex(new Uint8Array(opened)) === test.text('msg') && again + tag === toHex(sealed);
};

const eddsa: Check = (test, group) => {
  const key = group.fields(group.has('publicKey') ? 'publicKey' : 'key').bytes('pk');
  const [ours, theirs] = backends.map(({ signatures }) =>
    signatures.verify(test.bytes('sig'), test.bytes('msg'), key),
  );
  if (ours !== theirs) throw new TypeError('verdict: expected the same from both backends');
  return ours === true;
};

/** Every suite of a primitive that the scheme stands on. */
export const SUITES: Readonly<Record<string, Suite>> = {
  Ed25519: { files: ['ed25519_test', 'eddsa_test'], least: 140, check: eddsa },
  X25519: {
    files: ['x25519_test'],
    least: 500,
    check: (test) =>
      toHex(x25519.getSharedSecret(test.bytes('private'), test.bytes('public'))) === test.text('shared'),
  },
  'ChaCha20-Poly1305': { files: ['chacha20_poly1305_test'], least: 300, check: aead(chacha20poly1305) },
  'XChaCha20-Poly1305': { files: ['xchacha20_poly1305_test'], least: 280, check: aead(xchacha20poly1305) },
  'AES-256-GCM': {
    files: ['aes_gcm_test'],
    least: 48,
    check: gcm,
    concerns: (group) => group.number('keySize') === 256 && group.number('ivSize') === 96,
  },
  'HKDF-SHA-256': {
    files: ['hkdf_sha256_test'],
    least: 85,
    check: (test) =>
      toHex(hkdf(sha256, test.bytes('ikm'), test.bytes('salt'), test.bytes('info'), test.number('size'))) ===
      test.text('okm'),
  },
  'ML-KEM-768, decapsulation': {
    files: ['mlkem_768_test'],
    least: 100,
    isRecent: true,
    check: (test) => {
      const { publicKey, secretKey } = ml_kem768.keygen(test.bytes('seed'));
      if (test.has('ek') && toHex(publicKey) !== test.text('ek')) return false;
      return toHex(ml_kem768.decapsulate(test.bytes('c'), secretKey)) === test.text('K');
    },
  },
  'ML-KEM-768, decapsulation by an expanded key': {
    files: ['mlkem_768_semi_expanded_decaps_test'],
    least: 8,
    isRecent: true,
    check: (test) => {
      const secret = ml_kem768.decapsulate(test.bytes('c'), test.bytes('dk'));
      return !test.has('K') || toHex(secret) === test.text('K');
    },
  },
  'ML-KEM-768, keys': {
    files: ['mlkem_768_keygen_seed_test'],
    least: 50,
    isRecent: true,
    check: (test) => {
      const { publicKey, secretKey } = ml_kem768.keygen(test.bytes('seed'));
      return toHex(publicKey) === test.text('ek') && toHex(secretKey) === test.text('dk');
    },
  },
  'ML-KEM-768, encapsulation': {
    files: ['mlkem_768_encaps_test'],
    least: 100,
    isRecent: true,
    check: (test) => {
      const key = test.bytes('ek');
      // The registration check must say the same of the ML-KEM half as the encapsulation does.
      const isRegistrable = isSealPublicKey(Uint8Array.from([...key, 9, ...new Uint8Array(31)]));
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(key, test.bytes('m'));
      return isRegistrable && toHex(cipherText) === test.text('c') && toHex(sharedSecret) === test.text('K');
    },
  },
};

async function verdictOf(check: Check, test: Fields, group: Fields): Promise<'done' | 'differs' | 'refused'> {
  try {
    return (await check(test, group)) ? 'done' : 'differs';
  } catch (error) {
    // A vector without a field that the check reads: the shape of the suite changed, which is no refusal.
    if (error instanceof TypeError && /^\w+: expected/.test(error.message)) throw error;
    return 'refused';
  }
}

/** The file of a suite in the folder; undefined when it is not there. */
export function suiteFile(folder: string, { files }: Suite): string | undefined {
  return files.map((name) => join(folder, `${name}.json`)).find((path) => existsSync(path));
}

/**
 * Runs every vector of a file. A valid one must be done, an invalid one must not; an acceptable one may be refused,
 * but never come to another result.
 */
export async function runSuite(suite: Suite, path: string): Promise<SuiteResult> {
  const file = new Fields(JSON.parse(readFileSync(path, 'utf8')));
  const count = { right: 0, acceptable: 0, outside: 0 };
  const faults: string[] = [];
  for (const group of file.fieldsList('testGroups')) {
    for (const test of group.fieldsList('tests')) {
      if (suite.concerns?.(group) === false) {
        count.outside++;
        continue;
      }
      const [verdict, expected] = [await verdictOf(suite.check, test, group), test.text('result')];
      const isRight = {
        valid: verdict === 'done',
        invalid: verdict !== 'done',
        acceptable: verdict !== 'differs',
      }[expected];
      if (isRight !== true) faults.push(`${test.number('tcId')}: expected ${expected}, got ${verdict}`);
      else if (expected === 'acceptable') count.acceptable++;
      else count.right++;
    }
  }
  if (count.right + count.acceptable < suite.least) faults.push(`fewer than ${suite.least} vectors`);
  return { ...count, faults };
}
