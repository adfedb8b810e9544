import { faultBound } from '#consensus';
import type { VoteKind } from '#consensus';
import { Random } from './random.ts';

/** An 'outsider' is no node any more: somebody has its key and votes with it, see `Outsider`. */
export type Byzantine = 'twin' | 'mutator' | 'silent' | 'outsider';

/** From this height on these replicas decide, in this order. */
export interface SimSet {
  readonly fromHeight: number;
  readonly members: readonly number[];
}

/** What one schedule does to the cluster; all of it follows from the seed (swarm testing: features on or off). */
export interface Settings {
  /** Replicas, those included that join later or have left. */
  readonly n: number;
  /** Ascending by height, from 1; all replicas always, when absent. */
  readonly sets?: readonly SimSet[];
  /** By replica; at most f of every set. */
  readonly byzantine: ReadonlyMap<number, Byzantine>;
  readonly delayMaxMs: number;
  /** Delay after the network healed. */
  readonly healedDelayMaxMs: number;
  readonly duplicate: number;
  readonly lossOf: Readonly<Record<VoteKind | 'other', number>>;
  /** Links (from * n + to) that lose everything until the network heals. */
  readonly deadLinks: ReadonlySet<number>;
  readonly partitions: boolean;
  /** Chance of a crash at each effect boundary. */
  readonly crashAtEffect: number;
  readonly crashesAtRandom: number;
  readonly allRestart: boolean;
  readonly healsAtMs: number;
  readonly commands: number;
  readonly validateDelayMaxMs: number;
}

const KINDS = ['pre-prepare', 'prepare', 'commit', 'round-change', 'other'] as const;

export function settingsOf(seed: number): Settings {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const n = random.chance(0.6) ? 4 : random.between(5, 7);
  const byzantine = new Map<number, Byzantine>();
  if (random.chance(0.75)) {
    for (const index of random.shuffled([...Array(n).keys()]).slice(0, random.between(1, faultBound(n)))) {
      byzantine.set(index, random.pick(['twin', 'mutator', 'mutator', 'silent'] as const) ?? 'silent');
    }
  }
  const lossOf = { 'pre-prepare': 0, prepare: 0, commit: 0, 'round-change': 0, other: 0 };
  const general = random.chance(0.6) ? random.fraction() * 0.3 : 0;
  for (const kind of KINDS) lossOf[kind] = random.chance(0.25) ? random.fraction() * 0.9 : general;
  const deadLinks = new Set<number>();
  if (random.chance(0.35)) {
    for (let i = random.between(1, n); i > 0; i--) deadLinks.add(random.below(n * n));
  }
  const crashes = random.chance(0.5);
  return {
    n,
    byzantine,
    delayMaxMs: random.pick([20, 200, 800, 3000]) ?? 20,
    healedDelayMaxMs: random.pick([20, 200, 1500]) ?? 20,
    duplicate: random.chance(0.4) ? random.fraction() * 0.4 : 0,
    lossOf,
    deadLinks,
    partitions: random.chance(0.4),
    crashAtEffect: crashes && random.chance(0.6) ? random.fraction() * 0.03 : 0,
    crashesAtRandom: crashes ? random.between(0, 5) : 0,
    allRestart: random.chance(0.15),
    healsAtMs: random.between(4_000, 20_000),
    commands: random.between(1, 6),
    validateDelayMaxMs: random.chance(0.3) ? 300 : 0,
  };
}
