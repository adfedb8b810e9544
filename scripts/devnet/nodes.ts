import { DevnetError } from './devnet-error.ts';
import { NODE_ENTRY, spawnNode } from './node-process.ts';
import type { NodePlan } from './plan.ts';
import { endProcesses, processState, signalProcess, waitGone } from './process-table.ts';
import type { ProcessId } from './process-table.ts';
import { aliveProcesses, noteProcess, requireState } from './state-file.ts';

/** How long nodes may take to end by themselves; Ctrl-C answers within three seconds. */
export const END_GRACE_MS = 2_600;
const SIGNAL_TIMEOUT_MS = 5_000;

/** The plan of one node. @throws DevnetError `node-unknown` */
export function requireNode(dataDir: string, name: string): NodePlan {
  const { nodes } = requireState(dataDir).plan;
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    throw new DevnetError('node-unknown', [
      `no node "${name}"; there are ${nodes.map((other) => other.name).join(', ')}`,
    ]);
  }
  return node;
}

/** Starts one node that does not run. @throws DevnetError `already-running` */
export function startNode(dataDir: string, name: string, entry: string = NODE_ENTRY): ProcessId {
  const node = requireNode(dataDir, name);
  const known = requireState(dataDir).processes.get(name);
  if (known !== undefined && processState(known) !== 'gone') {
    throw new DevnetError('already-running', [`${name} runs as pid ${known.pid}`]);
  }
  const id = spawnNode(dataDir, node, entry);
  noteProcess(dataDir, name, id);
  return id;
}

/** Sends a signal to one node and waits for its effect. @throws DevnetError `not-running` */
export async function signalNode(
  dataDir: string,
  name: string,
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): Promise<ProcessId> {
  requireNode(dataDir, name);
  const id = requireState(dataDir).processes.get(name);
  if (id === undefined || !signalProcess(id, signal))
    throw new DevnetError('not-running', [`${name} does not run`]);
  if (signal === 'SIGKILL' && !(await waitGone(id, SIGNAL_TIMEOUT_MS))) {
    throw new DevnetError('node-ended', [`${name} (pid ${id.pid}) did not go`]);
  }
  return id;
}

/** Ends every node of the devnet, by asking and then by force. @returns names of those that had to be forced */
export async function endNodes(dataDir: string): Promise<{ ended: string[]; forced: string[] }> {
  const alive = aliveProcesses(requireState(dataDir));
  const stubborn = await endProcesses(
    alive.map(({ id }) => id),
    END_GRACE_MS,
  );
  return {
    ended: alive.map(({ name }) => name),
    forced: alive.filter(({ id }) => stubborn.includes(id)).map(({ name }) => name),
  };
}
