/**
 * Mutation testing of `crypto/`. Every mutant of the room sits behind one number, and the room's own tests are asked
 * about each in one process, in an order drawn from a seed, so that what was judged when a run stops is a sample of all
 * by chance. Goes on where an earlier run stopped; verdicts are in the user's cache folder,
 * `phr-mesh/mutation`.
 *
 *   node scripts/mutation/main.ts                      all mutants without a verdict, then the table
 *     --file box        only files whose path contains this
 *     --without sharing no files whose path contains this
 *     --first 400       only the first so many in the order of `--seed 1`
 *     --after 400       without the first so many: those that no test was written against
 *     --survivors       lists what survived and what no test reaches
 *     --fresh           forgets all verdicts first
 *     --write           writes docs/MUTATION.md and docs/mutation.json
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { classifyEquivalents } from './equivalents.ts';
import type { Mutant } from './instrument.ts';
import { printReport, writeReport } from './report.ts';
import { instrumentRoom } from './room.ts';
import { forgetVerdicts, Verdicts } from './verdicts.ts';
import { GROWN_EXIT_CODE, work } from './worker.ts';

/** A mutant that blocks the whole process is stopped from outside after this. */
const SILENCE_MS_MAX = 120_000;

/** All in the order of a hash of seed and place. */
function shuffled(mutants: readonly Mutant[], seed: string): readonly Mutant[] {
  const rank = ({ file, lineText, operator, original, replacement, ordinal }: Mutant): string =>
    createHash('sha256')
      .update([seed, file, lineText, operator, original, replacement, ordinal].join('\n'))
      .digest('hex');
  const ranked = mutants.map((mutant) => ({ mutant, at: rank(mutant) }));
  return ranked.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map(({ mutant }) => mutant);
}

/** Runs one worker; resolves with its exit code, and with the mutant under which it fell silent. */
function runWorker(ids: readonly number[]): Promise<{ code: number; silentAt: number | undefined }> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), ['--work'], { execArgv: ['--no-warnings'] });
    let asked: number | undefined;
    let silentAt: number | undefined;
    let count = 0;
    let timer: NodeJS.Timeout | undefined;
    const watch = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        silentAt = asked;
        child.kill('SIGKILL');
      }, ms);
    };
    watch(SILENCE_MS_MAX);
    child.on('message', (message: { kind: string; id?: number }) => {
      asked = message.id ?? asked;
      watch(message.kind === 'baseline' ? 10 * SILENCE_MS_MAX : SILENCE_MS_MAX);
      if (message.kind === 'asked' && ++count % 50 === 0) process.stderr.write(`  ${count} mutants asked\n`);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, silentAt });
    });
    child.send({ ids });
  });
}

async function judgeAll(all: readonly Mutant[], chosen: readonly Mutant[]): Promise<void> {
  const ids = chosen.map(({ id }) => id);
  for (;;) {
    const { code, silentAt } = await runWorker(ids);
    const silent = all.find(({ id }) => id === silentAt);
    if (silent !== undefined)
      new Verdicts(all).add(silent, { kind: 'endless', by: 'the process fell silent' });
    else if (code !== GROWN_EXIT_CODE) {
      if (code !== 0) throw new Error(`the worker ended with ${code}`);
      return;
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string', default: '' },
      without: { type: 'string' },
      first: { type: 'string', default: 'Infinity' },
      after: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      survivors: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
    },
  });
  if (values.fresh) forgetVerdicts();
  const { mutants } = instrumentRoom();
  const { equivalents, faults } = classifyEquivalents(mutants);
  if (faults.length > 0) throw new Error(`equivalents.json: ${faults.join('; ')}`);
  const isAsked = (file: string): boolean =>
    file.includes(values.file) && (values.without === undefined || !file.includes(values.without));
  const inFile = mutants.filter(({ file }) => isAsked(file));
  const chosen = shuffled(inFile, values.seed).slice(Number(values.after), Number(values.first));
  // What is listed as equivalent has to be asked of every test there is: that comes last.
  const inOrder = chosen.toSorted((a, b) => Number(equivalents.has(a.id)) - Number(equivalents.has(b.id)));
  if (!values.report) await judgeAll(mutants, inOrder);
  const run = { mutants: chosen, population: inFile.length, equivalents, verdicts: new Verdicts(mutants) };
  const isClean = printReport(run, values.survivors);
  if (values.write) writeReport(run);
  process.exitCode = isClean ? 0 : 1;
}

if (process.argv[2] === '--work') {
  process.once('message', ({ ids }: { ids: readonly number[] }) => {
    // The worker hears no rejection, so that a mutant's is no verdict; its own must end it.
    work(ids).catch((error: unknown) => {
      process.stderr.write(`${inspect(error)}\n`);
      process.exit(1);
    });
  });
} else {
  await main();
}
