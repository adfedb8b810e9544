import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CryptoError, derivePersonKeys, toHex, unwrapRoot } from '#crypto';
import { ClientError, createClient, isPrivateWay, openVault } from '#node/client';
import type { PhrClient } from '#node/client';
import { numberOption, requiredOption, textOption, UsageError } from './command.ts';
import type { CommandArgs } from './command.ts';
import { readGenesisFile } from './genesis-file.ts';
import { readPassphrase } from './passphrase.ts';
import { readStatus } from './read-status.ts';

const KEY_FILE_BYTES_MAX = 32 * 1024 * 1024;
const STATUS_TIMEOUT_MS = 10_000;

/** Options of every command that acts as a person. */
export const PERSON_OPTIONS = {
  node: { type: 'string' },
  genesis: { type: 'string' },
  keystore: { type: 'string' },
  vault: { type: 'string' },
  'passphrase-file': { type: 'string' },
  members: { type: 'string' },
} as const;
/** How long the commands that have much to do wait for a node that is away or busy. */
export const PATIENCE_OPTIONS = { patience: { type: 'string' } } as const;
const PATIENCE_MINUTES = 30;
export const PATIENCE_HELP = `
  --patience <minutes>       how long to wait for a node that is away or busy; default ${PATIENCE_MINUTES}, 0 not at all`;
export const patienceMsOf = (values: CommandArgs['values']): number =>
  (numberOption(values, 'patience', { min: 0, max: 10_000 }) ?? PATIENCE_MINUTES) * 60_000;
export const PERSON_USAGE =
  '--node <url> --genesis <file> (--keystore <file> | --vault <file>) --passphrase-file <file>';
export const PERSON_HELP = `
  --node <url>               origin of your institution's node, e.g. http://127.0.0.1:7401; https:// on
                             any other machine
  --genesis <file>           the network's genesis, from a source that you trust: answers are proven against it
  --keystore <file>          your key as "phr keys" made it
  --vault <file>             in place of it, your vault: it also remembers the grants that you gave
  --passphrase-file <file>   first line is the passphrase of the one or the other
  --members <fingerprint>    of the present members, as somebody you trust reads it to you; asked for when
                             institutions joined or left while this key was away for long`;

/**
 * The person's client at her own node. Keys stay in this process; the node must be one of the genesis, or proven to
 * belong now.
 * @throws UsageError, CryptoError `open-failed` for a wrong passphrase, ClientError `unreachable`
 */
export async function connectPerson({ values, io }: Pick<CommandArgs, 'values' | 'io'>): Promise<PhrClient> {
  const baseUrl = nodeOriginOf(requiredOption(values, 'node'));
  const genesis = readGenesisFile(resolve(io.cwd, requiredOption(values, 'genesis')));
  const [keystore, vaultFile] = [textOption(values, 'keystore'), textOption(values, 'vault')];
  if ((keystore === undefined) === (vaultFile === undefined))
    throw new UsageError('one of --keystore and --vault is needed');
  const passphrase = readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file')));
  const { createNativeBackend } = await import('#crypto/native');
  const backend = await createNativeBackend();
  const bytes = readKeyFile(resolve(io.cwd, keystore ?? vaultFile ?? ''));
  const opened = await withPassphraseOf(keystore === undefined ? '--vault' : '--keystore', async () =>
    keystore === undefined
      ? await openVault(backend, { sealed: parseVault(bytes), passphrase })
      : { keys: derivePersonKeys(backend, await unwrapRoot({ wrapped: bytes, passphrase })) },
  );
  const nodeId = await nodeIdAt(baseUrl, io.signal);
  const members = textOption(values, 'members');
  const trusted = members === undefined ? {} : { members };
  const client = createClient({ baseUrl, genesis, nodeId, backend, ...opened, ...trusted });
  const isFirst = client.genesis.institutions.some(({ id }) => toHex(id) === nodeId);
  if (!isFirst) {
    const joined = await client.consortium.members({ signal: io.signal });
    if (!joined.some(({ id }) => toHex(id) === nodeId))
      throw new UsageError('--node is no institution of this network');
  }
  return client;
}

/**
 * Says which file did not open.
 * @throws CryptoError `open-failed`
 */
export async function withPassphraseOf<T>(option: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (!(cause instanceof CryptoError) || cause.code !== 'open-failed') throw cause;
    const message = `${option} does not open with the passphrase in --passphrase-file`;
    throw new CryptoError('open-failed', message, { cause });
  }
}

/**
 * Who answers there, by its own word.
 * @throws ClientError `unreachable`, UsageError for what is no node, the reason of the signal
 */
export async function nodeIdAt(baseUrl: string, signal: AbortSignal): Promise<string> {
  const answer = await readStatus(baseUrl, STATUS_TIMEOUT_MS, signal);
  if (answer.ok) return answer.status.node;
  signal.throwIfAborted();
  if (answer.reason === 'not-a-node') throw new UsageError(`what answers at ${baseUrl} is no node`);
  throw new ClientError('unreachable', { node: baseUrl, reason: answer.reason });
}

/** @throws UsageError for what is no URL, and for plain HTTP to another machine: whoever listens would have the session */
export function nodeOriginOf(text: string): string {
  const url = URL.parse(text);
  if (url === null) throw new UsageError('--node takes a URL such as http://127.0.0.1:7401');
  if (!isPrivateWay(url)) throw new UsageError('--node takes https://, or http:// on this machine');
  return url.origin;
}

function readKeyFile(file: string): Uint8Array {
  try {
    if (statSync(file).size <= KEY_FILE_BYTES_MAX) return new Uint8Array(readFileSync(file));
  } catch {
    throw new UsageError('--keystore or --vault cannot be read');
  }
  throw new UsageError('--keystore or --vault is too long');
}

function parseVault(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UsageError('--vault is no vault');
  }
}
