/** The score per file, and the document that keeps it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './instrument.ts';
import { read, ROOT } from './room.ts';
import type { Verdicts } from './verdicts.ts';

export interface Run {
  readonly mutants: readonly Mutant[];
  /** How many mutants the chosen ones were taken from. */
  readonly population: number;
  readonly equivalents: ReadonlyMap<number, string>;
  readonly verdicts: Verdicts;
}

interface Tally {
  readonly file: string;
  mutants: number;
  killed: number;
  endless: number;
  survived: number;
  unreached: number;
  equivalent: number;
  waiting: number;
}

function emptyTally(file: string): Tally {
  return { file, mutants: 0, killed: 0, endless: 0, survived: 0, unreached: 0, equivalent: 0, waiting: 0 };
}

function tallies({ mutants, equivalents, verdicts }: Run): { files: readonly Tally[]; total: Tally } {
  const byFile = new Map<string, Tally>();
  const total = emptyTally('all');
  for (const mutant of mutants) {
    const tally = byFile.get(mutant.file) ?? emptyTally(mutant.file);
    byFile.set(mutant.file, tally);
    const verdict = verdicts.of(mutant)?.kind ?? 'waiting';
    const isDead = verdict === 'killed' || verdict === 'endless';
    const kind = equivalents.has(mutant.id) && !isDead && verdict !== 'waiting' ? 'equivalent' : verdict;
    for (const one of [tally, total]) {
      one.mutants++;
      one[kind]++;
    }
  }
  return { files: [...byFile.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1)), total };
}

/** Dead over judged, without equivalents; undefined when nothing was judged. */
function scoreOf({ killed, endless, survived, unreached }: Tally): number | undefined {
  const judged = killed + endless + survived + unreached;
  return judged === 0 ? undefined : (killed + endless) / judged;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(1)} %`;
}

/** Wilson's interval at 95 %, for a sample. */
function interval(tally: Tally): [number, number] {
  const n = tally.killed + tally.endless + tally.survived + tally.unreached;
  const p = scoreOf(tally) ?? 0;
  const z = 1.96;
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return [middle - half, Math.min(1, middle + half)];
}

function rowOf(tally: Tally): readonly string[] {
  const { file, mutants, killed, endless, survived, unreached, equivalent, waiting } = tally;
  const counts = [mutants, killed, endless, survived, unreached, equivalent, waiting].map(String);
  return [file, ...counts, percent(scoreOf(tally))];
}

const HEAD = [
  'file',
  'mutants',
  'killed',
  'endless',
  'survived',
  'unreached',
  'equivalent',
  'waiting',
  'score',
];

function sentenceOf(run: Run, total: Tally): string {
  if (run.mutants.length === run.population && total.waiting === 0) return 'All mutants were judged.';
  if (scoreOf(total) === undefined) return `None of ${run.population} mutants was judged.`;
  const [low, high] = interval(total);
  return (
    `${run.mutants.length - total.waiting} of ${run.population} mutants were judged: with 95 % confidence the score ` +
    `of all lies between ${percent(low)} and ${percent(high)}, as far as the judged ones are a sample by chance.`
  );
}

/** Prints the table; true when nothing waits and no mutant that is listed as equivalent was killed. */
export function printReport(run: Run, withSurvivors: boolean): boolean {
  const { files, total } = tallies(run);
  const rows = [HEAD, ...[...files, total].map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) console.log(row.map((cell, i) => cell.padEnd((widths[i] ?? 0) + 2)).join(''));
  console.log(sentenceOf(run, total));
  if (withSurvivors) {
    for (const line of survivorsOf(run)) console.log(line);
  }
  const wronglyListed = run.mutants.filter(({ id, ...mutant }) => {
    const kind = run.verdicts.of({ id, ...mutant })?.kind;
    return run.equivalents.has(id) && (kind === 'killed' || kind === 'endless');
  });
  for (const mutant of wronglyListed) console.log(`listed as equivalent, but killed: ${describe(mutant)}`);
  return wronglyListed.length === 0 && total.waiting === 0;
}

function describe({ file, line, operator, original, replacement }: Mutant): string {
  const short = (text: string): string => (text.length > 90 ? `${text.slice(0, 87)}...` : text);
  return `${file}:${line} ${operator}: ${short(original)} => ${short(replacement) || '(removed)'}`;
}

function survivorsOf({ mutants, equivalents, verdicts }: Run): readonly string[] {
  return mutants.flatMap((mutant) => {
    const kind = verdicts.of(mutant)?.kind;
    const isLeft = (kind === 'survived' || kind === 'unreached') && !equivalents.has(mutant.id);
    return isLeft ? [`${kind} ${describe(mutant)}`] : [];
  });
}

const DOCUMENT = 'docs/MUTATION.md';

/** Puts the table between its marks in docs/MUTATION.md, and everything into docs/mutation.json. */
export function writeReport(run: Run): void {
  const { files, total } = tallies(run);
  const left = survivorsOf(run);
  const result = { judged: total.mutants - total.waiting, population: run.population, total, files, left };
  writeFileSync(join(ROOT, 'docs/mutation.json'), `${JSON.stringify(result, null, 2)}\n`);
  const shown = files.filter(({ mutants }) => mutants > 0);
  const rows = [HEAD, HEAD.map(() => '---'), ...[...shown, total].map(rowOf)];
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const day = new Date().toISOString().slice(0, 10);
  const text = `${day}, Node ${process.version}. ${sentenceOf(run, total)}\n\n${table}`;
  const marks = /(<!-- table -->\n)[\s\S]*(<!-- \/table -->)/;
  const document = read(DOCUMENT).replace(
    marks,
    (_, from: string, to: string) => `${from}\n${text}\n\n${to}`,
  );
  writeFileSync(join(ROOT, DOCUMENT), document);
}
