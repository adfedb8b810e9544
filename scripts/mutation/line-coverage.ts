/**
 * Line coverage of `crypto/` by its own tests, from V8's block counts: the files run with their types blanked out, so
 * every offset is one of the source. Prints the lines that no test runs, exit code 1 when there are any,
 * and those with a branch that none takes: these are defaults of indexed reads, which only the type checker asks for.
 *
 *   node scripts/mutation/line-coverage.ts
 */
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
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

async function runAllTests(): Promise<void> {
  for (const file of testFiles()) {
    const before = process.cpuUsage();
    const { tests, failure } = await load(file, NOT_MEASURED);
    if (failure !== undefined) throw new Error(`${file} does not load`, { cause: failure });
    for (const test of tests) {
      const failed = await runTest(file, test, NOT_MEASURED);
      if (failed !== undefined) throw new Error(`${file}: "${test.name}" fails`, { cause: failed });
    }
    const { user, system } = process.cpuUsage(before);
    process.stderr.write(`  ${file}: ${((user + system) / 1e6).toFixed(1)} s\n`);
  }
}

async function main(): Promise<void> {
  installHooks(new Map());
  keepGeneration();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  // Files of types alone have no lines, but every file is loaded, so that an unused one is seen.
  for (const file of roomFiles()) await importAfresh(file);
  await runAllTests();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  let [total, missing] = [0, 0];
  for (const file of roomFiles()) {
    const source = stripped(read(file));
    const ran = new Uint8Array(source.length);
    for (const { url, functions } of result.filter((one) => fileOf(one.url) === file && one.url !== '')) {
      for (const [i, did] of ranIn(source.length, functions).entries()) ran[i] = (ran[i] ?? 0) | did;
      if (!url.includes('generation')) throw new Error(`${file} was loaded past the hooks`);
    }
    const { all, missed, partly } = linesOf(source, ran);
    total += all;
    missing += missed.length;
    if (missed.length > 0) console.log(`${file}: not run ${missed.join(', ')}`);
    if (partly.length > 0) console.log(`${file}: a branch not taken in ${partly.join(', ')}`);
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

await main();
