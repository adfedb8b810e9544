import { Random } from './random.ts';
import { settingsOf } from './settings.ts';
import type { Byzantine, Settings, SimSet } from './settings.ts';

/** What becomes of the set, beside the faults that the seed chooses. */
export type SetScenario = (seed: number) => Partial<Settings>;

const FOUR = [0, 1, 2, 3];

/** Blocks enough to pass the changes: commands come one by one over the time before the network heals. */
const BUSY: Partial<Settings> = { commands: 14, healsAtMs: 14_000 };

function randomOf(seed: number): Random {
  return new Random(Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f);
}

function byzantineOf(seed: number, candidates: readonly number[]): Map<number, Byzantine> {
  const random = randomOf(seed + 7);
  if (random.chance(0.35)) return new Map();
  const who = random.pick(candidates) ?? 0;
  return new Map([[who, random.pick(['twin', 'mutator', 'mutator', 'silent'] as const) ?? 'silent']]);
}

/** Replica 4 follows from the beginning and decides from some height on. */
const joins: SetScenario = (seed) => {
  const fromHeight = randomOf(seed).between(2, 5);
  const sets: SimSet[] = [
    { fromHeight: 1, members: FOUR },
    { fromHeight, members: [...FOUR, 4] },
  ];
  return { ...BUSY, n: 5, sets, byzantine: byzantineOf(seed, [0, 1, 2, 3, 4]) };
};

/** One of five leaves: every place after its own moves. */
const leaves: SetScenario = (seed) => {
  const random = randomOf(seed);
  const fromHeight = random.between(2, 5);
  const leaver = random.below(5);
  const sets: SimSet[] = [
    { fromHeight: 1, members: [...FOUR, 4] },
    { fromHeight, members: [...FOUR, 4].filter((index) => index !== leaver) },
  ];
  return { ...BUSY, n: 5, sets, byzantine: byzantineOf(seed, [0, 1, 2, 3, 4]) };
};

/** The one who proposes the last height of the old set, and would have proposed the first of the new, leaves. */
const proposerLeaves: SetScenario = (seed) => {
  const fromHeight = randomOf(seed).between(2, 5);
  const leaver = (fromHeight - (seed % 2)) % 5;
  const sets: SimSet[] = [
    { fromHeight: 1, members: [...FOUR, 4] },
    { fromHeight, members: [...FOUR, 4].filter((index) => index !== leaver) },
  ];
  return {
    ...BUSY,
    n: 5,
    sets,
    byzantine: byzantineOf(
      seed,
      FOUR.filter((index) => index !== leaver),
    ),
  };
};

/** One joins while the network is in two parts, and another leaves a little later. */
const inPartition: SetScenario = (seed) => {
  const random = randomOf(seed);
  const first = random.between(2, 3);
  const sets: SimSet[] = [
    { fromHeight: 1, members: FOUR },
    { fromHeight: first, members: [...FOUR, 4] },
    { fromHeight: first + random.between(1, 3), members: [1, 2, 3, 4] },
  ];
  return { ...BUSY, n: 5, sets, partitions: true, byzantine: byzantineOf(seed, [1, 2, 3, 4]) };
};

/** The leaver says whatever it likes under its key, before and after it has left. */
const leaverLies: SetScenario = (seed) => {
  const random = randomOf(seed);
  const fromHeight = random.between(2, 4);
  const leaver = random.below(5);
  const sets: SimSet[] = [
    { fromHeight: 1, members: [...FOUR, 4] },
    { fromHeight, members: [...FOUR, 4].filter((index) => index !== leaver) },
  ];
  const kind = random.pick(['twin', 'mutator', 'mutator'] as const) ?? 'mutator';
  return { ...BUSY, n: 5, sets, byzantine: new Map([[leaver, kind]]) };
};

/** All replaced, one after the other, with two changes as close as the ledger allows. */
const everybodyIsReplaced: SetScenario = (seed) => {
  const first = randomOf(seed).between(2, 3);
  const members = [
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4],
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5],
    [2, 3, 4, 5],
  ];
  const sets = members.map((set, i) => ({ fromHeight: i === 0 ? 1 : first + i - 1, members: set }));
  const { byzantine: _, ...base } = settingsOf(seed);
  return { ...base, ...BUSY, commands: 20, n: 6, sets, byzantine: byzantineOf(seed, [2, 3]) };
};

export const SET_SCENARIOS = {
  'one joins': joins,
  'one leaves': leaves,
  'the proposer leaves': proposerLeaves,
  'one joins and one leaves during partitions': inPartition,
  'one that leaves lies and equivocates': leaverLies,
  'nearly all are replaced': everybodyIsReplaced,
} as const;
