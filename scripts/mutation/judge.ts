/**
 * One mutant's verdict: the first test that fails under it. Asked are the tests that reach the mutant, and when it sits
 * in fixtures or in a value of a module, those that may notice that. Asking fewer can let a mutant survive that a full
 * run would kill; it can never kill one.
 */
import type { FileFacts, TestFacts } from './baseline.ts';
import type { Mutant } from './instrument.ts';
import { state } from './switch.ts';
import { load, runTest, type Loaded } from './trial.ts';

export type Verdict =
  | { readonly kind: 'killed' | 'endless'; readonly by: string }
  | { readonly kind: 'survived' }
  /** No test runs the place at all. */
  | { readonly kind: 'unreached' };

/** For every file of the room, the files that import it. */
export type Importers = ReadonlyMap<string, readonly string[]>;

/** A test up to this long is asked in the first round. */
const QUICK_MS_MAX = 100;

interface Question {
  readonly facts: FileFacts;
  /** Indices of the tests to run, the ones that reach the mutant first. */
  readonly tests: readonly number[];
  /** The file runs the mutant while it loads, so it has to load under it. */
  readonly isLoaded: boolean;
}

interface Record {
  asked: number;
  killed: number;
}

export class Judge {
  readonly #facts: readonly FileFacts[];
  readonly #reached: ReadonlyMap<FileFacts | TestFacts, ReadonlySet<number>>;
  /** By source file: the ids of its mutants, and with those of the files that import it. */
  readonly #neighbours: ReadonlyMap<string, { own: ReadonlySet<number>; importing: ReadonlySet<number> }>;
  /** Test files as they loaded with no mutant, for mutants that loading does not reach. */
  readonly #loaded = new Map<string, Loaded>();
  /** How often a test file killed when it was asked, over all and by source file: who kills most is asked first. */
  readonly #records = new Map<string, Record>();

  constructor(facts: readonly FileFacts[], mutants: readonly Mutant[], importers: Importers) {
    this.#facts = facts;
    const both = facts.flatMap((file) => [file, ...file.tests]);
    this.#reached = new Map(both.map((one) => [one, new Set(one.reached)]));
    const idsOf = (files: readonly string[]) =>
      new Set(mutants.filter(({ file }) => files.includes(file)).map(({ id }) => id));
    this.#neighbours = new Map(
      [...importers].map(([file, others]) => {
        const near = { own: idsOf([file]), importing: idsOf([file, ...others]) };
        return [file, near] as const;
      }),
    );
  }

  async judge(mutant: Mutant): Promise<Verdict> {
    const reaching = this.#facts.filter((file) =>
      [file, ...file.tests].some((one) => this.#reaches(one, mutant)),
    );
    if (reaching.length === 0) return { kind: 'unreached' };
    try {
      for (const isQuick of [true, false]) {
        for (const question of this.#questions(mutant, reaching, isQuick)) {
          const verdict = await this.#ask(mutant, question);
          for (const record of this.#recordsOf(mutant, question.facts)) {
            record.asked++;
            if (verdict !== undefined) record.killed++;
          }
          if (verdict !== undefined) return verdict;
        }
      }
      return { kind: 'survived' };
    } finally {
      state.active = 0;
    }
  }

  #reaches(one: FileFacts | TestFacts, { id }: Mutant): boolean {
    return this.#reached.get(one)?.has(id) === true;
  }

  #recordsOf({ file: source }: Mutant, { file }: FileFacts): readonly [all: Record, own: Record] {
    const [all, own] = [file, `${source} ${file}`].map((key) => {
      const record = this.#records.get(key) ?? { asked: 0, killed: 0 };
      this.#records.set(key, record);
      return record;
    });
    if (all === undefined || own === undefined) throw new Error('unreachable');
    return [all, own];
  }

  #questions(mutant: Mutant, reaching: readonly FileFacts[], isQuick: boolean): readonly Question[] {
    // A value of the module, which no test runs again: whoever reads it may notice.
    const isValue = reaching.every(({ tests }) => !tests.some((test) => this.#reaches(test, mutant)));
    const near = this.#neighbours.get(mutant.file)?.[isQuick ? 'importing' : 'own'] ?? new Set();
    const isConcerned = (isLoaded: boolean, test: TestFacts): boolean =>
      this.#reaches(test, mutant) ||
      (isLoaded && isValue && isQuick) ||
      (isLoaded && (isValue || isQuick) && test.reached.some((id) => near.has(id)));
    const questions = reaching.map((facts) => {
      const isLoaded = this.#reaches(facts, mutant);
      const tests = [...facts.tests.entries()]
        .filter(([, test]) => test.ms <= QUICK_MS_MAX === isQuick && isConcerned(isLoaded, test))
        .toSorted(([, a], [, b]) => this.#order(mutant, a, b))
        .map(([index]) => index);
      return { facts, isLoaded, tests, rank: this.#rank(mutant, facts, tests, isLoaded) };
    });
    return questions
      .filter(({ tests, isLoaded }) => tests.length > 0 || (isQuick && isLoaded))
      .toSorted((a, b) => b.rank - a.rank);
  }

  #order(mutant: Mutant, a: TestFacts, b: TestFacts): number {
    return Number(this.#reaches(b, mutant)) - Number(this.#reaches(a, mutant)) || a.ms - b.ms;
  }

  /** Expected kills a millisecond. */
  #rank(mutant: Mutant, facts: FileFacts, tests: readonly number[], isLoaded: boolean): number {
    const [all, own] = this.#recordsOf(mutant, facts);
    const chance = (all.killed + 4 * own.killed + 1) / (all.asked + 4 * own.asked + 2);
    const ms = tests.reduce((sum, index) => sum + (facts.tests[index]?.ms ?? 0), 5);
    return chance / (ms + (isLoaded ? facts.load.ms : 0));
  }

  async #ask(mutant: Mutant, { facts, tests, isLoaded }: Question): Promise<Verdict | undefined> {
    const { file } = facts;
    state.active = isLoaded ? mutant.id : 0;
    const loaded = (isLoaded ? undefined : this.#loaded.get(file)) ?? (await load(file, facts.load));
    if (loaded.failure !== undefined) return verdictOf(file);
    if (!isLoaded) this.#loaded.set(file, loaded);
    for (const index of tests) {
      const usual = facts.tests[index];
      const test = loaded.tests[index];
      if (test === undefined || usual === undefined) return verdictOf(file);
      state.active = mutant.id;
      if ((await runTest(file, test, usual)) === undefined) continue;
      const verdict = verdictOf(`${file} "${test.name}"`);
      if (isLoaded || (await this.#isItsDoing(mutant, facts, loaded, index))) return verdict;
    }
    return undefined;
  }

  /**
   * The file was not loaded for this mutant alone, so the test must pass again without it; when it does not, something
   * was left behind, and the question is put once more to a file that loaded afresh.
   */
  async #isItsDoing(mutant: Mutant, facts: FileFacts, loaded: Loaded, index: number): Promise<boolean> {
    const { file } = facts;
    const [usual, test] = [facts.tests[index], loaded.tests[index]];
    if (usual === undefined || test === undefined) return true;
    state.active = 0;
    if ((await runTest(file, test, usual)) === undefined) return true;
    const fresh = await load(file, facts.load);
    this.#loaded.set(file, fresh);
    state.active = mutant.id;
    const again = fresh.tests[index];
    if (again === undefined || (await runTest(file, again, usual)) === undefined) return false;
    // What it did to the file that loaded afresh is not known.
    this.#loaded.delete(file);
    return true;
  }
}

function verdictOf(by: string): Verdict {
  return { kind: state.hasHungUp ? 'endless' : 'killed', by };
}
