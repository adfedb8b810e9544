import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runTool } from './planted-tree.ts';

const PACKAGE = {
  name: 'planted',
  version: '0.0.0',
  private: true,
  type: 'module',
  imports: { '#crypto': './crypto/index.ts' },
  dependencies: { '@noble/hashes': '2.4.0', koa: '3.3.0' },
};

describe('the search for dead code, with the configuration of the project', () => {
  let directory: string;
  let output: string;
  let code: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'phr-dead-'));
    await Promise.all(['crypto', 'node'].map((room) => mkdir(join(directory, room))));
    const files = {
      'package.json': JSON.stringify(PACKAGE),
      'crypto/index.ts': "export { digest } from './digest.ts';\n",
      'crypto/digest.ts':
        "import { sha256 } from '@noble/hashes/sha2.js';\nexport const digest = sha256;\nexport const forgotten = 1;\n",
      'crypto/orphan.ts': 'export const orphan = 1;\n',
      'node/main.ts': "import { digest } from '#crypto';\ndigest(new Uint8Array());\n",
    };
    for (const [path, text] of Object.entries(files)) await writeFile(join(directory, path), text);
    for (const name of ['knip.json', 'tsconfig.json']) await cp(join(ROOT, name), join(directory, name));
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    ({ code, output } = await runTool('knip', ['--no-progress', '--no-config-hints'], directory));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(['crypto/orphan.ts', 'forgotten', 'koa'])('reports %s', (name) => {
    expect(code).toBe(1);
    expect(output).toContain(name);
  });

  it.each(['crypto/index.ts', '@noble/hashes'])('does not report %s', (name) => {
    expect(output).not.toContain(name);
  });
});
