/** The process in which the tests run: judges the mutants that it is told, one after the other. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { factsOf, type FileFacts } from './baseline.ts';
import { Judge } from './judge.ts';
import { installHooks } from './module-hooks.ts';
import { fingerprint, importersOf, instrumentRoom, roomFiles, testFiles, testMaterial } from './room.ts';
import { seedChance } from './trial.ts';
import { FOLDER, Verdicts } from './verdicts.ts';

/** Modules are never given back, so a worker that has grown to this is followed by a fresh one. */
const RESIDENT_BYTES_MAX = 1.5 * 2 ** 30;
export const GROWN_EXIT_CODE = 75;

const ALIVE_EVERY_MS = 2_000;

const TOOL_FILES = ['instrument', 'operators', 'exclusions', 'trial', 'test-interface'].map(
  (name) => `scripts/mutation/${name}.ts`,
);

/** The facts of every test file; only files that something changed for are run again. */
async function baseline(): Promise<readonly FileFacts[]> {
  const folder = join(FOLDER, 'facts');
  mkdirSync(folder, { recursive: true });
  const shared = [
    ...roomFiles(),
    ...testMaterial().filter((file) => !file.endsWith('.test.ts')),
    ...TOOL_FILES,
  ];
  const facts: FileFacts[] = [];
  for (const file of testFiles()) {
    const path = join(folder, `${fingerprint([...shared, file])}.json`);
    if (!existsSync(path)) {
      process.send?.({ kind: 'baseline' });
      writeFileSync(path, JSON.stringify(await factsOf(file)));
    }
    facts.push(JSON.parse(readFileSync(path, 'utf8')) as FileFacts);
  }
  return facts;
}

/** Judges the mutants with these ids that have no verdict yet; ends the process. */
export async function work(ids: readonly number[]): Promise<void> {
  // What a mutant breaks in the background is no verdict: only a test's own failure is.
  process.on('unhandledRejection', () => undefined);
  // Says that the process is not blocked, however long its tests take.
  setInterval(() => process.send?.({ kind: 'alive' }), ALIVE_EVERY_MS);
  const { mutants, sources } = instrumentRoom();
  installHooks(sources);
  seedChance();
  // The first counterexample is enough: shrinking takes most of the time and changes no verdict.
  fc.configureGlobal({ seed: 1, endOnFailure: true });
  const judge = new Judge(await baseline(), mutants, importersOf(roomFiles()));
  const verdicts = new Verdicts(mutants);
  for (const id of ids) {
    const mutant = mutants[id - 1];
    if (mutant === undefined || verdicts.of(mutant) !== undefined) continue;
    process.send?.({ kind: 'asked', id: mutant.id });
    verdicts.add(mutant, await judge.judge(mutant));
    if (process.memoryUsage.rss() > RESIDENT_BYTES_MAX) process.exit(GROWN_EXIT_CODE);
  }
  process.exit(0);
}
