import { setTimeout as delay } from 'node:timers/promises';
import { resolve } from 'node:path';
import { chainIdOf, decodeGenesis } from '#consensus/ledger';
import { toHex } from '#crypto';
import { ensureBuilt } from '#dashboard/build';
import { readFileSync } from 'node:fs';
import { EXIT, flagOption, numberOption, textOption, UsageError } from './node-cli.ts';
import type { CliIo, Command, ExitCode, OptionValues } from './node-cli.ts';
import { endNodes, startNode } from './nodes.ts';
import { NODE_ENTRY } from './node-process.ts';
import { BASE_PORT_DEFAULT, NODES_DEFAULT, NODES_MAX, planDevnet, SEED_DEFAULT } from './plan.ts';
import type { DevnetPlan } from './plan.ts';
import { requireFreePorts } from './ports.ts';
import { genesisFile, prepareDevnet, removeDevnet, requireNotRunning } from './prepare.ts';
import { processState } from './process-table.ts';
import { waitReady } from './readiness.ts';
import { playScenario, requireHomes, scenarioNamed } from './scenario/scenario.ts';
import { readState, requireState } from './state-file.ts';

export const DATA_DEFAULT = '.devnet';
const WATCH_MS = 250;

export const upCommand: Command = {
  name: 'up',
  summary: 'start the network, and stop it with Ctrl-C',
  usage:
    '[--scenario clinic|empty] [--nodes <n>] [--seed <text>] [--data <directory>] [--port <first port>] [--fresh] [--detach]',
  help: `
Starts one process for each institution on this machine and waits until they agree. The same seed, size and port give
the same keys and genesis; a second "up" goes on at the height where the first one ended. DEV ONLY: anybody can compute
these keys.

  --scenario <name>    empty: administrators alone (default); clinic: patients with charts and a month of wearables,
                       doctors, studies, requests, grants, emergencies, so that every page of the dashboard has
                       something in it; needs four nodes, takes about a minute, and is kept by a later "up"
  --nodes <n>          institutions (default ${NODES_DEFAULT}: north, east, south, west; then n5, n6, ...)
  --seed <text>        where keys come from (default ${SEED_DEFAULT})
  --data <directory>   default ${DATA_DEFAULT}
  --port <port>        first of the ports (default ${BASE_PORT_DEFAULT})
  --fresh              remove what an earlier devnet left in the directory
  --detach             return when the network is ready; "down" ends it`,
  options: {
    scenario: { type: 'string' },
    nodes: { type: 'string' },
    seed: { type: 'string' },
    data: { type: 'string' },
    port: { type: 'string' },
    fresh: { type: 'boolean' },
    detach: { type: 'boolean' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const dataDir = dataDirOf(values, io);
    const fresh = flagOption(values, 'fresh');
    const scenario = scenarioNamed(textOption(values, 'scenario'));
    const plan = planOf(values, fresh ? undefined : readState(dataDir)?.plan);
    requireHomes(scenario, plan);
    await bringUp(dataDir, plan, { fresh, io });
    try {
      await playScenario(scenario, { dataDir, plan, io, nowMs: Date.now() });
    } catch (error) {
      await endNodes(dataDir);
      throw error;
    }
    if (flagOption(values, 'detach')) {
      const data = textOption(values, 'data');
      const place = data === undefined ? '' : ` --data ${data}`;
      io.out(`running in the background; end it with "npm run devnet -- down${place}"\n`);
      return EXIT.ok;
    }
    io.out('Ctrl-C ends it\n');
    return await watch(dataDir, io);
  },
};

export function dataDirOf(values: OptionValues, io: CliIo): string {
  return resolve(io.cwd, textOption(values, 'data') ?? DATA_DEFAULT);
}

/** The plan that the options name; what they leave open is as in the existing devnet, or the default. */
export function planOf(values: OptionValues, existing: DevnetPlan | undefined): DevnetPlan {
  const seed = textOption(values, 'seed') ?? existing?.seed ?? SEED_DEFAULT;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(seed))
    throw new UsageError('--seed takes lowercase letters, digits and -');
  const given = numberOption(values, 'nodes', { min: 1, max: NODES_MAX });
  const nodes = given ?? existing?.nodes.length ?? NODES_DEFAULT;
  return planDevnet({
    seed,
    nodes,
    founders: nodes === existing?.nodes.length ? existing.founders : nodes,
    basePort:
      numberOption(values, 'port', { min: 1024, max: 60_000 }) ?? existing?.basePort ?? BASE_PORT_DEFAULT,
  });
}

/** Prepares and starts a devnet and returns when its nodes agree; on any failure nothing is left running. */
export async function bringUp(
  dataDir: string,
  plan: DevnetPlan,
  options: { fresh: boolean; io: Pick<CliIo, 'out' | 'signal'>; entry?: string },
): Promise<void> {
  const { io, entry = NODE_ENTRY } = options;
  const begun = performance.now();
  requireNotRunning(dataDir);
  await requireFreePorts(plan);
  if (options.fresh) removeDevnet(dataDir);
  if (entry === NODE_ENTRY) await buildPages(io);
  await prepareDevnet(dataDir, plan);
  const genesis = decodeGenesis(new Uint8Array(readFileSync(genesisFile(dataDir))));
  io.out(
    `${genesis.name}: ${plan.nodes.length} nodes, chain ${toHex(chainIdOf(genesis)).slice(0, 16)}, data in ${dataDir}\n`,
  );
  try {
    for (const node of plan.nodes) startNode(dataDir, node.name, entry);
    const names = plan.nodes.map((node) => node.name);
    await waitReady(dataDir, names, {
      signal: io.signal,
      onReady: (node, status) =>
        io.out(`  ${node.name.padEnd(6)} ready at height ${status.height}  ${node.dashboardUrl}\n`),
    });
  } catch (error) {
    await endNodes(dataDir);
    throw error;
  }
  io.out(`ready in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

/** A network without pages is of use too: its API and the command line work. */
async function buildPages(io: Pick<CliIo, 'out'>): Promise<void> {
  try {
    if (await ensureBuilt()) io.out('built the pages of the dashboard\n');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown';
    io.out(`the pages of the dashboard could not be built, so the nodes answer 503 for them: ${reason}\n`);
  }
}

/** Tells about nodes that come and go until the operator ends the devnet. */
async function watch(dataDir: string, io: CliIo): Promise<ExitCode> {
  const seen = new Map<string, string>();
  while (!io.signal.aborted) {
    const state = readState(dataDir);
    if (state === undefined) return EXIT.ok;
    for (const [name, id] of state.processes) {
      const now = `${processState(id)} ${id.pid}`;
      const before = seen.get(name);
      seen.set(name, now);
      if (before === undefined || before === now) continue;
      io.out(
        `  ${name.padEnd(6)} ${processState(id) === 'gone' ? 'ended' : processState(id)} (pid ${id.pid})\n`,
      );
    }
    await delay(WATCH_MS, undefined, { signal: io.signal }).catch(() => undefined);
  }
  const { forced } = await endNodes(dataDir);
  const heard = requireState(dataDir).plan.nodes.length;
  io.out(
    forced.length === 0 ? `all ${heard} nodes ended\n` : `ended; ${forced.join(', ')} had to be made to\n`,
  );
  return EXIT.ok;
}
