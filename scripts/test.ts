/**
 * `npm test`: everything that CI runs. Gates first (format, lint, types, dead code), each counted as one; then every
 * vitest project. Ends with one line, `N passed, N failed`, and exits 0 only when something passed and nothing failed.
 * Arguments go to vitest: `npm test -- --project unit tests/unit/crypto`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '#dashboard/build';
import { bringBrowser } from './browser.ts';
import { addTallies, closingLine, tallyOf } from './test-report.ts';
import type { Tally } from './test-report.ts';
import { bringWycheproof } from './wycheproof.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TOOLS = join(ROOT, 'node_modules/.bin');
const DRIVES_BROWSER = /from 'playwright-core'/;

const GATES: { name: string; command: string; args: string[] }[] = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'types', command: 'tsc', args: ['--noEmit'] },
  { name: 'dead code', command: 'knip', args: ['--no-progress'] },
];

const say = (line: string): void => console.log(line);
const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Runs a tool with its output passed on as it comes; resolves with the exit code. */
function run(command: string, args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(join(TOOLS, command), args, { cwd: ROOT, stdio: 'inherit', env: environment });
    child.on('error', (error) => {
      say(`${command} did not start: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function gates(environment: NodeJS.ProcessEnv): Promise<Tally> {
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, command, args } of GATES) {
    const startMs = performance.now();
    const ok = (await run(command, args, environment)) === 0;
    say(`${ok ? 'passed' : 'FAILED'}  gate: ${name} (${seconds(startMs)})`);
    tally = addTallies(tally, { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
  }
  return tally;
}

async function drivesBrowser(): Promise<boolean> {
  const names = await readdir(join(ROOT, 'tests'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(sources.map((name) => readFile(join(ROOT, 'tests', name), 'utf8')));
  return texts.some((text) => DRIVES_BROWSER.test(text));
}

async function vitest(args: string[], environment: NodeJS.ProcessEnv): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), 'phr-test-'));
  const reportPath = join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
    const code = await run('vitest', ['run', ...reporters, ...args], environment);
    const report: unknown = JSON.parse(await readFile(reportPath, 'utf8').catch(() => 'null'));
    return tallyOf(report, code);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const startMs = performance.now();
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${TOOLS}${delimiter}${process.env['PATH'] ?? ''}`,
};
if (await drivesBrowser()) {
  const browser = bringBrowser(say);
  if (browser !== undefined) environment['CHROMIUM_PATH'] = browser;
}
// Tests of the server ask for the pages as well, and not every run has one that brings up nodes first.
if (await ensureBuilt()) say('built the pages of the dashboard');
const projects = process.argv.filter((_, i, all) => all[i - 1] === '--project');
if (projects.length === 0 || projects.includes('vectors')) {
  const folder = bringWycheproof(say);
  if (folder !== undefined) environment['WYCHEPROOF_PATH'] = folder;
}
const tally = addTallies(await gates(environment), await vitest(process.argv.slice(2), environment));
say(`npm test took ${seconds(startMs)} on Node ${process.version}`);
say(closingLine(tally));
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
