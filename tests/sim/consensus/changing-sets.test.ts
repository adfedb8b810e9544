import { describe, expect, test } from 'vitest';
import { SET_SCENARIOS } from './changing-sets.ts';
import type { SetScenario } from './changing-sets.ts';
import type { Faults } from './faults.ts';
import { runSchedule } from './schedule.ts';

const SEED = Number(process.env['SIM_SEED'] ?? 20_261_122);
const SCHEDULES = Number(process.env['SIM_SCHEDULES'] ?? 2_400);
const EACH = Math.ceil(SCHEDULES / Object.keys(SET_SCENARIOS).length);
/** A planted bug that is not found within this many schedules would pass unnoticed. */
const PLANTED_SCHEDULES_MAX = 600;

describe('validators that join and leave', () => {
  test.each(Object.entries(SET_SCENARIOS))('%s: every promise is kept', (_, scenario) => {
    let passed = 0;
    for (let seed = SEED; seed < SEED + EACH; seed++) {
      const { violation, height, settings } = runSchedule(seed, { settings: scenario(seed) });
      if (violation !== undefined)
        throw new Error(`${violation.message}; repeat with SIM_SEED=${seed} SIM_SCHEDULES=1`, {
          cause: violation,
        });
      if (height >= (settings.sets?.at(-1)?.fromHeight ?? 0)) passed++;
    }
    process.stdout.write(`${EACH} schedules, ${passed} of them beyond the last change\n`);
    // schedules that never reach the change prove nothing
    expect(passed).toBeGreaterThan(EACH / 2);
  });
});

interface Planted {
  readonly name: string;
  readonly faults: Faults;
  readonly scenarios: readonly SetScenario[];
  readonly invariants: readonly string[];
}

const { 'one joins': joins, 'one leaves': leaves } = SET_SCENARIOS;
const { 'one that leaves lies and equivocates': leaverLies, 'nearly all are replaced': replaced } =
  SET_SCENARIOS;

const PLANTED: readonly Planted[] = [
  {
    name: 'the set changes a height early',
    faults: { setOf: (height) => height + 1 },
    scenarios: [joins, leaves],
    invariants: ['certificate', 'two-values', 'unjustified', 'evidence'],
  },
  {
    name: 'the set changes a height late',
    faults: { setOf: (height) => Math.max(1, height - 1) },
    scenarios: [joins, leaves],
    invariants: ['certificate', 'two-values', 'unjustified', 'evidence'],
  },
  {
    name: 'the set of the genesis decides for ever',
    faults: { setOf: () => 1 },
    scenarios: [leaves, replaced],
    invariants: ['certificate', 'two-values', 'unjustified', 'evidence'],
  },
  {
    name: 'fetched blocks are checked by the first set',
    faults: { certificateSetOf: () => 1 },
    scenarios: [leaverLies, replaced],
    invariants: ['liveness', 'certificate'],
  },
  {
    name: 'fetched blocks are checked by the newest set',
    faults: { certificateSetOf: () => 1e9 },
    scenarios: [leaves, replaced],
    invariants: ['liveness', 'certificate'],
  },
];

describe('every planted bug about changing validators is found', () => {
  test.each(PLANTED)('$name', ({ faults, scenarios, invariants }) => {
    let found: string | undefined;
    let schedules = 0;
    while (found === undefined && schedules < PLANTED_SCHEDULES_MAX) {
      const seed = schedules++;
      const scenario = scenarios[seed % scenarios.length] ?? joins;
      found = runSchedule(seed, { faults, settings: scenario(seed) }).violation?.invariant;
    }
    process.stdout.write(`found by ${found ?? 'nothing'} after ${schedules} schedules\n`);
    expect(invariants).toContain(found);
  });
});
