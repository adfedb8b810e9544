import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdsTitle, namedPaths, namedScripts, namedTests, tableRows } from './document-facts.ts';
import { ROOT } from './planted-tree.ts';

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'THREAT-MODEL.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/BENCHMARKS.md',
  'docs/MUTATION.md',
  'docs/OPERATING.md',
  'docs/PAGES.md',
  'crypto/SCHEME.md',
];
const LAYERS = ['crypto/', 'consensus/', 'storage/', 'node/', 'dashboard/', 'scripts/', 'tests/'];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const exists = (document: string, path: string): boolean =>
  existsSync(join(ROOT, path)) || existsSync(join(ROOT, dirname(document), path));

describe.each(DOCUMENTS)('%s', (document) => {
  const text = existsSync(join(ROOT, document)) ? read(document) : '';

  it('exists and says something', () => {
    expect(text.length).toBeGreaterThan(200);
  });

  it('names only files that exist', () => {
    expect(namedPaths(text).filter((path) => !exists(document, path))).toEqual([]);
  });

  it('names only tests that exist', () => {
    const absent = namedTests(text).filter(
      ({ file, title }) => !existsSync(join(ROOT, file)) || !holdsTitle(read(file), title),
    );
    expect(absent).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(namedScripts(text).filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe('the documents together', () => {
  it('show every room on the map', () => {
    for (const document of ['README.md', 'ARCHITECTURE.md']) {
      for (const room of LAYERS) expect(read(document), document).toContain(`\`${room}\``);
    }
  });

  it('give each of the twelve promises of the pages a test that exists', () => {
    const rows = tableRows(read('docs/PAGES.md')).filter(([promise]) => /^\d+\. /.test(promise ?? ''));
    expect(rows.map(([promise]) => Number.parseInt(promise ?? '', 10))).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    for (const [promise, test] of rows) expect(namedTests(test ?? '').length, promise).toBeGreaterThan(0);
  });

  it('give each claim of the threat model a mechanism, a test that exists, and a gap', () => {
    const rows = tableRows(read('THREAT-MODEL.md')).filter((cells) => cells.length === 4);
    const claims = rows.filter(([claim]) => claim !== 'claim');
    expect(claims.length).toBeGreaterThan(10);
    for (const [claim, mechanism, test, gap] of claims) {
      expect(mechanism, claim).not.toBe('');
      expect(namedTests(test ?? '').length > 0 || (test ?? '').startsWith('none'), claim).toBe(true);
      expect(gap, claim).not.toBe('');
    }
  });
});

describe('the reading of documents', () => {
  it('finds paths in code marks and links, and not in code blocks', () => {
    const text =
      'See `crypto/hash.ts`, [this](docs/X.md#part), `node/*`, `x.y`.\n```\n`storage/absent.ts`\n```\n';
    expect(namedPaths(text)).toEqual(['crypto/hash.ts', 'node', 'docs/X.md']);
  });

  it('finds every title after a test file', () => {
    expect(namedTests('`tests/unit/a.test.ts` "one", "two" and `tests/unit/b.test.ts` "three"')).toEqual([
      { file: 'tests/unit/a.test.ts', title: 'one' },
      { file: 'tests/unit/a.test.ts', title: 'two' },
      { file: 'tests/unit/b.test.ts', title: 'three' },
    ]);
  });

  it('finds npm scripts', () => {
    expect(namedScripts('`npm ci && npm run demo`, `npm test`, `npm run phr -- init`')).toEqual([
      'demo',
      'test',
      'phr',
    ]);
  });
});
