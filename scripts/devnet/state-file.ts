import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DevnetError } from './devnet-error.ts';
import { planDevnet } from './plan.ts';
import type { DevnetPlan } from './plan.ts';
import { SCENARIOS } from './scenario/scenario-names.ts';
import type { Scenario } from './scenario/scenario-names.ts';
import { processState } from './process-table.ts';
import type { ProcessId } from './process-table.ts';

export const STATE_FILE = 'devnet.json';
const FORMAT = 'phr-mesh/devnet/1';

const stateSchema = z.strictObject({
  format: z.literal(FORMAT),
  seed: z.string(),
  nodes: z.number().int().positive(),
  basePort: z.number().int().positive(),
  scenario: z.enum(SCENARIOS).optional(),
  /** Absent when nobody joined. */
  founders: z.number().int().positive().optional(),
  processes: z.record(
    z.string(),
    z.strictObject({ pid: z.number().int().positive(), startTicks: z.number().nullable() }),
  ),
});

/** What a data directory remembers of its devnet: enough to start it again, and to end what runs. */
export interface DevnetState {
  plan: DevnetPlan;
  /** The scenario that was played to its end, if one was. */
  scenario?: Scenario | undefined;
  /** Node processes by node name; entries of ended processes may remain. */
  processes: Map<string, ProcessId>;
}

/** @returns undefined when the directory holds no devnet; @throws DevnetError `state-malformed` */
export function readState(dataDir: string): DevnetState | undefined {
  const file = join(dataDir, STATE_FILE);
  if (!existsSync(file)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new DevnetError('state-malformed', [`${file} is not JSON`], { cause });
  }
  const parsed = stateSchema.safeParse(value);
  if (!parsed.success) throw new DevnetError('state-malformed', [`${file} was not written by this devnet`]);
  const { seed, nodes, basePort, founders = nodes, scenario, processes } = parsed.data;
  return {
    scenario,
    plan: planDevnet({ seed, nodes, basePort, founders }),
    processes: new Map(Object.entries(processes)),
  };
}

/** Replaces the state file in one step, so that no reader ever sees half of it. */
export function writeState(dataDir: string, state: DevnetState): void {
  mkdirSync(dataDir, { recursive: true });
  const { seed, basePort, nodes, founders } = state.plan;
  const value: z.input<typeof stateSchema> = {
    format: FORMAT,
    seed,
    nodes: nodes.length,
    basePort,
    ...(state.scenario === undefined ? {} : { scenario: state.scenario }),
    ...(founders === nodes.length ? {} : { founders }),
    processes: Object.fromEntries(state.processes),
  };
  const draft = join(dataDir, `${STATE_FILE}.${process.pid}.draft`);
  const descriptor = openSync(draft, 'w', 0o644);
  try {
    writeSync(descriptor, `${JSON.stringify(value, undefined, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, join(dataDir, STATE_FILE));
}

/** Notes the process of one node beside the others, from the newest state on disk. */
export function noteProcess(dataDir: string, node: string, id: ProcessId | undefined): void {
  const state = requireState(dataDir);
  if (id === undefined) state.processes.delete(node);
  else state.processes.set(node, id);
  writeState(dataDir, state);
}

/** @throws DevnetError `not-running` when the directory holds no devnet */
export function requireState(dataDir: string): DevnetState {
  const state = readState(dataDir);
  if (state === undefined)
    throw new DevnetError('not-running', [`${dataDir} holds no devnet: start one with "up"`]);
  return state;
}

/** The node processes that are alive, paused ones included. */
export function aliveProcesses(state: DevnetState): { name: string; id: ProcessId }[] {
  return [...state.processes]
    .map(([name, id]) => ({ name, id }))
    .filter(({ id }) => processState(id) !== 'gone');
}
