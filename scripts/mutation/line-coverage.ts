/**
 * Line coverage of `crypto/` by its own tests, from V8's block counts: the files run with their types blanked out, so
 * every offset is one of the source. Prints the lines that no test runs, exit code 1 when there are any,
 * and those with a branch that none takes: these are defaults of indexed reads, which only the type checker asks for.
 *
 *   node scripts/mutation/line-coverage.ts
 *     --lines          lines alone: ends with the first test after which every line has run
 *     --tests draft    only files of tests whose path contains this
 */
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importAfresh, installHooks, keepGeneration } from './module-hooks.ts';
import { read, roomFiles, ROOT, stripped, testFiles } from './room.ts';
import { load, NOT_MEASURED, runTest } from './trial.ts';

interface Block {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** Offsets that ran at least once: an inner block speaks for itself, whatever the block around it says. */
function ranIn(length: number, functions: readonly { readonly ranges: readonly Block[] }[]): Uint8Array {
  const ran = new Uint8Array(length).fill(1);
  const blocks = functions.flatMap(({ ranges }) => ranges);
  for (const { startOffset, endOffset, count } of blocks.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}

function sizeOf({ startOffset, endOffset }: Block): number {
  return endOffset - startOffset;
}

interface Lines {
  readonly all: number;
  /** Nothing of them ever ran. */
  readonly missed: readonly number[];
  /** A branch in them never ran. */
  readonly partly: readonly number[];
}

/** Lines with code; brackets alone are none. */
function linesOf(source: string, ran: Uint8Array): Lines {
  const [missed, partly]: [number[], number[]] = [[], []];
  let [all, offset] = [0, 0];
  const withoutComments = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (text) =>
    text.replaceAll(/[^\n]/g, ' '),
  );
  for (const [index, line] of withoutComments.split('\n').entries()) {
    const at = [...line.matchAll(/[^\s{}()[\];,]/g)].map(({ index: place }) => offset + place);
    if (at.length > 0) all++;
    if (at.length > 0 && at.every((i) => ran[i] === 0)) missed.push(index + 1);
    else if (at.some((i) => ran[i] === 0)) partly.push(index + 1);
    offset += line.length + 1;
  }
  return { all, missed, partly };
}

/** Under the profiler these take two thirds of the time, and what they reach others reach as well, nearly all: last. */
const SLOW = ['box', 'distinguishers', 'cases', 'digest'];

function slowness(file: string): number {
  return SLOW.findIndex((name) => file.endsWith(`/${name}.test.ts`));
}

/** Until `isEnough` says so, which is asked after every test. */
async function runTests(file: string, isEnough: () => Promise<boolean>): Promise<boolean> {
  const before = process.cpuUsage();
  const { tests, failure } = await load(file, NOT_MEASURED);
  if (failure !== undefined) throw new Error(`${file} does not load`, { cause: failure });
  for (const test of tests) {
    const failed = await runTest(file, test, NOT_MEASURED);
    if (failed !== undefined) throw new Error(`${file}: "${test.name}" fails`, { cause: failed });
    if (await isEnough()) return true;
  }
  const { user, system } = process.cpuUsage(before);
  process.stderr.write(`  ${file}: ${((user + system) / 1e6).toFixed(1)} s\n`);
  return false;
}

/** What ran of every file of the room so far, by its offsets. */
class Coverage {
  readonly #session = new Session();
  readonly #sources = new Map(roomFiles().map((file) => [file, stripped(read(file))]));
  readonly #ran = new Map([...this.#sources].map(([file, { length }]) => [file, new Uint8Array(length)]));

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Adds what ran since the last time, as the profiler counts it. */
  async take(): Promise<void> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    for (const { url, functions } of result) {
      const file = fileOf(url);
      const ran = this.#ran.get(file);
      if (ran === undefined) continue;
      if (!url.includes('generation')) throw new Error(`${file} was loaded past the hooks`);
      for (const [i, did] of ranIn(ran.length, functions).entries()) ran[i] = (ran[i] ?? 0) | did;
    }
  }

  lines(): readonly (readonly [file: string, lines: Lines])[] {
    return [...this.#sources].map(([file, source]) => {
      return [file, linesOf(source, this.#ran.get(file) ?? new Uint8Array())] as const;
    });
  }
}

async function main(isLinesAlone: boolean, only: string): Promise<void> {
  installHooks(new Map());
  keepGeneration();
  const coverage = new Coverage();
  await coverage.start();
  // Files of types alone have no lines, but every file is loaded, so that an unused one is seen.
  for (const file of roomFiles()) await importAfresh(file);
  const files = testFiles().filter((file) => file.includes(only));
  for (const file of files.toSorted((a, b) => slowness(a) - slowness(b))) {
    const isEnough = async (): Promise<boolean> => {
      if (!isLinesAlone || slowness(file) < 0) return false;
      await coverage.take();
      return coverage.lines().every(([, { missed }]) => missed.length === 0);
    };
    if (await runTests(file, isEnough)) break;
  }
  await coverage.take();
  let [total, missing] = [0, 0];
  for (const [file, { all, missed, partly }] of coverage.lines()) {
    total += all;
    missing += missed.length;
    if (missed.length > 0) console.log(`${file}: not run ${missed.join(', ')}`);
    if (!isLinesAlone && partly.length > 0)
      console.log(`${file}: a branch not taken in ${partly.join(', ')}`);
  }
  console.log(
    `${total - missing} of ${total} lines of crypto/ run (${(100 * (1 - missing / total)).toFixed(1)} %)`,
  );
  process.exitCode = missing === 0 ? 0 : 1;
}

function fileOf(url: string): string {
  const [address = ''] = url.split('?');
  return address.startsWith('file:') ? relative(ROOT, fileURLToPath(address)).replaceAll('\\', '/') : '';
}

const { values } = parseArgs({
  options: { lines: { type: 'boolean', default: false }, tests: { type: 'string', default: '' } },
});
await main(values.lines, values.tests);
