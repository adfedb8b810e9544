import { readFileSync, statSync } from 'node:fs';
import { decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';

/** More than the largest genesis that the ledger accepts; the ledger has the exact bound. */
const GENESIS_FILE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Names of development networks begin so, and no other network's name does. The name is part of the genesis hash, so
 * the mark cannot be taken off a chain.
 */
export const DEVNET_NAME_PREFIX = 'devnet-';

export class GenesisFileError extends Error {
  override readonly name = 'GenesisFileError';
  readonly code = 'genesis-unreadable';
  readonly file: string;
  constructor(file: string, options?: ErrorOptions) {
    super(`genesis-unreadable: ${file}`, options);
    this.file = file;
  }
}

/**
 * Reads a genesis file and checks that its content is sound.
 *
 * @returns the canonical bytes
 * @throws GenesisFileError, LedgerError `genesis-malformed`
 */
export function readGenesisFile(file: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    if (statSync(file).size > GENESIS_FILE_BYTES_MAX) throw new GenesisFileError(file);
    bytes = new Uint8Array(readFileSync(file));
  } catch (cause) {
    if (cause instanceof GenesisFileError) throw cause;
    throw new GenesisFileError(file, { cause });
  }
  decodeGenesis(bytes);
  return bytes;
}

export function isDevnetName(name: string): boolean {
  return name.startsWith(DEVNET_NAME_PREFIX);
}

export function isDevnetGenesis(genesis: Genesis | Uint8Array): boolean {
  return isDevnetName((genesis instanceof Uint8Array ? decodeGenesis(genesis) : genesis).name);
}
