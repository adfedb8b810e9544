import { describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { runSchedule } from './schedule.ts';

/** A planted bug that is not found within this many schedules would pass unnoticed. */
const SCHEDULES_MAX = 1_000;
const SEED = 1;

describe('every planted bug is found', () => {
  test.each(MUTANTS)('$name', ({ faults, settings, invariants }) => {
    let found: string | undefined;
    let schedules = 0;
    while (found === undefined && schedules < SCHEDULES_MAX) {
      const options = settings === undefined ? { faults } : { faults, settings };
      found = runSchedule(SEED + schedules++, options).violation?.invariant;
    }
    process.stdout.write(`found by ${found ?? 'nothing'} after ${schedules} schedules\n`);
    expect(invariants).toContain(found);
  });

  test('the settings that show them break no promise of the correct core', () => {
    for (const { settings } of MUTANTS) {
      if (settings === undefined) continue;
      for (let seed = SEED; seed < SEED + 100; seed++) {
        expect(runSchedule(seed, { settings }).violation?.message).toBeUndefined();
      }
    }
  });
});
