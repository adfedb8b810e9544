/** One run of a test file with no mutant: which mutants each test reaches, and what it takes. Every test must pass. */
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
  const before = process.cpuUsage();
  const failure = await action();
  if (failure !== undefined) throw new Error(`${what} fails as written`, { cause: failure });
  const { user, system } = process.cpuUsage(before);
  return { reached: [...state.reached], turns: state.turns, ms: Math.ceil((user + system) / 1000) };
}

export async function factsOf(file: string): Promise<FileFacts> {
  state.active = 0;
  state.isRecording = true;
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
  state.isRecording = false;
  return { file, load: loading, reached, tests: measured };
}
