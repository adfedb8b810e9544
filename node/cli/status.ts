import { resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import { EXIT, flagOption, numberOption, requiredOption } from './command.ts';
import type { Command, ExitCode } from './command.ts';
import { readStatus } from './read-status.ts';
import type { NodeStatus } from '#node/client';

const TIMEOUT_MS_DEFAULT = 5_000;

export const statusCommand: Command = {
  name: 'status',
  summary: 'ask the running node how it and the network are',
  usage: '--config <file> [--timeout <ms>] [--json]',
  help: `
Asks the node's HTTP API. Exit codes: 0 the network agrees, 3 degraded (no quorum in reach, or the node
catches up; nothing is lost; or ALARM: two certified blocks of one height), 4 the node does not answer.

  --config <file>   the node's configuration
  --timeout <ms>    how long to wait for the answer (default ${TIMEOUT_MS_DEFAULT})
  --json            the API's answer as one line of JSON`,
  options: { config: { type: 'string' }, timeout: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const timeoutMs = numberOption(values, 'timeout', { min: 1, max: 600_000 }) ?? TIMEOUT_MS_DEFAULT;
    const config = loadConfig(resolve(io.cwd, requiredOption(values, 'config')));
    const host = config.api.host.includes(':') ? `[${config.api.host}]` : config.api.host;
    const answer = await readStatus(`http://${host}:${config.api.port}`, timeoutMs, io.signal);
    if (!answer.ok) {
      if (flagOption(values, 'json'))
        io.out(`${JSON.stringify({ name: config.name, unavailable: answer.reason })}\n`);
      else io.err(`${config.name} does not answer on port ${config.api.port} (${answer.reason})\n`);
      return EXIT.unavailable;
    }
    io.out(flagOption(values, 'json') ? `${JSON.stringify(answer.status)}\n` : statusText(answer.status));
    return exitCodeOf(answer.status);
  },
};

export function exitCodeOf(status: NodeStatus): ExitCode {
  return status.condition === 'working' && status.fork === undefined ? EXIT.ok : EXIT.degraded;
}

/** The network's condition as one sentence. */
export function conditionText(status: NodeStatus): string {
  const share = `${status.reachable} of ${status.validators.length} in reach, ${status.quorum} needed`;
  switch (status.condition) {
    case 'working':
      return `working (${share})`;
    case 'stopped':
      return `stopped, nothing is lost (${share})`;
    case 'syncing':
      return `catching up (${share})`;
  }
}

function statusText(status: NodeStatus): string {
  const rows: [string, string][] = [
    ['node', `${status.name} ${status.node.slice(0, 16)}`],
    [
      'network',
      `${status.network} ${status.chainId.slice(0, 16)}${status.devnet ? ' (development network)' : ''}`,
    ],
    ['condition', conditionText(status)],
    ...(status.fork
      ? [
          ['ALARM', `two certified blocks at height ${status.fork.height}: agreement is broken`] as [
            string,
            string,
          ],
        ]
      : []),
    ['height', `${status.height} (round ${status.round}, ${status.phase})`],
    ['block', status.hash],
    ['state root', status.stateRoot],
    ['waiting', `${status.mempool} transactions`],
    ...status.validators.map((validator): [string, string] => [
      `  ${validator.name}`,
      validator.self
        ? 'this node'
        : `${validator.connected ? 'connected' : 'away'}, height ${validator.height ?? 'not known'}`,
    ]),
  ];
  return `${rows.map(([label, text]) => `${label.padEnd(12)} ${text}`).join('\n')}\n`;
}
