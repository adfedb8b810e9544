import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CryptoError,
  derivePersonKeys,
  equalBytes,
  fromBase64Url,
  fromHex,
  ROOT_BYTES,
  toBase64Url,
  toHex,
} from '#crypto';
import type { Backend, PersonKeys } from '#crypto';
import {
  answerOf,
  API_PREFIX,
  ClientError,
  createClient,
  emptyVault,
  genesisSchema,
  isPrivateWay,
  openVault,
  readEnrolmentCode,
  sealVault,
} from '#node/client';
import type { EnrolmentCode, PhrClient, Vault } from '#node/client';
import { z } from 'zod';
import { ENROLMENTS_MAX, enrolmentDirectory, enrolmentNames, HOME_FILE } from './enrolment-folders.ts';
import { GatewayError } from './gateway-error.ts';
import { FIRST_ENROLMENT } from './source-secret.ts';

const HOME_BYTES_MAX = 4 * 1024 * 1024;
const GENESIS_TEXT_MAX = 4 * 1024 * 1024;
const GENESIS_TIMEOUT_MS = 15_000;

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

/** Keys and vault are sealed under the passphrase; the rest is public. */
const homeSchema = z.strictObject({
  version: z.literal(1),
  patient: hex32,
  nodeId: hex32,
  nodeUrl: z.url(),
  genesis: z.string().regex(/^[A-Za-z0-9_-]*$/),
  /** Checked by who opens it. */
  vault: z.unknown(),
});

/** What an enrolled gateway is. */
export interface GatewayHome {
  /** The enrolment's name at this gateway. */
  readonly name: string;
  /** Where its own files are. */
  readonly directory: string;
  /** Of the gateway: where the queue of all enrolments is. */
  readonly gatewayDirectory: string;
  readonly patient: Uint8Array;
  readonly nodeId: string;
  readonly nodeUrl: string;
  readonly genesis: Uint8Array;
  readonly keys: PersonKeys;
  readonly vault: Vault;
}

interface Asked {
  readonly backend: Backend;
  /** Of the gateway. */
  readonly directory: string;
  readonly passphrase: string;
  /** Of the enrolment; the first needs none. */
  readonly name?: string;
}

/**
 * Makes a gateway's keys for a patient's code and writes its home. The root never leaves it.
 * @returns the answer that goes back to the patient's client
 * @throws GatewayError `already-enrolled`, `transport-insecure`, `other-network`, ClientError `input-invalid` for a bad or expired code
 */
export async function enrolGateway(
  init: Asked & { readonly code: string; readonly nowMs: number; readonly fetch?: typeof fetch },
): Promise<string> {
  const { backend, passphrase, name = FIRST_ENROLMENT } = init;
  const code = readEnrolmentCode(init.code);
  const directory = enrolmentDirectory(init.directory, name);
  const file = join(directory, HOME_FILE);
  const others = enrolmentNames(init.directory);
  if (others.includes(name)) throw new GatewayError('already-enrolled', { enrolment: name });
  if (others.length >= ENROLMENTS_MAX)
    throw new GatewayError('sources-full', { enrolmentsMax: ENROLMENTS_MAX });
  requirePrivateWay(code.nodeUrl);
  if (init.nowMs >= code.expiresAtMs)
    throw new ClientError('input-invalid', { what: 'enrolment code expired' });
  const genesis = await genesisOf(code, backend, init.fetch ?? fetch);
  const first =
    others[0] === undefined ? undefined : readHomeFile(enrolmentDirectory(init.directory, others[0]));
  if (first !== undefined && first.genesis !== toBase64Url(genesis)) throw new GatewayError('other-network');
  const keys = derivePersonKeys(backend, backend.random(ROOT_BYTES));
  const home: z.infer<typeof homeSchema> = {
    version: 1,
    patient: toHex(code.patient),
    nodeId: toHex(code.nodeId),
    nodeUrl: code.nodeUrl,
    genesis: toBase64Url(genesis),
    vault: await sealVault(backend, { keys, vault: emptyVault(), passphrase }),
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // A gateway that runs looks for new files: it finds a whole one or none, and none is written over.
  const draft = `${file}.${toHex(backend.random(8))}`;
  try {
    writeFileSync(draft, `${JSON.stringify(home)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return answerOf(backend, code, keys);
}

/** @throws GatewayError `not-enrolled`, `disk-damaged`, `transport-insecure`, CryptoError `open-failed` for a wrong passphrase */
export async function openGatewayHome(init: Asked): Promise<GatewayHome> {
  const { backend, passphrase, name = FIRST_ENROLMENT } = init;
  const directory = enrolmentDirectory(init.directory, name);
  if (!existsSync(join(directory, HOME_FILE))) throw new GatewayError('not-enrolled', { enrolment: name });
  const file = readHomeFile(directory);
  if (file === undefined) throw new GatewayError('disk-damaged', { enrolment: name, file: HOME_FILE });
  const { patient, nodeId, nodeUrl, genesis, vault: sealed } = file;
  requirePrivateWay(nodeUrl);
  const { keys, vault } = await openVault(backend, { sealed, passphrase }).catch((cause: unknown) => {
    if (!(cause instanceof CryptoError) || cause.code !== 'open-failed') throw cause;
    throw new CryptoError('open-failed', `enrolment ${name} does not open with this passphrase`, { cause });
  });
  return {
    name,
    directory,
    gatewayDirectory: init.directory,
    patient: fromHex(patient),
    nodeId,
    nodeUrl,
    genesis: fromBase64Url(genesis),
    keys,
    vault,
  };
}

/** The file of an enrolment; undefined when it has not the shape of one. */
export function readHomeFile(directory: string): z.infer<typeof homeSchema> | undefined {
  const file = join(directory, HOME_FILE);
  if (statSync(file).size > HOME_BYTES_MAX) return undefined;
  return homeSchema.safeParse(jsonOf(readFileSync(file, 'utf8'))).data;
}

/** The gateway's own client: a device's. */
export function clientOf(home: GatewayHome, backend: Backend, fetchFunction?: typeof fetch): PhrClient {
  return createClient({
    baseUrl: home.nodeUrl,
    genesis: home.genesis,
    nodeId: home.nodeId,
    backend,
    keys: home.keys,
    vault: home.vault,
    ...(fetchFunction === undefined ? {} : { fetch: fetchFunction }),
  });
}

/** The genesis as the node tells it, and only if it is the one of the code. @throws GatewayError `other-network` */
async function genesisOf(
  code: EnrolmentCode,
  backend: Backend,
  fetchFunction: typeof fetch,
): Promise<Uint8Array> {
  const response = await fetchFunction(`${code.nodeUrl}${API_PREFIX}/genesis`, {
    redirect: 'error',
    signal: AbortSignal.timeout(GENESIS_TIMEOUT_MS),
  });
  const text = await response.text();
  const parsed = text.length > GENESIS_TEXT_MAX ? undefined : genesisSchema.safeParse(jsonOf(text));
  if (!response.ok || parsed?.success !== true) throw new GatewayError('other-network');
  const genesis = fromBase64Url(parsed.data.genesis);
  const { chainId } = createClient({ baseUrl: code.nodeUrl, genesis, nodeId: toHex(code.nodeId), backend });
  if (!equalBytes(chainId, code.chainId)) throw new GatewayError('other-network');
  return genesis;
}

/** Readings are sealed; the session of the gateway is not, and who has it can read what the node tells the gateway. */
function requirePrivateWay(nodeUrl: string): void {
  const url = URL.parse(nodeUrl);
  if (url === null || !isPrivateWay(url)) throw new GatewayError('transport-insecure');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
