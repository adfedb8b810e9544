import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureBuilt, inputsHash, isFresh } from '../../../dashboard/build.ts';

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function treeWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'phr-inputs-'));
  directories.push(root);
  for (const path of ['dashboard/app', 'crypto', 'consensus', 'node/client', 'node/records'])
    mkdirSync(join(root, path), { recursive: true });
  const names = ['build', 'build-chunks', 'assets', 'release'];
  const builder = Object.fromEntries(names.map((name) => [`dashboard/${name}.ts`, '']));
  const all = { ...builder, 'package.json': '', 'package-lock.json': '', ...files };
  for (const [path, text] of Object.entries(all)) writeFileSync(join(root, path), text);
  return root;
}

describe('the build', () => {
  it('is stale after any change of what the app is made of, and of nothing else', () => {
    const plain = inputsHash(treeWith({}));
    expect(inputsHash(treeWith({}))).toBe(plain);
    const changes = [
      { 'dashboard/app/main.tsx': 'a' },
      { 'crypto/index.ts': 'a' },
      { 'node/client/index.ts': 'a' },
      { 'package-lock.json': 'a' },
    ];
    const hashes = changes.map((files) => inputsHash(treeWith(files)));
    expect(new Set([plain, ...hashes]).size).toBe(changes.length + 1);
    expect(inputsHash(treeWith({ 'crypto/SCHEME.md': 'a' }))).toBe(plain);
    // The same bytes under another name, or cut elsewhere, are another input.
    expect(inputsHash(treeWith({ 'crypto/a.ts': 'b' }))).not.toBe(
      inputsHash(treeWith({ 'crypto/b.ts': 'a' })),
    );
  });

  it('is not made again while nothing has changed, whoever asks', async () => {
    await ensureBuilt();
    expect(isFresh()).toBe(true);
    const command = fileURLToPath(new URL('../../../dashboard/build.ts', import.meta.url));
    const run = promisify(execFile);
    const asked = await Promise.all([1, 2].map(() => run(process.execPath, [command])));
    expect(asked.map(({ stdout }) => stdout)).toEqual([
      'dashboard is up to date\n',
      'dashboard is up to date\n',
    ]);
  });
});
