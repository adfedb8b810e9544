import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('import-memory.ts', import.meta.url));
const imported = async (megabytes: number) => {
  const { stdout } = await run(process.execPath, ['--expose-gc', program, String(megabytes)]);
  return JSON.parse(stdout) as { records: number; heldMiB: number; grownMiB: number };
};

it('imports a phone’s export in memory that does not grow with the file', async () => {
  const [small, large] = [await imported(8), await imported(64)];
  expect(large.records).toBeGreaterThan(7 * small.records);
  // 56 MB more of file are 1.7 MB more of digests.
  expect(large.heldMiB - small.heldMiB).toBeLessThan(8);
  expect(large.grownMiB).toBeLessThan(128);
}, 120_000);
