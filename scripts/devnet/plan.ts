/** Names of the first institutions; further ones are n5, n6, ... */
const FIRST_NAMES = ['north', 'east', 'south', 'west'] as const;

export const NODES_DEFAULT = 4;
export const NODES_MAX = 16;
export const SEED_DEFAULT = 'demo';
export const BASE_PORT_DEFAULT = 7400;
/** Every node has a block of ports of its own: peers on the first, HTTP on the second. */
export const PORTS_PER_NODE = 10;
/** Administrators of every institution; two, because a doctor needs the word of both. */
export const ADMINISTRATORS_PER_NODE = 2;

export interface NodePlan {
  name: string;
  peerPort: number;
  apiPort: number;
  /** For programs: `fetch` of Node does not resolve `*.localhost`. */
  apiUrl: string;
  /** For browsers: a host of its own, so that no two dashboards share cookies. */
  dashboardUrl: string;
  listen: string;
  administrators: string[];
}

export interface DevnetPlan {
  seed: string;
  basePort: number;
  nodes: NodePlan[];
  /** How many of the nodes the genesis names; the others joined later. */
  founders: number;
}

/** The devnet that a seed, a size and a base port name. */
export function planDevnet(init: {
  seed: string;
  nodes: number;
  basePort: number;
  founders?: number;
}): DevnetPlan {
  const nodes = Array.from({ length: init.nodes }, (_, index): NodePlan => {
    const name = FIRST_NAMES[index] ?? `n${index + 1}`;
    const peerPort = init.basePort + index * PORTS_PER_NODE;
    const apiPort = peerPort + 1;
    return {
      name,
      peerPort,
      apiPort,
      apiUrl: `http://127.0.0.1:${apiPort}`,
      dashboardUrl: `http://${name}.localhost:${apiPort}`,
      listen: `/ip4/127.0.0.1/tcp/${peerPort}`,
      administrators: Array.from(
        { length: ADMINISTRATORS_PER_NODE },
        (__, which) => `${name}-admin-${which + 1}`,
      ),
    };
  });
  return { seed: init.seed, basePort: init.basePort, nodes, founders: init.founders ?? init.nodes };
}

/** Every port that the plan listens on. */
export function portsOf(plan: DevnetPlan): { port: number; use: string }[] {
  return plan.nodes.flatMap((node) => [
    { port: node.peerPort, use: `${node.name} peers` },
    { port: node.apiPort, use: `${node.name} API` },
  ]);
}
