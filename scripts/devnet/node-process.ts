import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DevnetError } from './devnet-error.ts';
import type { NodePlan } from './plan.ts';
import { identifyProcess } from './process-table.ts';
import type { ProcessId } from './process-table.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** What a node process runs; tests bring another. */
export const NODE_ENTRY = join(REPOSITORY, 'node', 'main.ts');
const LAST_WORDS_LINES = 8;

export interface NodeFiles {
  directory: string;
  config: string;
  key: string;
  data: string;
  /** NDJSON of standard output, appended over restarts. */
  log: string;
  stderr: string;
}

export function nodeFiles(dataDir: string, name: string): NodeFiles {
  const directory = join(dataDir, name);
  return {
    directory,
    config: join(directory, 'config.json'),
    key: join(directory, 'node.key'),
    data: join(directory, 'data'),
    log: join(directory, 'node.log'),
    stderr: join(directory, 'node.stderr'),
  };
}

/**
 * Starts one node as a process of its own group, so that Ctrl-C at the terminal reaches the devnet first, which then
 * ends its nodes in order. The process goes on when the devnet's own process ends (`--detach`).
 */
export function spawnNode(dataDir: string, node: NodePlan, entry: string = NODE_ENTRY): ProcessId {
  const files = nodeFiles(dataDir, node.name);
  mkdirSync(files.directory, { recursive: true });
  const out = openSync(files.log, 'a', 0o600);
  const err = openSync(files.stderr, 'a', 0o600);
  try {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', entry, 'start', '--config', files.config],
      {
        cwd: REPOSITORY,
        detached: true,
        stdio: ['ignore', out, err],
        // Compiled code is kept between starts: four nodes share two cores.
        env: {
          PATH: process.env['PATH'] ?? '',
          NODE_COMPILE_CACHE: join(tmpdir(), 'phr-mesh-compile-cache'),
          // For tests that look into a node, e.g. `--heapsnapshot-signal=SIGUSR2`.
          NODE_OPTIONS: process.env['PHR_DEVNET_NODE_OPTIONS'] ?? '',
        },
      },
    );
    child.unref();
    if (child.pid === undefined) throw new DevnetError('node-ended', [`${node.name} could not be started`]);
    return identifyProcess(child.pid);
  } finally {
    closeSync(out);
    closeSync(err);
  }
}

/** The last lines a node wrote, for the person who asks why it ended. */
export function lastWords(dataDir: string, name: string): string[] {
  const files = nodeFiles(dataDir, name);
  return [files.stderr, files.log].flatMap((file) => {
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.filter((line) => line !== '').slice(-LAST_WORDS_LINES);
  });
}
