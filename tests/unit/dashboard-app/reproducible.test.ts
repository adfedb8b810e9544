import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeApp } from '../../../dashboard/build.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

async function build(): Promise<Map<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'phr-build-'));
  directories.push(directory);
  await makeApp(directory);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(directory.length), readFileSync(path).toString('base64')];
    }),
  );
}

describe('two builds of the same sources', () => {
  it('are equal to the byte, so that anybody can tell what a node should serve', async () => {
    const [one, other] = [await build(), await build()];
    expect([...one.keys()].toSorted()).toEqual([...other.keys()].toSorted());
    const differing = [...one].filter(([path, bytes]) => other.get(path) !== bytes).map(([path]) => path);
    expect(differing).toEqual([]);
    expect(one.size).toBeGreaterThan(100);
    // Nothing of this machine is in them: neither where it was built, nor by whom.
    const where = [...one].filter(([, bytes]) => Buffer.from(bytes, 'base64').includes(process.cwd()));
    expect(where.map(([path]) => path)).toEqual([]);
  });
});
