import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const TIMEOUT_MS = 900_000;

function coverage(...args: string[]): { readonly code: number | null; readonly output: string } {
  const command = ['--no-warnings', 'scripts/mutation/line-coverage.ts', ...args];
  const done = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', timeout: TIMEOUT_MS });
  return { code: done.status, output: `${done.stdout}${done.stderr}` };
}

describe('the lines of the room', () => {
  it(
    'all run in its own tests, those for drafts and the dealing of shares included',
    { timeout: TIMEOUT_MS },
    () => {
      const { code, output } = coverage('--lines');
      expect(output).toMatch(/^(\d{4}) of \1 lines of crypto\/ run \(100\.0 %\)$/m);
      expect(code).toBe(0);
    },
  );

  it('are named where no test runs them, and that fails', { timeout: TIMEOUT_MS }, () => {
    const { code, output } = coverage('--lines', '--tests', 'unit/crypto/draft');
    expect(output).toMatch(/^crypto\/sharing\/sub-dealing\.ts: not run \d/m);
    expect(output).not.toMatch(/^crypto\/keystore\/draft\.ts: not run/m);
    expect(code).toBe(1);
  });
});
