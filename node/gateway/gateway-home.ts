import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
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
import { GatewayError } from './gateway-error.ts';

const HOME_FILE = 'gateway.json';
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
  readonly directory: string;
  readonly patient: Uint8Array;
  readonly nodeId: string;
  readonly nodeUrl: string;
  readonly genesis: Uint8Array;
  readonly keys: PersonKeys;
  readonly vault: Vault;
}

interface Asked {
  readonly backend: Backend;
  readonly directory: string;
  readonly passphrase: string;
}

/**
 * Makes a gateway's keys for a patient's code and writes its home. The root never leaves it.
 * @returns the answer that goes back to the patient's client
 * @throws GatewayError `already-enrolled`, `transport-insecure`, `other-network`, ClientError `input-invalid` for a bad or expired code
 */
export async function enrolGateway(
  init: Asked & { readonly code: string; readonly nowMs: number; readonly fetch?: typeof fetch },
): Promise<string> {
  const { backend, directory, passphrase } = init;
  const code = readEnrolmentCode(init.code);
  const file = join(directory, HOME_FILE);
  if (existsSync(file)) throw new GatewayError('already-enrolled');
  requirePrivateWay(code.nodeUrl);
  if (init.nowMs >= code.expiresAtMs)
    throw new ClientError('input-invalid', { what: 'enrolment code expired' });
  const genesis = await genesisOf(code, backend, init.fetch ?? fetch);
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
  writeFileSync(file, `${JSON.stringify(home)}\n`, { mode: 0o600, flag: 'wx' });
  return answerOf(backend, code, keys);
}

/** @throws GatewayError `not-enrolled`, `disk-damaged`, `transport-insecure`, CryptoError `open-failed` for a wrong passphrase */
export async function openGatewayHome({ backend, directory, passphrase }: Asked): Promise<GatewayHome> {
  const file = join(directory, HOME_FILE);
  if (!existsSync(file)) throw new GatewayError('not-enrolled');
  const text = readFileSync(file, 'utf8');
  const parsed = text.length > HOME_BYTES_MAX ? undefined : homeSchema.safeParse(jsonOf(text));
  if (parsed?.success !== true) throw new GatewayError('disk-damaged', { file: HOME_FILE });
  const { patient, nodeId, nodeUrl, genesis, vault: sealed } = parsed.data;
  requirePrivateWay(nodeUrl);
  const { keys, vault } = await openVault(backend, { sealed, passphrase });
  return {
    directory,
    patient: fromHex(patient),
    nodeId,
    nodeUrl,
    genesis: fromBase64Url(genesis),
    keys,
    vault,
  };
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
