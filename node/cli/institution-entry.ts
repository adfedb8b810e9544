import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { fromBase64Url, nodeIdOf, sha256, toBase64Url, toHex, verifyPublicKeys } from '#crypto';
import type { Backend, NodeKeys, PublicKeys } from '#crypto';
import type { Institution } from '#consensus/ledger';

/**
 * What an institution shows the others before the first block: the public half of its node key, its addresses, and the
 * public keys of its first administrators. Entries are assembled to the genesis file.
 */
export const ENTRY_FORMAT = 'phr-mesh/institution/1';
const ENTRY_FILE_BYTES_MAX = 256 * 1024;

const key = (bytes: number) => z.base64url().length(Math.ceil((bytes * 4) / 3));

export const publicKeysTextSchema = z.strictObject({
  sign: key(32),
  seal: key(1216),
  delegate: key(32),
  possession: key(64),
});
export type PublicKeysText = z.infer<typeof publicKeysTextSchema>;

export const entrySchema = z.strictObject({
  format: z.literal(ENTRY_FORMAT),
  devnet: z.boolean(),
  name: z.string().min(1).max(128),
  validatorKey: key(32),
  sealKey: key(1216),
  peerId: z.string().min(1).max(128),
  addresses: z.array(z.string().min(1).max(256)).min(1).max(8),
  administrators: z.array(publicKeysTextSchema).max(16),
});
export type InstitutionEntry = z.infer<typeof entrySchema>;

export type EntryErrorCode =
  | 'entry-unreadable'
  | 'entry-malformed'
  | 'entry-keys-invalid'
  | 'entries-conflict';

/** An entry or key file that cannot go into a genesis. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
  readonly code: EntryErrorCode;
  readonly detail: string;
  constructor(code: EntryErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}

export function entryOf(init: {
  name: string;
  devnet: boolean;
  keys: NodeKeys;
  peerId: string;
  addresses: string[];
  administrators: PublicKeysText[];
}): InstitutionEntry {
  return {
    format: ENTRY_FORMAT,
    devnet: init.devnet,
    name: init.name,
    validatorKey: toBase64Url(init.keys.validator.publicKey),
    sealKey: toBase64Url(init.keys.seal.publicKey),
    peerId: init.peerId,
    addresses: init.addresses,
    administrators: init.administrators,
  };
}

/** The genesis entry of an institution, with every administrator's keys verified. @throws EntryError */
export function institutionOf(backend: Backend, entry: InstitutionEntry): Institution {
  const validatorKey = fromBase64Url(entry.validatorKey);
  const sealKey = fromBase64Url(entry.sealKey);
  const administrators = entry.administrators.map(publicKeysFromText);
  if (!administrators.every((keys) => verifyPublicKeys(backend, keys))) {
    throw new EntryError('entry-keys-invalid', `the keys of an administrator of ${entry.name} prove nothing`);
  }
  return {
    id: nodeIdOf(validatorKey, sealKey),
    name: entry.name,
    validatorKey,
    sealKey,
    peerId: entry.peerId,
    addresses: entry.addresses,
    administrators,
  };
}

export function publicKeysToText(keys: PublicKeys): PublicKeysText {
  return {
    sign: toBase64Url(keys.sign),
    seal: toBase64Url(keys.seal),
    delegate: toBase64Url(keys.delegate),
    possession: toBase64Url(keys.possession),
  };
}

export function publicKeysFromText(text: PublicKeysText): PublicKeys {
  return {
    sign: fromBase64Url(text.sign),
    seal: fromBase64Url(text.seal),
    delegate: fromBase64Url(text.delegate),
    possession: fromBase64Url(text.possession),
  };
}

/** 16 hex digits that two people can compare by telephone. */
export function fingerprintOf(entry: InstitutionEntry): string {
  const bytes = new TextEncoder().encode(JSON.stringify(entrySchema.parse(entry)));
  return toHex(sha256(bytes)).slice(0, 16);
}

/** Reads a JSON file of one shape. @throws EntryError `entry-unreadable`, `entry-malformed` */
export function readJsonFile<T>(file: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    if (statSync(file).size > ENTRY_FILE_BYTES_MAX)
      throw new EntryError('entry-malformed', `${file} is too long`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof EntryError) throw cause;
    throw new EntryError('entry-unreadable', file, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EntryError('entry-malformed', `${file} is not JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EntryError(
      'entry-malformed',
      `${file}: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  return parsed.data;
}
