import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL('../../../examples/collusion.ts', import.meta.url));

it('the collusion drill to watch holds: the granted compartment falls to t proxies, and nothing else does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', path]);
  expect(stdout).toContain('The drill holds.');
  expect(stdout).not.toContain('UNTRUE');
  // Both outcomes occur, so that neither a drill that recovers nothing nor one that opens all can pass.
  expect(stdout).toMatch(/3 proxies and Bob pool[^\n]*\n[^\n]*: recovered/);
  expect(stdout).toMatch(/2 proxies and Bob pool[^\n]*\n[^\n]*: not recovered/);
  expect(stdout).toMatch(/granted\): opens/);
  expect(stdout).toMatch(/stays shut/);
});
