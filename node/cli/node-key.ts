import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** The file of a node's root key. Its mode is 0600; a file that others can read is refused. */
export const NODE_KEY_FORMAT = 'phr-mesh/node-key/1';
const NODE_KEY_FILE_BYTES_MAX = 4096;
const ROOT_BYTES = 32;

const nodeKeySchema = z.strictObject({
  format: z.literal(NODE_KEY_FORMAT),
  /** True for a key computed from a public seed. */
  devnet: z.boolean(),
  root: z.base64url().length(43),
});

export interface NodeKey {
  /** 32 bytes; every key of the node is derived from it. */
  root: Uint8Array;
  devnet: boolean;
}

export const NODE_KEY_ERROR_CODES = [
  'key-exists',
  'key-unwritable',
  'key-unreadable',
  'key-malformed',
  'key-exposed',
] as const;
export type NodeKeyErrorCode = (typeof NODE_KEY_ERROR_CODES)[number];

export class NodeKeyError extends Error {
  override readonly name = 'NodeKeyError';
  readonly code: NodeKeyErrorCode;
  readonly file: string;
  constructor(code: NodeKeyErrorCode, file: string, options?: ErrorOptions) {
    super(`${code}: ${file}`, options);
    this.code = code;
    this.file = file;
  }
}

/**
 * Writes a new key file, mode 0600, synced to disk. Never overwrites: a lost key is a lost validator.
 *
 * @throws NodeKeyError `key-exists`, `key-unwritable`
 */
export function createNodeKeyFile(file: string, key: NodeKey): void {
  const text = JSON.stringify({
    format: NODE_KEY_FORMAT,
    devnet: key.devnet,
    root: Buffer.from(key.root).toString('base64url'),
  });
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', 0o600);
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new NodeKeyError(exists ? 'key-exists' : 'key-unwritable', file, { cause });
  }
  try {
    // The umask may have taken owner bits away, never added any for others.
    chmodSync(file, 0o600);
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  writeFileSync(unusedMark(file), markOf(key.root), { mode: 0o600 });
}

/** Lies beside a key from when it is made until its node starts for the first time. */
const unusedMark = (file: string): string => `${file}.unused`;

/** Names the key without telling it: the mark of another key says nothing of this one. */
const markOf = (root: Uint8Array): string => `${createHash('sha256').update(root).digest('hex')}\n`;

/**
 * True once in the life of a key: at the first start since `createNodeKeyFile` made it, when it can have signed nothing.
 * The mark is gone from the disk before this returns true. Never throws: without a mark, or with one that cannot be
 * removed, the key counts as used.
 */
export function takeUnusedMark(file: string, root: Uint8Array): boolean {
  try {
    const isOfKey = readFileSync(unusedMark(file), 'utf8') === markOf(root);
    unlinkSync(unusedMark(file));
    const directory = openSync(dirname(file), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
    return isOfKey;
  } catch {
    return false;
  }
}

/**
 * Reads a key file.
 *
 * @throws NodeKeyError `key-unreadable`, `key-exposed` (readable by others), `key-malformed`
 */
export function readNodeKeyFile(file: string): NodeKey {
  let text: string;
  let mode: number;
  try {
    const descriptor = openSync(file, 'r');
    try {
      const stat = fstatSync(descriptor);
      mode = stat.mode;
      if (!stat.isFile() || stat.size > NODE_KEY_FILE_BYTES_MAX)
        throw new NodeKeyError('key-malformed', file);
      text = readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if (cause instanceof NodeKeyError) throw cause;
    throw new NodeKeyError('key-unreadable', file, { cause });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new NodeKeyError('key-exposed', file);
  const parsed = nodeKeySchema.safeParse(parseJson(text));
  // The cause would quote the text, and with it the key.
  if (!parsed.success) throw new NodeKeyError('key-malformed', file);
  const root = new Uint8Array(Buffer.from(parsed.data.root, 'base64url'));
  if (root.length !== ROOT_BYTES) throw new NodeKeyError('key-malformed', file);
  return { root, devnet: parsed.data.devnet };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
