#!/usr/bin/env node
import process from 'node:process';
import { createNativeBackend } from '#crypto/native';
import { createDashboard } from '#dashboard';
import { createLogger, systemClock } from '#node/runtime';
import { runCli } from './cli/index.ts';
import type { StartNode } from './cli/index.ts';
import { dataLayout } from './config.ts';
import { createNode } from './node.ts';

/** The composition root: the one place that knows every room. */
const startNode: StartNode = async ({ config, genesis, nodeRoot }) => {
  // Whatever the node writes is for its own user: wrapped keys of people, pseudonyms, the ledger.
  process.umask(0o077);
  const logger = createLogger({ level: config.logLevel, name: config.name });
  const backend = await createNativeBackend();
  const node = await createNode({ config, genesis, nodeRoot, backend, logger });
  const dashboard = createDashboard({
    services: node.services,
    backend,
    host: config.api.host,
    port: config.api.port,
    name: config.name,
    behindProxy: config.api.behindProxy,
    ...(config.api.publicOrigin === undefined ? {} : { publicOrigin: config.api.publicOrigin }),
    accountsFile: dataLayout(config.dataDir).accounts,
    clock: systemClock,
    logger,
  });
  return {
    dashboardUrl: config.api.publicOrigin ?? `http://${config.name}.localhost:${config.api.port}`,
    failure: node.failure,
    start: async () => {
      await node.start();
      await dashboard.start();
    },
    stop: async () => {
      await dashboard.stop();
      await node.stop();
    },
  };
};

// `phr status | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
const io = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns : undefined;
  },
  cwd: process.cwd(),
  signal: ended.signal,
};
process.exitCode = await runCli(process.argv.slice(2), io, startNode);
// A library's timer or socket must not keep a stopped node's process alive.
process.exit();
