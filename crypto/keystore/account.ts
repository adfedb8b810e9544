import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { systemRandom } from '../backend/random.ts';
import { concatBytes, equalBytes, utf8, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import { hash, kdf } from '../hash.ts';
import { ROOT_BYTES } from '../bounds.ts';
import { expectBytes, expectBytesUpTo, expectInteger, expectMap } from '../shape.ts';
import { loadKdf, passphraseBytes } from './keystore.ts';

/** An account box with the root and the id of its person, or with a label: small on purpose. */
export const ACCOUNT_BOX_BYTES_MAX = 1024;
const PLAINTEXT_BYTES_MAX = 512;
const PRF_BYTES = 32;
const NAME_BYTES_MAX = 256;

/**
 * What one way to unlock an account gives: the id under which the node keeps the wrapped root, and the key that opens
 * it. Neither says anything about the other, and without the secret nobody can name the id.
 */
export interface AccountSecrets {
  /** 32 bytes. */
  readonly lookup: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The root and the id it belongs to: after a change of keys the id is not the one of the root any more. */
export interface AccountRoot {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Person id, 32 bytes. */
  readonly person: Uint8Array;
}

/** Which node of which network: the same passphrase gives other secrets at another node. 32 bytes each. */
export interface AccountPlace {
  readonly chainId: Uint8Array;
  readonly nodeId: Uint8Array;
}

function secretsOf(secret: Uint8Array, way: string): AccountSecrets {
  const output = kdf(DOMAIN.account, secret, [utf8(way)], 64);
  return { lookup: output.slice(0, 32), key: output.slice(32) };
}

/**
 * Account name and passphrase, stretched once by Argon2id (as a keystore) with a salt of chain, node and name. The name
 * keeps people with the same passphrase apart, so there must be one: 1 to 256 bytes after NFKC, without case and outer white
 * space. Passphrase of 1 to 1024 bytes (SCHEME 7). @throws CryptoError `input-invalid` for other lengths
 */
export async function secretsFromPassphrase(
  init: AccountPlace & { readonly name: string; readonly passphrase: string },
): Promise<AccountSecrets> {
  const name = utf8(init.name.normalize('NFKC').trim().toLowerCase());
  if (name.length < 1 || name.length > NAME_BYTES_MAX) throw new CryptoError('input-invalid', 'account name');
  const password = passphraseBytes(init.passphrase);
  const salt = hash(DOMAIN.account, utf8('salt'), init.chainId, init.nodeId, name);
  const stretch = await loadKdf('argon2id');
  const stretched = await stretch(password, salt);
  const secrets = secretsOf(stretched, 'passphrase');
  wipe(password, stretched);
  return secrets;
}

/**
 * The salt that a passkey's PRF (WebAuthn level 3, `prf` extension) is asked with: the same for everybody at a node.
 * 32 bytes (SCHEME 7). Never throws.
 */
export function passkeySalt({ chainId, nodeId }: AccountPlace): Uint8Array {
  return hash(DOMAIN.account, utf8('passkey-salt'), chainId, nodeId);
}

/** Out of the 32 bytes that a passkey's PRF gives for `passkeySalt` (SCHEME 7). @throws CryptoError `key-invalid` */
export function secretsFromPasskey(output: Uint8Array): AccountSecrets {
  if (output.length !== PRF_BYTES) throw new CryptoError('key-invalid', 'a PRF output has 32 bytes');
  return secretsOf(output, 'passkey');
}

/**
 * For who has written down the root, 32 bytes: the box then only says which id the root belongs to (SCHEME 7).
 * @throws CryptoError `key-invalid`
 */
export function secretsFromRoot(root: Uint8Array): AccountSecrets {
  if (root.length !== ROOT_BYTES) throw new CryptoError('key-invalid', 'a root has 32 bytes');
  return secretsOf(root, 'recovery-code');
}

/**
 * Seals at most 512 bytes under the key of the secrets: XChaCha20-Poly1305 with a random nonce and a key commitment;
 * the lookup id is authenticated with it, so that a node cannot serve one box under another id (SCHEME 7).
 * @throws CryptoError `too-large`
 */
export function sealAccountBox(secrets: AccountSecrets, plaintext: Uint8Array): Uint8Array {
  if (plaintext.length > PLAINTEXT_BYTES_MAX) throw new CryptoError('too-large', 'account box');
  const nonce = systemRandom(24);
  const { key, commitment } = boxKeys(secrets, nonce);
  const box = xchacha20poly1305(key, nonce, secrets.lookup).encrypt(plaintext);
  return encode({ version: 1, nonce, commitment, box });
}

/**
 * What `sealAccountBox` sealed, at most 512 bytes, out of a box of at most 1024 (SCHEME 7).
 * @throws CryptoError `open-failed` for a wrong key, another id and a damaged box alike
 */
export function openAccountBox(secrets: AccountSecrets, box: Uint8Array): Uint8Array {
  try {
    const keys = ['version', 'nonce', 'commitment', 'box'] as const;
    const map = expectMap(decode(box, ACCOUNT_BOX_BYTES_MAX), keys, 'account box');
    expectInteger(map.version, 1, 1, 'version');
    const nonce = expectBytes(map.nonce, 24, 'nonce');
    const { key, commitment } = boxKeys(secrets, nonce);
    if (!equalBytes(commitment, expectBytes(map.commitment, 32, 'commitment')))
      throw new CryptoError('open-failed');
    const sealed = expectBytesUpTo(map.box, PLAINTEXT_BYTES_MAX + 16, 'box');
    return xchacha20poly1305(key, nonce, secrets.lookup).decrypt(sealed);
  } catch {
    throw new CryptoError('open-failed');
  }
}

function boxKeys(secrets: AccountSecrets, nonce: Uint8Array): { key: Uint8Array; commitment: Uint8Array } {
  const output = kdf(DOMAIN.account, secrets.key, [utf8('box'), secrets.lookup, nonce], 64);
  return { key: output.subarray(0, 32), commitment: output.subarray(32) };
}

/** Root and person id of an account, 32 bytes each, wrapped (SCHEME 7). @throws CryptoError `encoding` for other lengths */
export function wrapAccount(secrets: AccountSecrets, { root, person }: AccountRoot): Uint8Array {
  const plaintext = concatBytes(
    expectBytes(root, ROOT_BYTES, 'root'),
    expectBytes(person, ROOT_BYTES, 'person'),
  );
  const box = sealAccountBox(secrets, plaintext);
  wipe(plaintext);
  return box;
}

/** Root and person id again, 32 bytes each (SCHEME 7). @throws CryptoError `open-failed` */
export function unwrapAccount(secrets: AccountSecrets, box: Uint8Array): AccountRoot {
  const plaintext = openAccountBox(secrets, box);
  if (plaintext.length !== 2 * ROOT_BYTES) throw new CryptoError('open-failed');
  const opened = { root: plaintext.slice(0, ROOT_BYTES), person: plaintext.slice(ROOT_BYTES) };
  wipe(plaintext);
  return opened;
}
