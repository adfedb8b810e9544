/**
 * What instrumented code asks while it runs: which mutant is active, whether to note what is reached, and whether a
 * loop has turned too often. One number switches every mutant of the room, so nothing is built or restarted.
 */
export class TurnLimit extends Error {}

export const state = {
  /** Number of the active mutant; 0 is the code as written. */
  active: 0,
  isRecording: false,
  reached: new Set<number>(),
  turns: 0,
  turnsMax: Number.POSITIVE_INFINITY,
  hasHungUp: false,
};

/** Notes the mutants of one place as reached. */
export function touch(first: number, count: number): void {
  for (let id = first; id < first + count; id++) state.reached.add(id);
}

/** Counts one turn of a loop; a mutant that never ends is stopped here, at the same turn every time. */
export function turn(): void {
  if (++state.turns <= state.turnsMax) return;
  state.hasHungUp = true;
  throw new TurnLimit('a loop does not end');
}
