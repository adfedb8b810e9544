import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXIT, flagOption, numberOption, textOption } from '../node-cli.ts';
import type { CliIo, Command, ExitCode } from '../node-cli.ts';
import { endNodes } from '../nodes.ts';
import { planDevnet, SEED_DEFAULT } from '../plan.ts';
import { findFreeBasePort } from '../ports.ts';
import { requireNotRunning } from '../prepare.ts';
import { bringUp, DATA_DEFAULT } from '../up.ts';
import { beginCapture, outcomeText, playSteps, STEPS } from './run.ts';
import { World } from './world.ts';

/** The mission is written for these four. */
const NODES = 4;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'play the whole mission on four real nodes and assert every claim',
  usage: '[--data <directory>] [--port <first port>] [--keep] [--verbose]',
  help: `
Starts four nodes on fresh data and ports that are free, plays ten steps with people in processes of their own, prints
one line a step, and ends with "n of 10 true". Exit code 0 only for all ten.

  --data <directory>   default ${join(DATA_DEFAULT, 'demo')}; removed afterwards when all is true
  --port <port>        first port to try
  --keep               keep the data in any case
  --verbose            show how far long steps are`,
  options: {
    data: { type: 'string' },
    port: { type: 'string' },
    keep: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const dataDir = resolve(io.cwd, textOption(values, 'data') ?? join(DATA_DEFAULT, 'demo'));
    const port = numberOption(values, 'port', { min: 1024, max: 30_000 });
    return await playDemo({
      dataDir,
      io,
      keep: flagOption(values, 'keep'),
      verbose: flagOption(values, 'verbose'),
      ...(port === undefined ? {} : { port }),
    });
  },
};

export interface DemoInit {
  dataDir: string;
  io: Pick<CliIo, 'out' | 'signal'>;
  keep: boolean;
  verbose: boolean;
  port?: number;
}

/** Plays the demo. @returns 0 only when all steps are true; whatever happens, nothing is left running */
export async function playDemo({ dataDir, io, keep, verbose, port }: DemoInit): Promise<ExitCode> {
  const begun = performance.now();
  requireNotRunning(dataDir);
  const plan = planDevnet({
    seed: SEED_DEFAULT,
    nodes: NODES,
    basePort: await findFreeBasePort(NODES, port),
  });
  await bringUp(dataDir, plan, { fresh: true, io });
  const world = new World({
    dataDir,
    plan,
    signal: io.signal,
    progress: (text) => (verbose ? io.out(`      ${text}\n`) : undefined),
  });
  let allTrue = false;
  try {
    await beginCapture(world);
    const outcomes = await playSteps(world, STEPS, (outcome) => io.out(`${outcomeText(outcome)}\n`));
    const count = outcomes.filter(({ kind }) => kind === 'true').length;
    allTrue = count === STEPS.length;
    io.out(`${count} of ${STEPS.length} true, ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  } finally {
    await world.capture?.end();
    await world.endActors();
    await endNodes(dataDir);
    if (allTrue && !keep) rmSync(dataDir, { recursive: true, force: true });
    else io.out(`data, logs and vaults are in ${dataDir}\n`);
  }
  return allTrue ? EXIT.ok : EXIT.error;
}
