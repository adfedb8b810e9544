import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './planted-tree.ts';

/** Plays npm: `ci` and `test` answer as the environment says. */
const NPM = `#!/bin/sh
case "$1" in
  ci) exit "$CI_CODE" ;;
  test) printf '%b' "$TEST_OUTPUT"; exit "$TEST_CODE" ;;
esac
`;

describe.runIf(process.platform !== 'win32')('.ci/run', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'phr-ci-'));
    await mkdir(join(directory, '.ci'));
    await cp(join(ROOT, '.ci/run'), join(directory, '.ci/run'));
    await writeFile(join(directory, 'npm'), NPM);
    await chmod(join(directory, 'npm'), 0o755);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const run = (output: string, testCode: number, ciCode = 0): Promise<{ code: unknown; last: string }> =>
    new Promise((resolve) => {
      const env = {
        ...process.env,
        PATH: `${directory}:${process.env['PATH'] ?? ''}`,
        CI_CODE: String(ciCode),
        TEST_CODE: String(testCode),
        TEST_OUTPUT: output,
      };
      execFile('bash', [join(directory, '.ci/run')], { env }, (error, stdout) => {
        const last = stdout.trimEnd().split('\n').at(-1) ?? '';
        resolve({ code: error === null ? 0 : error.code, last });
      });
    });

  it('passes when everything passed, and ends with the closing line', async () => {
    expect(await run('work\\n12 passed, 0 failed\\n', 0)).toEqual({ code: 0, last: '12 passed, 0 failed' });
    expect(await run('12 passed, 0 failed, 1 skipped\\nnpm notice\\n', 0)).toEqual({
      code: 0,
      last: '12 passed, 0 failed, 1 skipped',
    });
  });

  it.each([
    ['a test failed', '11 passed, 1 failed\\n', 1, '11 passed, 1 failed'],
    [
      'a failure was counted though the exit code is zero',
      '11 passed, 1 failed\\n',
      0,
      '11 passed, 1 failed',
    ],
    [
      'the exit code is not zero though all is counted as passed',
      '12 passed, 0 failed\\n',
      7,
      '12 passed, 0 failed',
    ],
    ['no test ran', '0 passed, 0 failed\\n', 0, '0 passed, 0 failed'],
    ['the closing line is missing', 'killed\\n', 0, '0 passed, 1 failed'],
  ])('fails when %s', async (_, output, testCode, last) => {
    const ended = await run(output, testCode);
    expect(ended.code).not.toBe(0);
    expect(ended.last).toBe(last);
  });

  it('fails when the installation failed', async () => {
    expect(await run('12 passed, 0 failed\\n', 0, 1)).toEqual({ code: 1, last: '0 passed, 1 failed' });
  });
});
