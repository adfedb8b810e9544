import { addNodeCommand } from './add-node.ts';
import { accountsCommand, envCommand, logsCommand, statusCommand } from './inspect.ts';
import { DevnetError } from './devnet-error.ts';
import { demoCommand } from './demo/command.ts';
import { downCommand, faultCommand, resetCommand } from './fault.ts';
import { runCommandLine } from './node-cli.ts';
import type { CliIo, CommandLine } from './node-cli.ts';
import { upCommand } from './up.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

// `devnet logs | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const DEVNET: CommandLine = {
  program: 'npm run devnet --',
  about: 'A PHR Mesh network on this machine, for development: real processes, public keys.',
  commands: [
    upCommand,
    statusCommand,
    envCommand,
    accountsCommand,
    logsCommand,
    demoCommand,
    addNodeCommand,
    faultCommand,
    resetCommand,
    downCommand,
  ],
  describeError: (error) =>
    stop.signal.aborted
      ? 'ended as you asked'
      : error instanceof DevnetError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : 'an unknown failure',
};

const io: CliIo = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns : undefined;
  },
  cwd: process.cwd(),
  signal: stop.signal,
};
process.exitCode = await runCommandLine(DEVNET, process.argv.slice(2), io);
