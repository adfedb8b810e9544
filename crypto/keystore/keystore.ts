import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { systemRandom } from '../backend/random.ts';
import { equalBytes, utf8, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import { kdf } from '../hash.ts';
import { ROOT_BYTES } from '../bounds.ts';
import { expectBytes, expectInteger, expectMap, expectText } from '../shape.ts';

export type PassphraseKdf = 'argon2id' | 'scrypt';

const KEYSTORE_BYTES_MAX = 512;
const PASSPHRASE_BYTES_MAX = 1024;

/** Fixed: a file can neither ask for a weaker function nor for all the memory of the machine. */
const ARGON2ID = { m: 19 * 1024, t: 2, p: 1, dkLen: 32 } as const;
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, dkLen: 32 } as const;

type Stretch = (password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>;

/** Loaded when a passphrase is asked for: a worker that opens records never needs them. */
export async function loadKdf(name: PassphraseKdf): Promise<Stretch> {
  if (name === 'argon2id') {
    const { argon2idAsync } = await import('@noble/hashes/argon2.js');
    return (password, salt) => argon2idAsync(password, salt, ARGON2ID);
  }
  const { scryptAsync } = await import('@noble/hashes/scrypt.js');
  return (password, salt) => scryptAsync(password, salt, SCRYPT);
}

/** 1 to 1024 bytes of UTF-8 after NFKC. */
export function passphraseBytes(passphrase: string): Uint8Array {
  const password = utf8(passphrase.normalize('NFKC'));
  if (password.length < 1 || password.length > PASSPHRASE_BYTES_MAX) {
    throw new CryptoError('input-invalid', 'passphrase length');
  }
  return password;
}

async function stretchWith(stretch: Stretch, passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  const password = passphraseBytes(passphrase);
  const key = await stretch(password, salt);
  wipe(password);
  return key;
}

function wrappingKeys(stretched: Uint8Array, name: PassphraseKdf) {
  const output = kdf(DOMAIN.keystore, stretched, [utf8(name)], 32 + 24 + 32);
  return { key: output.subarray(0, 32), nonce: output.subarray(32, 56), commitment: output.subarray(56) };
}

export interface WrapRootInit {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** 1 to 1024 bytes of UTF-8 after NFKC. */
  readonly passphrase: string;
  readonly kdf?: PassphraseKdf;
}

/**
 * A root of 32 bytes under a passphrase (SCHEME 7): Argon2id (19 MiB, t=2, p=1; RFC 9106) or scrypt (N=2^17, r=8, p=1),
 * then XChaCha20-Poly1305 with a key commitment. Takes about a second of one core. At most 512 bytes. Throws
 * CryptoError('key-invalid' | 'input-invalid').
 */
export async function wrapRoot(init: WrapRootInit): Promise<Uint8Array> {
  if (init.root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  const name = init.kdf ?? 'argon2id';
  const salt = systemRandom(16);
  const stretched = await stretchWith(await loadKdf(name), init.passphrase, salt);
  const { key, nonce, commitment } = wrappingKeys(stretched, name);
  const box = xchacha20poly1305(key, nonce).encrypt(init.root);
  return encode({ version: 1, kdf: name, salt, commitment, box });
}

interface Keystore {
  readonly kdf: PassphraseKdf;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly box: Uint8Array;
}

function decodeKeystore(wrapped: Uint8Array): Keystore {
  const keys = ['version', 'kdf', 'salt', 'commitment', 'box'] as const;
  const map = expectMap(decode(wrapped, KEYSTORE_BYTES_MAX), keys, 'keystore');
  expectInteger(map.version, 1, 1, 'version');
  const name = expectText(map.kdf, 16, 'kdf');
  if (name !== 'argon2id' && name !== 'scrypt') throw new CryptoError('encoding', 'kdf');
  return {
    kdf: name,
    salt: expectBytes(map.salt, 16, 'salt'),
    commitment: expectBytes(map.commitment, 32, 'commitment'),
    box: expectBytes(map.box, ROOT_BYTES + 16, 'box'),
  };
}

/** What goes wrong with the content is 'open-failed' and says no more. */
async function uniformly<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new CryptoError('open-failed');
  }
}

/**
 * The 32 bytes of the root out of a keystore of at most 512 bytes (SCHEME 7); throws CryptoError('open-failed') for a
 * wrong passphrase and for a damaged file alike. That the code of the function could not be loaded is passed on, since
 * a passphrase has no part in it.
 */
export async function unwrapRoot(init: {
  readonly wrapped: Uint8Array;
  readonly passphrase: string;
}): Promise<Uint8Array> {
  const keystore = await uniformly(() => decodeKeystore(init.wrapped));
  const stretch = await loadKdf(keystore.kdf);
  return uniformly(async () => {
    const stretched = await stretchWith(stretch, init.passphrase, keystore.salt);
    const { key, nonce, commitment } = wrappingKeys(stretched, keystore.kdf);
    if (!equalBytes(commitment, keystore.commitment)) throw new CryptoError('open-failed');
    return xchacha20poly1305(key, nonce).decrypt(keystore.box);
  });
}
