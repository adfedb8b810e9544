/** One run of all tests with no mutant: which mutants each test reaches, and what it takes. Every test must pass. */
import { load, NOT_MEASURED, runTest, type Measured } from './trial.ts';
import { state } from './switch.ts';

export interface TestFacts extends Measured {
  readonly name: string;
  /** Mutants reached by the test itself. */
  readonly reached: readonly number[];
}

export interface FileFacts {
  readonly file: string;
  readonly load: Measured;
  /** Mutants reached while the file loads: module-level values and fixtures. */
  readonly reached: readonly number[];
  readonly tests: readonly TestFacts[];
}

/** Asks what `action` reaches and how long it takes. */
async function measure(
  what: string,
  action: () => Promise<unknown>,
): Promise<Measured & { reached: readonly number[] }> {
  state.reached = new Set();
  const startMs = performance.now();
  const failure = await action();
  if (failure !== undefined) throw new Error(`${what} fails as written`, { cause: failure });
  return { reached: [...state.reached], turns: state.turns, ms: Math.ceil(performance.now() - startMs) };
}

export async function takeBaseline(files: readonly string[]): Promise<readonly FileFacts[]> {
  state.active = 0;
  state.isRecording = true;
  const facts: FileFacts[] = [];
  for (const file of files) {
    let tests: Awaited<ReturnType<typeof load>>['tests'] = [];
    const { reached, ...loading } = await measure(file, async () => {
      const loaded = await load(file, NOT_MEASURED);
      tests = loaded.tests;
      return loaded.failure;
    });
    const measured: TestFacts[] = [];
    for (const test of tests) {
      const fact = await measure(`${file} "${test.name}"`, () => runTest(file, test, NOT_MEASURED));
      measured.push({ name: test.name, ...fact });
    }
    facts.push({ file, load: loading, reached, tests: measured });
  }
  state.isRecording = false;
  return facts;
}
