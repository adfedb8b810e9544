import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../scripts/browser.ts';
import { addTallies, closingLine, tallyOf } from '../../scripts/test-report.ts';
import { ROOT } from './planted-tree.ts';

const file = (status: string, tests: string[]): object => ({
  name: 'a.test.ts',
  status,
  message: '',
  assertionResults: tests.map((result) => ({ status: result })),
});
const report = (success: boolean, ...files: object[]): object => ({
  numTotalTests: files.length,
  success,
  testResults: files,
});

describe('the count of npm test', () => {
  it('counts what passed, failed and was skipped', () => {
    const mixed = report(
      false,
      file('failed', ['passed', 'failed', 'skipped', 'todo']),
      file('passed', ['passed']),
    );
    expect(tallyOf(mixed, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
    expect(tallyOf(report(true, file('passed', ['passed'])), 0)).toEqual({
      passed: 1,
      failed: 0,
      skipped: 0,
    });
  });

  it('counts a file that broke before its first test as a failure', () => {
    const broken = report(false, file('failed', []), file('passed', ['passed']));
    expect(tallyOf(broken, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts a run that ended badly though every test passed as a failure', () => {
    expect(tallyOf(report(true, file('passed', ['passed'])), 1).failed).toBe(1);
    expect(tallyOf(report(false, file('passed', ['passed'])), 0).failed).toBe(1);
  });

  it.each([
    ['no test', report(true)],
    ['only skipped tests', report(true, file('skipped', ['skipped']))],
    ['no report', null],
    ['a report of another shape', { tests: 7 }],
  ])('counts %s as a failure', (_, value) => {
    expect(tallyOf(value, 0)).toMatchObject({ passed: 0, failed: 1 });
  });

  it('ends with a line that says how many passed and failed', () => {
    const tally = addTallies({ passed: 4, failed: 0, skipped: 0 }, { passed: 10, failed: 1, skipped: 0 });
    expect(closingLine(tally)).toBe('14 passed, 1 failed');
    expect(closingLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped');
  });
});

describe('the search for a browser', () => {
  it('takes what the environment names, and nothing in its place', () => {
    expect(findBrowser({ CHROMIUM_PATH: process.execPath, PATH: '' })).toBe(process.execPath);
    expect(findBrowser({ CHROMIUM_PATH: join(ROOT, 'absent'), PATH: '/usr/bin' })).toBeUndefined();
    expect(findBrowser({ PATH: '' })).toBeUndefined();
  });
});

describe('an old runtime', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'phr-runtime-'));
    const pretend = "Object.defineProperty(process.versions, 'node', { value: process.env.PRETEND });\n";
    await writeFile(join(directory, 'pretend.cjs'), pretend);
    await writeFile(join(directory, 'main.ts'), "const word: string = 'started';\nconsole.log(word);\n");
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const start = (
    version: string,
    more: NodeJS.ProcessEnv,
  ): Promise<{ code: unknown; out: string; said: string }> =>
    new Promise((resolve) => {
      const preload = ['-r', join(directory, 'pretend.cjs'), '-r', join(ROOT, 'scripts/runtime.cjs')];
      const env = { ...process.env, PRETEND: version, PHR_RUNTIME_TRIED: '', ...more };
      execFile(
        process.execPath,
        [...preload, join(directory, 'main.ts')],
        { env },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : error.code, out: stdout, said: stderr });
        },
      );
    });

  it('is told in one plain sentence what to do', async () => {
    const { code, out, said } = await start('20.20.2', { PHR_RUNTIME_TRIED: '1' });
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(said).toMatch(/^PHR Mesh needs Node 24 or newer and this is v[\d.]+: run `npm ci` [^\n]+\.\n$/);
  });

  it.runIf(existsSync(join(ROOT, 'node_modules/.bin/node')))(
    'hands over to the Node that npm ci brought',
    async () => {
      expect(await start('20.20.2', {})).toEqual({ code: 0, out: 'started\n', said: '' });
    },
  );

  it('is not disturbed when it is new enough', async () => {
    expect(await start('24.0.0', { PHR_RUNTIME_TRIED: '1' })).toEqual({
      code: 0,
      out: 'started\n',
      said: '',
    });
    expect(await start('26.10.0', { PHR_RUNTIME_TRIED: '1' })).toEqual({
      code: 0,
      out: 'started\n',
      said: '',
    });
  });
});
