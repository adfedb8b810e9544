import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

export { createNodeKeyFile, NodeKeyError, readNodeKeyFile, takeUnusedMark } from './cli/node-key.ts';
export type { NodeKey, NodeKeyErrorCode } from './cli/node-key.ts';

/**
 * The configuration of one node: a JSON file, parsed once to a frozen object. Nothing else reads files of settings
 * or the environment. Unknown keys are refused, so that a misspelt limit is not silently the default.
 */
export const CONFIG_FILE_BYTES_MAX = 64 * 1024;
export const LISTEN_ADDRESSES_MAX = 8;
const PEERS_MAX = 64;

const port = z.number().int().min(1).max(65_535);
const path = z.string().min(1).max(4096);
const count = (min: number, max: number) => z.number().int().min(min).max(max);

/** Where the node listens for its peers: TCP only, the one transport of the network room. */
const listenAddress = z.string().refine((text) => parseListenAddress(text) !== undefined, {
  message: 'expected /ip4/<address>/tcp/<port> or /ip6/<address>/tcp/<port>',
});

const apiSchema = z.strictObject({
  /** Address of the HTTP API and dashboard. Default 127.0.0.1: reachable from this machine only. */
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, { message: 'expected an IP address' })
    .default('127.0.0.1'),
  /** Port of the HTTP API and dashboard. */
  port,
  /** A reverse proxy that speaks TLS stands in front. Default false; without it only loopback is accepted. */
  behindProxy: z.boolean().default(false),
  /** The `https://host` that this proxy serves: the node answers under it too. Only with `behindProxy`. */
  publicOrigin: z
    .string()
    .max(256)
    .refine((text) => /^https:\/\/[^/]+$/.test(text) && URL.parse(text)?.origin === text, {
      message: 'expected https://host, without a slash at the end',
    })
    .optional(),
});

/** A member as "phr member list --peers" prints it. */
const peerSchema = z.strictObject({
  /** Node id. */
  node: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  peerId: z.string().min(1).max(128),
  addresses: z.array(z.string().min(1).max(256)).min(1).max(LISTEN_ADDRESSES_MAX),
});

const limitsSchema = z.strictObject({
  /** How long a submission waits for its commit before the API says so, in milliseconds. Default 20,000. */
  submitTimeoutMs: count(100, 120_000).default(20_000),
  /** How long the node asks other nodes for a block, receipt or conversion, in milliseconds. Default 10,000. */
  peerRequestTimeoutMs: count(100, 120_000).default(10_000),
});

const configSchema = z
  .strictObject({
    /** Short name of the institution, a DNS label: `http://<name>.localhost:<port>` is its dashboard. */
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
        'expected a DNS label of 2 to 32 lowercase letters, digits, -',
      ),
    /** Directory of ledger, journal and blocks. Relative paths count from the config file. Default `data`. */
    dataDir: path.default('data'),
    /** The genesis file of the network. Default `genesis.cbor`. */
    genesisFile: path.default('genesis.cbor'),
    /** The node's root key, readable by its owner only. Default `node.key`. */
    nodeKeyFile: path.default('node.key'),
    /** Where peers reach the node. */
    listen: z.array(listenAddress).min(1).max(LISTEN_ADDRESSES_MAX),
    api: apiSchema,
    /** Members to catch up from, for a node that joins a running network. Default none: the genesis names them. */
    peers: z.array(peerSchema).max(PEERS_MAX).default([]),
    /** Bounds of what the node holds and waits for; each has its own default. */
    limits: limitsSchema.prefault({}),
    /** The node belongs to a development network, whose keys anybody can compute. Default false. */
    devnet: z.boolean().default(false),
    /** Lowest level written to standard output. Default info. */
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  })
  .superRefine((config, context) => {
    for (const issue of relationsOf(config)) context.addIssue({ code: 'custom', ...issue });
  });

type ParsedConfig = z.infer<typeof configSchema>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A checked configuration; every path is absolute. */
export type Config = DeepReadonly<ParsedConfig>;

/** What a config file may say: the same with every default left out. */
export type ConfigInput = z.input<typeof configSchema>;

export const CONFIG_ERROR_CODES = [
  'config-unreadable',
  'config-malformed',
  'config-invalid',
  'devnet-mismatch',
] as const;
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number];

/** A configuration that cannot be used. `issues` name fields and what was expected of them, one text each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly issues: readonly string[];
  constructor(code: ConfigErrorCode, issues: readonly string[], options?: ErrorOptions) {
    super(`${code}: ${issues.join('; ')}`, options);
    this.code = code;
    this.issues = issues;
  }
}

/**
 * Reads and checks a config file.
 *
 * @throws ConfigError `config-unreadable`, `config-malformed` (not JSON, too long), `config-invalid`
 */
export function loadConfig(file: string): Config {
  const location = resolve(file);
  let text: string;
  try {
    text = readFileSync(location, 'utf8');
  } catch (cause) {
    throw new ConfigError('config-unreadable', [location], { cause });
  }
  if (text.length > CONFIG_FILE_BYTES_MAX) {
    throw new ConfigError('config-malformed', [`longer than ${CONFIG_FILE_BYTES_MAX} bytes`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError('config-malformed', ['not JSON'], { cause });
  }
  return parseConfig(value, dirname(location));
}

/**
 * Checks a configuration value and freezes it, paths resolved against `baseDir`.
 *
 * @throws ConfigError `config-invalid` with one issue for each wrong field
 */
export function parseConfig(value: unknown, baseDir: string): Config {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    throw new ConfigError(
      'config-invalid',
      parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'config'}: ${issue.message}`),
    );
  }
  const config = parsed.data;
  return Object.freeze({
    ...config,
    dataDir: resolve(baseDir, config.dataDir),
    genesisFile: resolve(baseDir, config.genesisFile),
    nodeKeyFile: resolve(baseDir, config.nodeKeyFile),
    listen: Object.freeze([...config.listen]),
    peers: Object.freeze(config.peers.map((peer) => Object.freeze(peer))),
    api: Object.freeze({ ...config.api }),
    limits: Object.freeze({ ...config.limits }),
  });
}

/**
 * A development network's keys are computed from a public seed: such a genesis or key on a real node, or a real key in
 * a development network, is refused before anything starts.
 *
 * @throws ConfigError `devnet-mismatch`
 */
export function requireSameNetworkKind(config: Config, found: { genesis: boolean; nodeKey: boolean }): void {
  const issues: string[] = [];
  const kind = (devnet: boolean): string => (devnet ? 'a development network' : 'a real network');
  if (found.genesis !== config.devnet)
    issues.push(`genesis is of ${kind(found.genesis)}, config of ${kind(config.devnet)}`);
  if (found.nodeKey !== config.devnet)
    issues.push(`node key is of ${kind(found.nodeKey)}, config of ${kind(config.devnet)}`);
  if (issues.length > 0) throw new ConfigError('devnet-mismatch', issues);
}

/** Where each part of a node keeps its files below `dataDir`; the directory lock is on `dataDir` itself. */
export function dataLayout(dataDir: string): {
  lock: string;
  ledger: string;
  journal: string;
  blocks: string;
  /** Wrapped roots of the people who sign in here. */
  accounts: string;
} {
  return {
    lock: dataDir,
    ledger: join(dataDir, 'ledger'),
    journal: join(dataDir, 'journal'),
    blocks: join(dataDir, 'blocks'),
    accounts: join(dataDir, 'accounts', 'accounts.sqlite'),
  };
}

/** Host and port of a listen address, or undefined when it is not one. */
export function parseListenAddress(text: string): { host: string; port: number } | undefined {
  const [empty, family, host, transport, portText, ...rest] = text.split('/');
  if (empty !== '' || transport !== 'tcp' || rest.length > 0 || host === undefined || portText === undefined)
    return undefined;
  if (!/^[1-9][0-9]{0,4}$/.test(portText) || Number(portText) > 65_535) return undefined;
  if (!((family === 'ip4' && isIP(host) === 4) || (family === 'ip6' && isIP(host) === 6))) return undefined;
  return { host, port: Number(portText) };
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(host);
}

function relationsOf(config: ParsedConfig): { path: string[]; message: string }[] {
  const issues: { path: string[]; message: string }[] = [];
  const listens = config.listen.map(parseListenAddress).filter((address) => address !== undefined);
  if (!isLoopback(config.api.host) && !config.api.behindProxy) {
    issues.push({
      path: ['api', 'host'],
      message: 'an address beyond loopback needs behindProxy: true (TLS in front)',
    });
  }
  if (config.api.publicOrigin !== undefined && !config.api.behindProxy)
    issues.push({ path: ['api', 'publicOrigin'], message: 'is what a proxy serves: set behindProxy' });
  if (listens.some((address) => address.port === config.api.port)) {
    issues.push({ path: ['api', 'port'], message: 'is also a listen port' });
  }
  if (new Set(config.listen).size !== config.listen.length) {
    issues.push({ path: ['listen'], message: 'names an address twice' });
  }
  if (config.limits.peerRequestTimeoutMs > config.limits.submitTimeoutMs) {
    issues.push({ path: ['limits', 'peerRequestTimeoutMs'], message: 'exceeds submitTimeoutMs' });
  }
  if (
    config.devnet &&
    !(isLoopback(config.api.host) && listens.every((address) => isLoopback(address.host)))
  ) {
    issues.push({
      path: ['devnet'],
      message: 'a development network stays on loopback: its keys are public',
    });
  }
  return issues;
}
