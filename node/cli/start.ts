import { resolve } from 'node:path';
import { loadConfig, requireSameNetworkKind } from '../config.ts';
import type { Config } from '../config.ts';
import { EXIT, requiredOption } from './command.ts';
import type { Command } from './command.ts';
import { isDevnetGenesis, readGenesisFile } from './genesis-file.ts';
import { readNodeKeyFile } from './node-key.ts';

/** What a node is made of; the caller of `runCli` brings backend and logger. */
export interface NodeParts {
  config: Config;
  /** Canonical genesis bytes. */
  genesis: Uint8Array;
  /** The node's 32-byte root key. */
  nodeRoot: Uint8Array;
}

export interface RunningNode {
  start(): Promise<void>;
  stop(): Promise<void>;
  dashboardUrl: string;
  /** Settles with the reason when the node can no longer go on (a failed sync of its journal, say). */
  failure?: Promise<unknown>;
}

export type StartNode = (parts: NodeParts) => Promise<RunningNode>;

/** How long a node may take to stop before the process ends without it. */
export const STOP_TIMEOUT_MS = 2_500;

export function startCommand(startNode: StartNode): Command {
  return {
    name: 'start',
    summary: 'run the node until it is told to stop',
    usage: '--config <file>',
    help: `
Runs the node in the foreground and writes one JSON object a line to standard output. SIGINT or SIGTERM stops it.
A genesis or key of a development network is refused unless the configuration says devnet: true, and the reverse.

  --config <file>   the node's configuration`,
    options: { config: { type: 'string' } },
    positionals: { min: 0, max: 0 },
    async run({ values, io }) {
      const parts = readNodeParts(resolve(io.cwd, requiredOption(values, 'config')));
      const node = await startNode(parts);
      // Started nodes own ports and locks, so a start that fails midway is stopped like any other.
      try {
        if (io.signal.aborted) return EXIT.ok;
        await node.start();
        const failed = await Promise.race([
          whenAborted(io.signal).then(() => undefined),
          ...(node.failure === undefined ? [] : [node.failure.then((reason) => ({ reason }))]),
        ]);
        if (failed !== undefined) throw failed.reason;
        return EXIT.ok;
      } finally {
        await withinTime(node.stop(), STOP_TIMEOUT_MS);
      }
    },
  };
}

/**
 * Reads config, genesis and key and checks that they belong together.
 *
 * @throws ConfigError, NodeKeyError, LedgerError
 */
export function readNodeParts(configFile: string): NodeParts {
  const config = loadConfig(configFile);
  const genesis = readGenesisFile(config.genesisFile);
  const key = readNodeKeyFile(config.nodeKeyFile);
  requireSameNetworkKind(config, { genesis: isDevnetGenesis(genesis), nodeKey: key.devnet });
  return { config, genesis, nodeRoot: key.root };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

/** Waits for the work, but no longer than the limit: an operator's stop must end. */
async function withinTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((done) => {
    timer = setTimeout(done, timeoutMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
