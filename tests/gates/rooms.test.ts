import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importFaults, importsOf, reach } from './import-graph.ts';
import { ROOT, plantedFiles } from './planted-tree.ts';

const ROOMS = ['crypto', 'consensus', 'storage', 'node', 'dashboard'];
const BROWSER_ENTRIES = [
  'crypto/index.ts',
  'consensus/index.ts',
  'consensus/pbft/index.ts',
  'consensus/ledger/index.ts',
  'node/records/index.ts',
  'node/client/index.ts',
  'dashboard/app/main.tsx',
  'dashboard/app/worker/worker.ts',
];
/** Packages that run in a browser as they are. */
const BROWSER_PACKAGES =
  /^(@noble\/|@ipld\/dag-cbor|multiformats|saxes|xmlchars|zod|preact|@preact\/signals|uplot|lean-qr|@zxcvbn-ts\/)/;
const RESTRICTED = 'eslint(no-restricted-imports)';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const sourcesPlanted = (await Promise.all(ROOMS.map((room) => plantedFiles(room)))).flat();
const sources = (await Promise.all(ROOMS.map((room) => sourcesOf(room)))).flat();

async function sourcesOf(room: string): Promise<string[]> {
  const names = await readdir(join(ROOT, room), { recursive: true });
  return names
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(room, name));
}

describe('where imports lead', () => {
  it.each(sources)('%s stays within what its room may enter', (path) => {
    expect(importFaults(path, read(path))).toEqual([]);
  });

  const planted = sourcesPlanted.filter(({ expected }) => expected.includes(RESTRICTED));
  it.each(planted)('finds the planted import of $path', ({ path }) => {
    expect(importFaults(path, read(join('tests/gates/planted', path)))).not.toEqual([]);
  });

  it('finds what a pattern on the text would miss', () => {
    expect(
      importFaults('crypto/a/b.ts', "export * from './../../crypto/../storage/journal.ts';"),
    ).toHaveLength(1);
    expect(importFaults('crypto/b.ts', "const load = () => import('node:fs');")).toHaveLength(1);
    expect(importFaults('crypto/b.ts', 'const load = (name: string) => import(name);')).toHaveLength(1);
    expect(importFaults('node/client/b.ts', "const fs = require('fs');")).toHaveLength(1);
    expect(importFaults('crypto/b.ts', "import {\n  a,\n  b,\n} from\n  '#consensus';")).toHaveLength(1);
  });

  it('reads every form of import, and knows which are erased', () => {
    const text =
      "import 'a';\nimport b from 'b';\nimport type { c } from 'c';\nexport { d } from 'd';\nexport type { e } from 'e';\nimport { type f } from 'f';\nawait import('g');";
    const kept = importsOf(text).filter(({ typeOnly }) => !typeOnly);
    expect(kept.map(({ specifier }) => specifier).toSorted()).toEqual(['a', 'b', 'd', 'f', 'g']);
  });
});

describe('what a browser would load', () => {
  it.each(BROWSER_ENTRIES)('%s reaches no builtin and no server package', (entry) => {
    const { packages } = reach(entry, read);
    expect([...packages].filter((name) => isBuiltin(name) || !BROWSER_PACKAGES.test(name))).toEqual([]);
  });

  it('would be told of a builtin three files away', () => {
    const files: Record<string, string> = {
      'crypto/a.ts': "import './b.ts';",
      'crypto/b.ts': "export * from './c.ts';",
      'crypto/c.ts': "import { open } from 'node:fs';",
    };
    expect([...reach('crypto/a.ts', (path) => files[path] ?? '').packages]).toEqual(['node:fs']);
  });
});
