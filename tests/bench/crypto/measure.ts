export type Operations = Readonly<Record<string, () => unknown>>;

/** Runs of an operation in its turn: the first ones pay for the caches that another operation emptied. */
const RUNS_PER_TURN = 4;

/**
 * Medians in milliseconds. All operations take turns within a round, so that a busy moment of the machine falls on
 * all of them; a turn counts as its fastest run, and the first rounds only warm up.
 */
export async function medians(operations: Operations, rounds: number): Promise<Record<string, number>> {
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
  return Object.fromEntries(
    Object.entries(spent).map(([name, list]) => {
      const sorted = list.toSorted((a, b) => a - b);
      return [name, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN];
    }),
  );
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
