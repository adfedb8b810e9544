import { describe, expect, test } from 'vitest';
import type { Faults } from './faults.ts';
import { Random } from './random.ts';
import { runSchedule } from './schedule.ts';
import type { Outcome } from './schedule.ts';
import type { Byzantine, Settings, SimSet } from './settings.ts';

const SEED = Number(process.env['SIM_SEED'] ?? 20_261_123);
const SCHEDULES = Number(process.env['SIM_SCHEDULES'] ?? 900);
/** A planted bug that is not found within this many schedules would pass unnoticed. */
const PLANTED_SCHEDULES_MAX = 300;
const FOUR = [0, 1, 2, 3];
const FIVE = [...FOUR, 4];
const BUSY: Partial<Settings> = { commands: 14, healsAtMs: 14_000 };

const between = (seed: number, least: number, most: number): number =>
  new Random(Math.imul(seed, 0x85ebca6b) ^ 0x165667b1).between(least, most);

/** Replica 4 is a key without a node: what of it is good where the institution is a member, and nowhere else. */
const SCENARIOS: Readonly<Record<string, (seed: number) => readonly SimSet[]>> = {
  'that has left': (seed) => [
    { fromHeight: 1, members: FIVE },
    { fromHeight: between(seed, 2, 5), members: FOUR },
  ],
  'that has not joined yet': (seed) => [
    { fromHeight: 1, members: FOUR },
    { fromHeight: between(seed, 4, 6), members: FIVE },
  ],
  'that was a member for some heights': (seed) => [
    { fromHeight: 1, members: FOUR },
    { fromHeight: between(seed, 2, 4), members: [4, ...FOUR] },
    { fromHeight: between(seed, 5, 7), members: FOUR },
  ],
};

const run = (seed: number, sets: readonly SimSet[], faults: Faults = {}): Outcome =>
  runSchedule(seed, {
    faults,
    settings: { ...BUSY, n: 5, sets, byzantine: new Map([[4, 'outsider']]) },
  });

describe('votes and certificates, validly signed, of an institution', () => {
  test.each(Object.entries(SCENARIOS))('%s break no promise', (_, scenario) => {
    let met = 0;
    let counted = 0;
    for (let seed = SEED; seed < SEED + SCHEDULES / 3; seed++) {
      const { violation, seen } = run(seed, scenario(seed));
      if (violation !== undefined)
        throw new Error(`${violation.message}; repeat with SIM_SEED=${seed}`, { cause: violation });
      if ((seen.get('vote of an outsider refused') ?? 0) > 0) met++;
      if ((seen.get('vote of a parrot counted') ?? 0) > 0) counted++;
    }
    process.stdout.write(`refused in ${met}, counted as a member in ${counted} schedules\n`);
    // schedules that never bring such a vote to anybody, before or after, prove nothing
    expect(met).toBeGreaterThan(SCHEDULES / 4);
    expect(counted).toBeGreaterThan(SCHEDULES / 6);
  });
});

/**
 * One vote is missing for a quorum, for good, and the key has it: two of the four members are silent, two are honest.
 * Where the key's institution is the third, work goes on; where it is none, nothing is ever decided.
 */
describe('a quorum that lacks one vote', () => {
  const byzantine = new Map<number, Byzantine>([
    [3, 'silent'],
    [4, 'outsider'],
    [5, 'silent'],
  ]);
  const WITH = [0, 1, 3, 4];
  const WITHOUT = [0, 1, 3, 5];
  const lacking = (seed: number, sets: readonly SimSet[], faults: Faults = {}): Outcome =>
    runSchedule(seed, { faults, settings: { ...CALM, n: 6, sets, byzantine } });
  const CALM: Partial<Settings> = {
    ...BUSY,
    deadLinks: new Set(),
    partitions: false,
    crashAtEffect: 0,
    crashesAtRandom: 0,
    allRestart: false,
  };
  const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8].map((k) => SEED + k);
  const LAST = 3;
  const leaves: readonly SimSet[] = [
    { fromHeight: 1, members: WITH },
    { fromHeight: LAST + 1, members: WITHOUT },
  ];
  const joins: readonly SimSet[] = [
    { fromHeight: 1, members: WITHOUT },
    { fromHeight: LAST + 1, members: WITH },
  ];

  test.each(SEEDS)('gets it from a member, seed %i', (seed) => {
    const { violation, height, seen } = lacking(seed, [{ fromHeight: 1, members: WITH }]);
    expect(violation?.message).toBeUndefined();
    expect(height).toBeGreaterThan(LAST);
    expect(seen.get('vote of a parrot counted') ?? 0).toBeGreaterThan(0);
  });

  test.each(SEEDS)('does not get it from one that has left, seed %i', (seed) => {
    const { violation, height, seen } = lacking(seed, leaves);
    expect(violation?.invariant).toBe('liveness');
    // every height of its own epoch is decided with its vote, and none after
    expect(height).toBe(LAST);
    expect(seen.get('vote of an outsider refused') ?? 0).toBeGreaterThan(0);
  });

  test.each(SEEDS)('does not get it from one that has not joined yet, seed %i', (seed) => {
    const { violation, height, seen } = lacking(seed, joins);
    expect(violation?.invariant).toBe('liveness');
    expect(height).toBe(0);
    expect(seen.get('vote of an outsider refused') ?? 0).toBeGreaterThan(0);
  });

  test.each([
    ['has left', leaves],
    ['has not joined yet', joins],
  ] as const)('a node that does not ask who is a member takes it from one that %s', (_, sets) => {
    const found = SEEDS.map((seed) => lacking(seed, sets, { countsSigner: () => true }).violation?.invariant);
    for (const invariant of found) expect(FORGED).toContain(invariant);
  });
});

/** How a forged quorum shows to an observer who counts for himself. */
const FORGED = ['certificate', 'agreement', 'unjustified', 'evidence', 'two-values', 'lock-lost', 'linkage'];

const fromHeights = (signer: number, sets: readonly SimSet[]): number[] =>
  sets.filter(({ members }) => members.includes(signer)).map(({ fromHeight }) => fromHeight);

const PLANTED: readonly { name: string; scenario: string; faults: Faults }[] = [
  {
    name: 'a good signature is enough, whoever made it',
    scenario: 'that was a member for some heights',
    faults: { countsSigner: () => true },
  },
  {
    name: 'who was a member once is one for ever',
    scenario: 'that has left',
    faults: {
      countsSigner: (signer, height, sets) => fromHeights(signer, sets).some((from) => from <= height),
    },
  },
  {
    name: 'who is going to be a member is one already',
    scenario: 'that has not joined yet',
    faults: {
      countsSigner: (signer, height, sets) => fromHeights(signer, sets).some((from) => from > height),
    },
  },
];

describe('every planted bug about who counts is found', () => {
  test.each(PLANTED)('$name', ({ scenario, faults }) => {
    let found: string | undefined;
    let schedules = 0;
    while (found === undefined && schedules < PLANTED_SCHEDULES_MAX) {
      const seed = schedules++;
      found = run(seed, SCENARIOS[scenario]?.(seed) ?? [], faults).violation?.invariant;
    }
    process.stdout.write(`found by ${found ?? 'nothing'} after ${schedules} schedules\n`);
    expect(FORGED).toContain(found);
  });
});
