import type { Faults } from './faults.ts';
import { Violation } from './oracle.ts';
import type { SimSight } from './oracle.ts';
import { settingsOf } from './settings.ts';
import type { Settings } from './settings.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly settings: Settings;
  readonly violation: Violation | undefined;
  readonly height: number;
  readonly steps: number;
  readonly seen: ReadonlyMap<SimSight, number>;
}

/** Runs one schedule; the same seed and faults give the same outcome, byte for byte. */
export function runSchedule(
  seed: number,
  options: { faults?: Faults; settings?: Partial<Settings>; trace?: (line: string) => void } = {},
): Outcome {
  const settings = { ...settingsOf(seed), ...options.settings };
  const world = new World(seed, settings, options.faults ?? {}, options.trace);
  let violation: Violation | undefined;
  try {
    world.run();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  return {
    seed,
    settings,
    violation,
    height: world.oracle.chain.length,
    steps: world.steps,
    seen: world.oracle.seen,
  };
}
