/**
 * One mutant's verdict: the first test that fails under it, the quick ones asked first. Asked are the tests that reach
 * the mutant, and when it sits in fixtures or in a value of a module, those that may notice that. Asking fewer can let
 * a mutant survive that a full run would kill; it can never kill one.
 */
import type { FileFacts, TestFacts } from './baseline.ts';
import type { Mutant } from './instrument.ts';
import { state } from './switch.ts';
import { load, runTest } from './trial.ts';

export type Verdict =
  | { readonly kind: 'killed' | 'endless'; readonly by: string }
  | { readonly kind: 'survived' }
  /** No test runs the place at all. */
  | { readonly kind: 'unreached' };

/** A test up to this long is asked in the first round. */
const QUICK_MS_MAX = 100;

interface Question {
  readonly facts: FileFacts;
  /** Indices of the tests to run, the ones that reach the mutant first. */
  readonly tests: readonly number[];
}

/** For every file of the room, the files that import it. */
export type Importers = ReadonlyMap<string, readonly string[]>;

export class Judge {
  readonly #facts: readonly FileFacts[];
  /** By source file: the ids of its mutants, and with those of the files that import it. */
  readonly #neighbours: ReadonlyMap<string, { own: ReadonlySet<number>; importing: ReadonlySet<number> }>;
  /** Files that killed a mutant of a source file lately, the last one first. */
  readonly #lately = new Map<string, string[]>();

  constructor(facts: readonly FileFacts[], mutants: readonly Mutant[], importers: Importers) {
    this.#facts = facts;
    const idsOf = (files: readonly string[]) =>
      new Set(mutants.filter(({ file }) => files.includes(file)).map(({ id }) => id));
    this.#neighbours = new Map(
      [...importers].map(([file, others]) => {
        const both = { own: idsOf([file]), importing: idsOf([file, ...others]) };
        return [file, both] as const;
      }),
    );
  }

  async judge(mutant: Mutant): Promise<Verdict> {
    const reaching = this.#facts.filter(({ reached, tests }) =>
      [reached, ...tests.map((test) => test.reached)].some((one) => one.includes(mutant.id)),
    );
    if (reaching.length === 0) return { kind: 'unreached' };
    state.active = mutant.id;
    try {
      for (const isQuick of [true, false]) {
        for (const question of this.#questions(mutant, reaching, isQuick)) {
          const verdict = await ask(question);
          if (verdict === undefined) continue;
          this.#remember(mutant.file, question.facts.file);
          return verdict;
        }
      }
      return { kind: 'survived' };
    } finally {
      state.active = 0;
    }
  }

  #questions(mutant: Mutant, reaching: readonly FileFacts[], isQuick: boolean): readonly Question[] {
    const lately = this.#lately.get(mutant.file) ?? [];
    const rank = ({ file }: FileFacts): number =>
      lately.includes(file) ? lately.indexOf(file) : lately.length;
    // A value of the module, which no test runs again: whoever reads it may notice.
    const isValue = reaching.every(({ tests }) => tests.every(({ reached }) => !reached.includes(mutant.id)));
    const near = this.#neighbours.get(mutant.file)?.[isQuick ? 'importing' : 'own'] ?? new Set();
    const isConcerned = (facts: FileFacts, { reached }: TestFacts): boolean =>
      reached.includes(mutant.id) ||
      (facts.reached.includes(mutant.id) &&
        ((isValue && isQuick) || ((isValue || isQuick) && reached.some((id) => near.has(id)))));
    const questions = reaching.map((facts) => ({
      facts,
      tests: testsFor(mutant, facts, isQuick, (test) => isConcerned(facts, test)),
    }));
    return questions
      .filter(({ tests, facts }) => tests.length > 0 || (isQuick && facts.reached.includes(mutant.id)))
      .toSorted((a, b) => rank(a.facts) - rank(b.facts) || costOf(a) - costOf(b));
  }

  #remember(source: string, test: string): void {
    const others = (this.#lately.get(source) ?? []).filter((one) => one !== test);
    this.#lately.set(source, [test, ...others]);
  }
}

function costOf({ facts, tests }: Question): number {
  return facts.load.ms + tests.reduce((sum, index) => sum + (facts.tests[index]?.ms ?? 0), 0);
}

/** The tests of one round that may notice the mutant, those that reach it first, then the shortest. */
function testsFor(
  mutant: Mutant,
  facts: FileFacts,
  isQuick: boolean,
  isConcerned: (test: TestFacts) => boolean,
): readonly number[] {
  const reaches = ({ reached }: TestFacts): boolean => reached.includes(mutant.id);
  return [...facts.tests.entries()]
    .filter(([, test]) => test.ms <= QUICK_MS_MAX === isQuick && isConcerned(test))
    .toSorted(([, a], [, b]) => Number(reaches(b)) - Number(reaches(a)) || a.ms - b.ms)
    .map(([index]) => index);
}

async function ask({ facts, tests }: Question): Promise<Verdict | undefined> {
  const loaded = await load(facts.file, facts.load);
  if (loaded.failure !== undefined) return verdictOf(facts.file);
  for (const index of tests) {
    const [test, usual] = [loaded.tests[index], facts.tests[index]];
    if (test === undefined || usual === undefined) return verdictOf(facts.file);
    const failure = await runTest(facts.file, test, usual);
    if (failure !== undefined) return verdictOf(`${facts.file} "${test.name}"`);
  }
  return undefined;
}

function verdictOf(by: string): Verdict {
  return { kind: state.hasHungUp ? 'endless' : 'killed', by };
}
