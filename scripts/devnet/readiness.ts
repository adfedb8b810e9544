import { readStatus } from './node-cli.ts';
import type { NodeStatus } from '#node/client';
import { DevnetError } from './devnet-error.ts';
import { lastWords } from './node-process.ts';
import type { NodePlan } from './plan.ts';
import { poll } from './poll.ts';
import { processState } from './process-table.ts';
import { requireState } from './state-file.ts';

export const READY_TIMEOUT_MS = 60_000;
const STATUS_TIMEOUT_MS = 2_000;

export type NodeView = {
  node: NodePlan;
  pid: number | undefined;
  process: 'running' | 'stopped' | 'gone';
} & ({ answers: true; status: NodeStatus } | { answers: false; reason: string });

/** Every node's process and status, asked at once. */
export async function viewNodes(dataDir: string, timeoutMs: number = STATUS_TIMEOUT_MS): Promise<NodeView[]> {
  const state = requireState(dataDir);
  return Promise.all(
    state.plan.nodes.map(async (node): Promise<NodeView> => {
      const id = state.processes.get(node.name);
      const alive = id === undefined ? 'gone' : processState(id);
      const base = { node, pid: alive === 'gone' ? undefined : id?.pid, process: alive };
      if (alive === 'gone') return { ...base, answers: false, reason: 'no process' };
      const answer = await readStatus(node.apiUrl, timeoutMs);
      return answer.ok
        ? { ...base, answers: true, status: answer.status }
        : { ...base, answers: false, reason: answer.reason };
    }),
  );
}

/**
 * Waits until the named nodes answer, agree on the chain and see each other.
 *
 * @param onReady called once for each node, in the order in which they become ready
 * @throws DevnetError `node-ended` as soon as one of them ends, `not-ready` at the deadline
 */
export async function waitReady(
  dataDir: string,
  names: readonly string[],
  options: {
    timeoutMs?: number;
    signal?: AbortSignal;
    onReady?: (node: NodePlan, status: NodeStatus) => void;
  } = {},
): Promise<NodeStatus[]> {
  const { timeoutMs = READY_TIMEOUT_MS, signal, onReady } = options;
  const told = new Set<string>();
  let newest: NodeView[] = [];
  const ready = await poll(
    async () => {
      newest = (await viewNodes(dataDir)).filter((view) => names.includes(view.node.name));
      const statuses: NodeStatus[] = [];
      for (const view of newest) {
        if (view.process === 'gone') {
          throw new DevnetError('node-ended', [
            `${view.node.name} ended before it was ready; its last words:`,
            ...lastWords(dataDir, view.node.name),
          ]);
        }
        if (!view.answers || !isReady(view.status, names)) continue;
        statuses.push(view.status);
        if (!told.has(view.node.name)) {
          told.add(view.node.name);
          onReady?.(view.node, view.status);
        }
      }
      return statuses.length === names.length ? statuses : undefined;
    },
    { timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  if (ready === undefined) {
    throw new DevnetError('not-ready', [
      `not ready after ${timeoutMs / 1000} s:`,
      ...newest.map((view) => `${view.node.name}: ${view.answers ? view.status.condition : view.reason}`),
    ]);
  }
  return ready;
}

/** Working, and connected to every other node that should be there. */
function isReady(status: NodeStatus, names: readonly string[]): boolean {
  const others = status.validators.filter((validator) => !validator.self && names.includes(validator.name));
  return status.condition === 'working' && others.every((validator) => validator.connected);
}
