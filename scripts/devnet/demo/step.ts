import type { World } from './world.ts';

/** One claim of the mission, played and asserted. */
export interface DemoStep {
  /** Its place in the mission, 1 to 10. */
  number: number;
  title: string;
  /** Steps whose results this one uses. */
  needs: readonly number[];
  /** Plays the step. @returns one readable line with what was measured; @throws Untrue when a claim does not hold */
  run(world: World): Promise<string>;
}

/** A claim that did not hold: what was expected, and what came. */
export class Untrue extends Error {
  override readonly name = 'Untrue';
  readonly expected: string;
  readonly came: string;
  constructor(expected: string, came: string) {
    super(`expected ${expected}; came ${came}`);
    this.expected = expected;
    this.came = came;
  }
}

/** @throws Untrue unless the claim holds */
export function claim(holds: boolean, expected: string, came: string | number): asserts holds {
  if (!holds) throw new Untrue(expected, String(came));
}

/** @throws Untrue unless both texts or numbers are the same */
export function claimEqual<T extends string | number>(came: T, expected: T, what: string): void {
  if (came !== expected) throw new Untrue(`${what}: ${expected}`, String(came));
}

/** @throws Untrue unless both lists hold the same texts, whatever their order */
export function claimSame(came: readonly string[], expected: readonly string[], what: string): void {
  const missing = expected.filter((text) => !came.includes(text));
  const extra = came.filter((text) => !expected.includes(text));
  if (missing.length === 0 && extra.length === 0 && came.length === expected.length) return;
  throw new Untrue(
    `${what}: exactly ${expected.length}`,
    `${came.length}, of which ${extra.length} unexpected and ${missing.length} missing`,
  );
}
