/** Mutants that no test can tell from the code as written: listed with a reason, and checked to be there still. */
import { z } from 'zod';
import type { Mutant } from './instrument.ts';
import { read } from './room.ts';

const PATH = 'scripts/mutation/equivalents.json';

const ENTRIES = z.array(
  z.strictObject({
    file: z.string(),
    /** The trimmed line. */
    line: z.string(),
    /** `original => replacement`, one or more; an operator alone (`statement`) means all of it in the line. */
    mutants: z.array(z.string()).min(1),
    reason: z.string().min(20),
  }),
);

function matches(mutant: Mutant, written: string): boolean {
  return written === mutant.operator || written === `${mutant.original} => ${mutant.replacement}`;
}

/** The ids of all listed mutants, and what of the list matches no mutant any more. */
export function classifyEquivalents(mutants: readonly Mutant[]): {
  readonly equivalents: ReadonlyMap<number, string>;
  readonly faults: readonly string[];
} {
  const equivalents = new Map<number, string>();
  const faults: string[] = [];
  for (const entry of ENTRIES.parse(JSON.parse(read(PATH)))) {
    for (const written of entry.mutants) {
      const found = mutants.filter(
        (mutant) => mutant.file === entry.file && mutant.lineText === entry.line && matches(mutant, written),
      );
      if (found.length === 0) faults.push(`no mutant "${written}" in ${entry.file}: ${entry.line}`);
      for (const { id } of found) equivalents.set(id, entry.reason);
    }
  }
  return { equivalents, faults };
}
