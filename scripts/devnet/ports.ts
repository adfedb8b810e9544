import { createServer } from 'node:net';
import { BASE_PORT_DEFAULT, PORTS_PER_NODE, planDevnet, portsOf } from './plan.ts';
import type { DevnetPlan } from './plan.ts';
import { listenerOf } from './process-table.ts';
import { DevnetError } from './devnet-error.ts';

const SEARCH_BLOCKS_MAX = 200;

/** @throws DevnetError `ports-taken`, naming every taken port and, where the system tells, who has it */
export async function requireFreePorts(plan: DevnetPlan): Promise<void> {
  const taken: string[] = [];
  for (const { port, use } of portsOf(plan)) {
    if (await isFree(port)) continue;
    const pid = listenerOf(port);
    taken.push(`${port} (for ${use}) is taken by ${pid === undefined ? 'another process' : `pid ${pid}`}`);
  }
  if (taken.length > 0)
    throw new DevnetError('ports-taken', [...taken, 'choose others with --port <first port>']);
}

/** The first base port from the default on whose whole block is free. @throws DevnetError `ports-taken` */
export async function findFreeBasePort(nodes: number, from: number = BASE_PORT_DEFAULT): Promise<number> {
  const stride = nodes * PORTS_PER_NODE;
  for (let block = 0; block < SEARCH_BLOCKS_MAX; block += 1) {
    const basePort = from + block * stride;
    if (basePort + stride > 32_000) break;
    const free = await Promise.all(
      portsOf(planDevnet({ seed: '', nodes, basePort })).map(({ port }) => isFree(port)),
    );
    if (free.every(Boolean)) return basePort;
  }
  throw new DevnetError('ports-taken', ['no free block of ports was found']);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => done(true)));
  });
}
