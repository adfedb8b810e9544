import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginCapture, playSteps, STEPS } from '../../scripts/devnet/demo/run.ts';
import type { StepOutcome } from '../../scripts/devnet/demo/run.ts';
import { World } from '../../scripts/devnet/demo/world.ts';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';

/** The mission on four real node processes: the same steps as `npm run demo`, one test each. */
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-demo-'));
const dataDir = join(scratch, 'data');
const signal = new AbortController().signal;
const outcomes: StepOutcome[] = [];
let world: World;

beforeAll(async () => {
  const plan = planDevnet({ seed: 'e2e', nodes: 4, basePort: await findFreeBasePort(4, 24_000) });
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  world = new World({ dataDir, plan, signal, progress: () => undefined });
  await beginCapture(world);
});

afterAll(async () => {
  await world.capture?.end();
  await world.endActors();
  if (readState(dataDir) !== undefined) await endNodes(dataDir);
  // What failed is left for whoever looks into it; its place stands in the failure.
  if (outcomes.length === STEPS.length && outcomes.every(({ kind }) => kind === 'true')) {
    rmSync(scratch, { recursive: true, force: true });
  }
});

describe('the mission on four node processes', () => {
  it('has ten steps, in order', () => {
    expect(STEPS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it.each(STEPS.map((step) => [step.number, step.title, step] as const))(
    '%i. %s',
    async (_number, _title, step) => {
      const ready = step.needs.every(
        (need) => outcomes.find(({ number }) => number === need)?.kind === 'true',
      );
      expect(ready, `needs ${step.needs.join(', ')}; data in ${dataDir}`).toBe(true);
      const [outcome] = await playSteps(world, [{ ...step, needs: [] }], (played) => outcomes.push(played));
      expect(outcome, `data in ${dataDir}`).toMatchObject({ kind: 'true' });
    },
  );
});
