export type Operations = Readonly<Record<string, () => unknown>>;

/** Runs of an operation in its turn: the first ones pay for the caches that another operation emptied. */
const RUNS_PER_TURN = 4;

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

/**
 * Milliseconds of every operation in every round. All operations take turns within a round, so that a busy moment of
 * the machine falls on all of them; a turn counts as its fastest run, and the first rounds only warm up.
 */
async function samples(operations: Operations, rounds: number): Promise<Record<string, number[]>> {
  const spent: Record<string, number[]> = {};
  for (let round = -3; round < rounds; round++) {
    for (const [name, run] of Object.entries(operations)) {
      let fastest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < RUNS_PER_TURN; i++) {
        const start = performance.now();
        await run();
        fastest = Math.min(fastest, performance.now() - start);
      }
      if (round >= 0) (spent[name] ??= []).push(fastest);
    }
  }
  return spent;
}

/** Medians in milliseconds. */
export async function medians(operations: Operations, rounds: number): Promise<Record<string, number>> {
  const spent = await samples(operations, rounds);
  return Object.fromEntries(Object.entries(spent).map(([name, list]) => [name, median(list)]));
}

/** `medians`, and the median over the rounds of how many times longer one operation took than another beside it. */
export async function compared(
  operations: Operations,
  rounds: number,
): Promise<{ spent: Record<string, number>; ratio: (name: string, base: string) => number }> {
  const lists = await samples(operations, rounds);
  return {
    spent: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, median(list)])),
    ratio: (name, base) =>
      median((lists[name] ?? []).map((time, round) => time / (lists[base]?.[round] ?? Number.NaN))),
  };
}

export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  console.log(`\n${title}\n${line(head)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  for (const row of rows) console.log(line(row));
}

export const ms = (value: number | undefined): string => (value ?? Number.NaN).toFixed(3);
export const times = (value: number): string => `${value >= 100 ? value.toFixed(0) : value.toFixed(2)}x`;
