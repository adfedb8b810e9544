import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const room = new URL('../../../crypto/', import.meta.url);

interface PublicFunction {
  readonly name: string;
  readonly docstring: string;
}

/** What a public function must say of itself: sizes, what it throws, and where it comes from. */
const DEMANDS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a docstring', /\/\*\*/],
  ['a size or bound', /\bbytes?\b|\bMiB\b|\bletters\b|\bUTF-16 units\b|\bitems\b/i],
  ['what it throws, or that it never does', /\b[Tt]hrows?\b/],
  ['the section of the scheme or the standard', /\b(?:SCHEME|RFC|FIPS) \d/],
];

function functionsIn(source: string, names: readonly string[]): readonly PublicFunction[] {
  return names.flatMap((name) => {
    const pattern = `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?export (?:async )?function\\*? ${name}\\b`;
    const found = new RegExp(pattern).exec(source);
    return found === null ? [] : [{ name, docstring: found[1] ?? '' }];
  });
}

function lacking({ name, docstring }: PublicFunction): readonly string[] {
  return DEMANDS.filter(([, pattern]) => !pattern.test(docstring)).map(([what]) => `${name}: ${what}`);
}

/** The names that an index gives out, by the file that they come from. */
function exportsOf(index: string): readonly (readonly [path: string, names: readonly string[]])[] {
  return [...index.matchAll(/export \{([^}]*)\} from '([^']+)'/g)].map(([, list = '', path = '']) => {
    const names = list.split(',').map((name) => name.trim());
    return [path, names.filter((name) => name !== '' && !name.startsWith('type '))];
  });
}

async function publicFunctions(): Promise<readonly PublicFunction[]> {
  const indices = await Promise.all(
    ['index.ts', 'native.ts'].map((name) => readFile(new URL(name, room), 'utf8')),
  );
  const sources = indices.flatMap(exportsOf).map(async ([path, names]) => {
    return functionsIn(await readFile(new URL(path, room), 'utf8'), names);
  });
  // What stands apart has no index: all that it exports is public.
  const apart = await readFile(new URL('identity.ts', room), 'utf8');
  const names = [...apart.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => name);
  return [...(await Promise.all(sources)).flat(), ...functionsIn(apart, names)];
}

describe('public functions', () => {
  it('say their sizes, what they throw and where they come from', async () => {
    const all = await publicFunctions();
    expect(all.length).toBeGreaterThan(75);
    expect(all.map(({ name }) => name)).toContain('evaluateIdentities');
    expect(all.flatMap(lacking)).toEqual([]);
  });

  it('name sections that the scheme has', async () => {
    const scheme = await readFile(new URL('SCHEME.md', room), 'utf8');
    const sections = new Set([...scheme.matchAll(/^## (\d+)\./gm)].map(([, number]) => number));
    const named = (await publicFunctions()).flatMap(({ name, docstring }) =>
      [...docstring.matchAll(/SCHEME (\d+)/g)].map(([, section]) => ({ name, section })),
    );
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter(({ section }) => !sections.has(section ?? ''))).toEqual([]);
  });

  it('would be found without a docstring, or with one that says nothing', () => {
    const source = 'export function bare() {}\n/** Opens it. */\nexport async function vague() {}\n';
    const found = functionsIn(source, ['bare', 'vague']).flatMap(lacking);
    expect(found).toHaveLength(7);
    expect(found).toContain('bare: a docstring');
    expect(found).not.toContain('vague: a docstring');
  });
});
