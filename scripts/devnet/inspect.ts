import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  watchFile,
  unwatchFile,
} from 'node:fs';
import { conditionText, EXIT, flagOption, numberOption } from './node-cli.ts';
import type { Command, ExitCode } from './node-cli.ts';
import { nodeFiles } from './node-process.ts';
import { requireNode } from './nodes.ts';
import { genesisFile } from './prepare.ts';
import { viewNodes } from './readiness.ts';
import type { NodeView } from './readiness.ts';
import { accountsOf, accountTable } from './scenario/accounts.ts';
import { requireState } from './state-file.ts';
import { dataDirOf } from './up.ts';

const LOG_LINES_DEFAULT = 40;
const FOLLOW_MS = 200;
const data = { type: 'string' } as const;
const json = { type: 'boolean' } as const;

export const statusCommand: Command = {
  name: 'status',
  summary: 'every node: process, height, condition',
  usage: '[--data <directory>] [--json]',
  help: 'Exit codes: 0 all nodes answer and agree, 3 some do not, 4 none answers.',
  options: { data, json },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const views = await viewNodes(dataDirOf(values, io));
    if (flagOption(values, 'json')) {
      io.out(
        `${JSON.stringify(views.map((view) => ({ name: view.node.name, pid: view.pid ?? null, process: view.process, ...(view.answers ? { status: view.status } : { reason: view.reason }) })))}\n`,
      );
    } else {
      for (const view of views) io.out(`${statusRow(view)}\n`);
    }
    return conditionOf(views);
  },
};

export function conditionOf(views: readonly NodeView[]): ExitCode {
  if (!views.some((view) => view.answers)) return EXIT.unavailable;
  return views.every((view) => view.answers && view.status.condition === 'working') ? EXIT.ok : EXIT.degraded;
}

function statusRow(view: NodeView): string {
  const head =
    `${view.node.name.padEnd(6)} ${view.pid === undefined ? 'no process' : `pid ${view.pid}`}`.padEnd(20);
  if (!view.answers) return `${head} ${view.process === 'stopped' ? 'paused' : view.reason}`;
  const { height, stateRoot } = view.status;
  return `${head} height ${height}  root ${stateRoot.slice(0, 12)}  ${conditionText(view.status)}  ${view.node.dashboardUrl}`;
}

export const envCommand: Command = {
  name: 'env',
  summary: 'addresses and files as shell variables',
  usage: '[--data <directory>]',
  help: 'Prints lines for eval "$(npm run --silent devnet -- env)".',
  options: { data },
  positionals: { min: 0, max: 0 },
  run({ values, io }) {
    const dataDir = dataDirOf(values, io);
    const { plan } = requireState(dataDir);
    io.out(`export PHR_GENESIS='${genesisFile(dataDir)}'\n`);
    for (const node of plan.nodes) io.out(`export PHR_${node.name.toUpperCase()}_API='${node.apiUrl}'\n`);
    return EXIT.ok;
  },
};

export const accountsCommand: Command = {
  name: 'accounts',
  summary: 'the seeded people, their passphrases and dashboards (DEV ONLY)',
  usage: '[--data <directory>] [--json]',
  help: `
Administrators, and everybody of the scenario that was played. Account name and passphrase sign in at the dashboard of
the person's own institution. These keys are computed from the public seed. A real node refuses them.`,
  options: { data, json },
  positionals: { min: 0, max: 0 },
  run({ values, io }) {
    const { plan, scenario } = requireState(dataDirOf(values, io));
    const accounts = accountsOf(plan, scenario ?? 'empty');
    if (flagOption(values, 'json')) io.out(`${JSON.stringify(accounts)}\n`);
    else io.out(`DEV ONLY: anybody can compute these.\n${accountTable(accounts)}`);
    return EXIT.ok;
  },
};

export const logsCommand: Command = {
  name: 'logs',
  summary: 'the last log lines of one or all nodes',
  usage: '[<node>] [--lines <n>] [--follow] [--data <directory>]',
  help: `
  --lines <n>   how many (default ${LOG_LINES_DEFAULT})
  --follow      go on until Ctrl-C`,
  options: { data, lines: { type: 'string' }, follow: { type: 'boolean' } },
  positionals: { min: 0, max: 1 },
  async run({ values, positionals, io }) {
    const dataDir = dataDirOf(values, io);
    const lines = numberOption(values, 'lines', { min: 1, max: 100_000 }) ?? LOG_LINES_DEFAULT;
    const [only] = positionals;
    const nodes = only === undefined ? requireState(dataDir).plan.nodes : [requireNode(dataDir, only)];
    const files = nodes.map((node) => nodeFiles(dataDir, node.name).log);
    for (const file of files) {
      if (!existsSync(file)) continue;
      const text = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
      if (text !== '') io.out(`${text}\n`);
    }
    if (!flagOption(values, 'follow')) return EXIT.ok;
    for (const file of files) follow(file, (text) => io.out(text));
    await new Promise<void>((done) => {
      if (io.signal.aborted) done();
      else io.signal.addEventListener('abort', () => done(), { once: true });
    });
    for (const file of files) unwatchFile(file);
    return EXIT.ok;
  },
};

function follow(file: string, write: (text: string) => void): void {
  let at = existsSync(file) ? statSync(file).size : 0;
  watchFile(file, { interval: FOLLOW_MS }, (now) => {
    if (now.size < at) at = 0;
    const chunk = Buffer.alloc(now.size - at);
    if (chunk.length === 0) return;
    const descriptor = openSync(file, 'r');
    try {
      at += readSync(descriptor, chunk, 0, chunk.length, at);
    } finally {
      closeSync(descriptor);
    }
    write(chunk.toString('utf8'));
  });
}
