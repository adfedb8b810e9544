import {
  CryptoError,
  decode,
  derivePersonKeys,
  DOMAIN,
  encode,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  expectText,
  fromBase64Url,
  hash,
  openBox,
  sealBox,
  toBase64Url,
  toHex,
  unwrapRoot,
  wrapRoot,
} from '#crypto';
import type { Backend, PassphraseKdf, PersonKeys } from '#crypto';
import { KEYRING_PLACES } from '#consensus/ledger';
import { base64Url, hex32 } from './api.ts';
import { ClientError } from './client-error.ts';
import { contentsOf, decodeContents } from './keyring-contents.ts';
import type { KeyringContents } from './keyring-contents.ts';
import type { MemberTrust } from './member-history.ts';
import { BASE64URL, choice, object, text } from './wire-shape.ts';
import type { ShapeOf } from './wire-shape.ts';

/** What the client remembers of one patient's keyring. */
export interface VaultKeyring extends KeyringContents {
  /** Links of the newest entries that were read or written, as texts: one for each place at most. */
  boxes: string[];
  /** False while seeds or plans exist only here: they are published before anything is sealed under them. */
  isPublished: boolean;
}

/** A grant that this person issued: the ledger knows only a commitment to what is in it. */
export interface VaultGrant {
  grant: Uint8Array;
  patient: Uint8Array;
  categories: string[];
  months: string[];
}

/**
 * What a person's device remembers between sessions, in the clear and in memory only. Plain data: bytes, texts,
 * numbers and lists. `sealVault` makes the form that may lie on a disk. All of it but `newestHeight`,
 * `trust` and `grants` can be fetched again from the sealed keyring with the root key alone.
 */
export interface Vault {
  version: 1;
  newestHeight: number;
  /** The newest members that were verified; null before the first head. */
  trust: MemberTrust | null;
  keyrings: VaultKeyring[];
  grants: VaultGrant[];
}

export const emptyVault = (): Vault => ({
  version: 1,
  newestHeight: 0,
  trust: null,
  keyrings: [],
  grants: [],
});

/** A vault at rest, plain JSON: the root under a passphrase, everything else sealed to the root's own keys. */
export const sealedVaultSchema = object({
  version: choice([1]),
  person: hex32,
  wrappedRoot: text({ pattern: BASE64URL, max: 2048 }),
  contents: base64Url,
});
export type SealedVault = ShapeOf<typeof sealedVaultSchema>;

const VAULT_BYTES_MAX = 16 * 1024 * 1024;
const LIST_MAX = 10_000;

const contextOf = (person: Uint8Array): Uint8Array =>
  hash(DOMAIN.keyring, new TextEncoder().encode('vault'), person);

function encodeVault(vault: Vault): Uint8Array {
  return encode({
    ...vault,
    keyrings: vault.keyrings.map((keyring) => ({
      boxes: keyring.boxes,
      published: keyring.isPublished,
      contents: contentsOf(keyring),
    })),
  });
}

const textsOf = (value: unknown, field: string): string[] =>
  expectList(value, 0, LIST_MAX, field).map((text) => expectText(text, 64, field));

function decodeVault(bytes: Uint8Array): Vault {
  const value = decode(bytes, VAULT_BYTES_MAX);
  // Vaults from before institutions could join have no field for it.
  const hasTrust = typeof value === 'object' && value !== null && 'trust' in value;
  const map = expectMap(
    value,
    ['version', 'newestHeight', ...(hasTrust ? (['trust'] as const) : []), 'keyrings', 'grants'],
    'vault',
  );
  expectInteger(map.version, 1, 1, 'version');
  return {
    version: 1,
    newestHeight: expectInteger(map.newestHeight, 0, Number.MAX_SAFE_INTEGER, 'newestHeight'),
    trust: hasTrust ? trustFrom(map['trust']) : null,
    keyrings: expectList(map.keyrings, 0, LIST_MAX, 'keyrings').map((value) => {
      const { boxes, published, contents } = expectMap(value, ['boxes', 'published', 'contents'], 'keyring');
      if (!(contents instanceof Uint8Array)) throw new CryptoError('encoding', 'keyring');
      return {
        ...decodeContents(contents),
        boxes: expectList(boxes, 0, KEYRING_PLACES.length, 'boxes').map((box) => expectText(box, 128, 'box')),
        isPublished: published === true,
      };
    }),
    grants: expectList(map.grants, 0, LIST_MAX, 'grants').map((value) => {
      const grant = expectMap(value, ['grant', 'patient', 'categories', 'months'], 'grant');
      return {
        grant: expectBytes(grant.grant, 32, 'grant'),
        patient: expectBytes(grant.patient, 32, 'patient'),
        categories: textsOf(grant.categories, 'categories'),
        months: textsOf(grant.months, 'months'),
      };
    }),
  };
}

function trustFrom(value: unknown): MemberTrust | null {
  if (value === null) return null;
  const { fromHeight, hash: setHash, timeMs } = expectMap(value, ['fromHeight', 'hash', 'timeMs'], 'trust');
  return {
    fromHeight: expectInteger(fromHeight, 1, Number.MAX_SAFE_INTEGER, 'fromHeight'),
    hash: expectBytes(setHash, 32, 'hash'),
    timeMs: expectInteger(timeMs, 0, Number.MAX_SAFE_INTEGER, 'timeMs'),
  };
}

/** The vault as it may lie on a disk. Takes about a second of one core for the passphrase. */
export async function sealVault(
  backend: Backend,
  init: { keys: PersonKeys; vault: Vault; passphrase: string; kdf?: PassphraseKdf },
): Promise<SealedVault> {
  const { keys, vault, passphrase, kdf } = init;
  const wrapped = await wrapRoot({ root: keys.root, passphrase, ...(kdf === undefined ? {} : { kdf }) });
  const box = sealBox(backend, {
    sender: { id: keys.id, secretKey: keys.sign.secretKey },
    recipientSeal: keys.seal.publicKey,
    context: contextOf(keys.id),
    plaintext: encodeVault(vault),
  });
  return {
    version: 1,
    person: toHex(keys.id),
    wrappedRoot: toBase64Url(wrapped),
    contents: toBase64Url(box),
  };
}

/** Keys and vault again. @throws CryptoError `open-failed` (wrong passphrase or changed file), ClientError `input-invalid`. */
export async function openVault(
  backend: Backend,
  init: { sealed: unknown; passphrase: string },
): Promise<{ keys: PersonKeys; vault: Vault }> {
  const parsed = sealedVaultSchema.safeParse(init.sealed);
  if (!parsed.success) throw new ClientError('input-invalid', { what: 'vault' });
  const { person, wrappedRoot, contents } = parsed.data;
  const root = await unwrapRoot({ wrapped: fromBase64Url(wrappedRoot), passphrase: init.passphrase });
  const keys = derivePersonKeys(backend, root);
  if (toHex(keys.id) !== person) throw new CryptoError('open-failed');
  const bytes = openBox(backend, {
    senderPublicKey: keys.sign.publicKey,
    senderId: keys.id,
    recipient: keys.seal,
    context: contextOf(keys.id),
    box: fromBase64Url(contents),
  });
  return { keys, vault: decodeVault(bytes) };
}
