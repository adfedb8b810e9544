import type { NodeStatus } from '#node/client';
import { poll } from '../poll.ts';
import { viewNodes } from '../readiness.ts';
import { Untrue } from './step.ts';
import type { World } from './world.ts';

/** The status of the named nodes (all by default) that answer now. */
export async function statusesOf(
  world: World,
  names: readonly string[] = world.nodeNames,
): Promise<NodeStatus[]> {
  const views = await viewNodes(world.dataDir);
  return views.flatMap((view) => (view.answers && names.includes(view.node.name) ? [view.status] : []));
}

/** Waits until the named nodes show the same height, block and state root. @throws Untrue at the deadline */
export async function agreement(
  world: World,
  names: readonly string[] = world.nodeNames,
  options: { timeoutMs?: number; heightMin?: number } = {},
): Promise<NodeStatus> {
  const { timeoutMs = 30_000, heightMin = 0 } = options;
  let last: NodeStatus[] = [];
  const agreed = await poll(
    async () => {
      last = await statusesOf(world, names);
      const [first] = last;
      if (first === undefined || last.length !== names.length || first.height < heightMin) return undefined;
      const same = last.every(
        (status) =>
          status.height === first.height &&
          status.hash === first.hash &&
          status.stateRoot === first.stateRoot,
      );
      return same ? first : undefined;
    },
    { timeoutMs, signal: world.signal },
  );
  if (agreed !== undefined) return agreed;
  const came = last
    .map((status) => `${status.name} ${status.height}/${status.stateRoot.slice(0, 8)}`)
    .join(', ');
  throw new Untrue(
    `${names.join(', ')} at one height and state root within ${timeoutMs / 1000} s`,
    came || 'no answer',
  );
}

/** Waits until a node's status fulfils a condition. @throws Untrue at the deadline */
export async function statusWhere(
  world: World,
  name: string,
  condition: (status: NodeStatus) => boolean,
  what: string,
  timeoutMs = 20_000,
): Promise<NodeStatus> {
  let last: NodeStatus | undefined;
  const found = await poll(
    async () => {
      [last] = await statusesOf(world, [name]);
      return last !== undefined && condition(last) ? last : undefined;
    },
    { timeoutMs, signal: world.signal },
  );
  if (found !== undefined) return found;
  throw new Untrue(
    `${name}: ${what}`,
    last === undefined ? 'no answer' : `${last.condition}, height ${last.height}, ${last.reachable} in reach`,
  );
}
