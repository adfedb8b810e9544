import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './planted-tree.ts';

/** Written so that this file does not contain what it forbids. */
const FORBIDDEN: { what: string; pattern: RegExp }[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.<{}])\/(?:wor[k]|roo[t]|home\/[a-z]\w*|User[s])\// },
  {
    what: 'the host of a registry',
    pattern: /\bregistr[y]\.[\w-]+\.(?:org|com|io|internal)\b|\bnpmjs\.(?:or[g])\b/,
  },
  { what: 'the host of a package archive', pattern: /\b(?:deb|security|ftp|snapshot)\.debia[n]\.org\b/ },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )?PRIVAT[E] KEY/ },
  { what: 'a conflict mark', pattern: /^(?:<{7}|>{7}) /m },
];
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

const forbiddenIn = (text: string): string[] =>
  FORBIDDEN.flatMap(({ what, pattern }) => (pattern.test(text) ? [what] : []));

function projectFiles(): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const names = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: TEXT_BYTES_MAX }).split(
    '\0',
  );
  return names.filter(
    (name) => name !== '' && statSync(join(ROOT, name), { throwIfNoEntry: false })?.isFile(),
  );
}

describe('the files of the project', () => {
  const files = projectFiles();

  it('are found at all', () => {
    expect(files).toContain('package-lock.json');
    expect(files.length).toBeGreaterThan(50);
  });

  it('name no machine, no registry, and hold no key', () => {
    const found = files.flatMap((name) => {
      if (statSync(join(ROOT, name)).size > TEXT_BYTES_MAX) return [];
      return forbiddenIn(readFileSync(join(ROOT, name), 'utf8')).map((what) => `${name}: ${what}`);
    });
    expect(found).toEqual([]);
  });

  it.each([
    ['a path of one machine', ['', 'work', 'main', 'x.ts'].join('/')],
    ['a path of one machine', `cd ${['', 'root', '.cache'].join('/')}`],
    ['a path of one machine', `"${['', 'home', 'maria', 'phr'].join('/')}"`],
    ['the host of a registry', ['https://registry', 'npmjs', 'org'].join('.')],
    ['the host of a package archive', ['http://deb', 'debian', 'org'].join('.')],
    ['a private key', ['-----BEGIN', 'EC', 'PRIVATE', 'KEY-----'].join(' ')],
  ])('would be caught with %s in %s', (what, text) => {
    expect(forbiddenIn(text)).toEqual([what]);
  });

  it('may speak of work/life, of roots, and of a home institution', () => {
    expect(forbiddenIn('homework/root/ ../work/x the state root / home: institution')).toEqual([]);
  });
});
