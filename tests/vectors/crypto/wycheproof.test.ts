import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWycheproof, sourcesOf } from '../../../scripts/wycheproof.ts';
import { runSuite, suiteFile, SUITES, type Suite } from './wycheproof-suites.ts';

const folder = findWycheproof();
const fileOf = (suite: Suite): string | undefined =>
  folder === undefined ? undefined : suiteFile(folder, suite);
const absent = Object.entries(SUITES).filter(([, suite]) => fileOf(suite) === undefined);
if (absent.length > 0) {
  const names = absent.map(([name]) => name).join('; ');
  process.stderr.write(`SKIPPED: no Wycheproof suites here of ${names}. \`npm test\` brings them from Debian.\n`);
}

describe('Wycheproof', () => {
  for (const [name, suite] of Object.entries(SUITES)) {
    // The older collection, which Debian's stable release has, is without ML-KEM: there kem.test.ts stands alone.
    const isAbsent = folder === undefined || (suite.isRecent === true && fileOf(suite) === undefined);
    it.skipIf(isAbsent)(`${name}: no verdict differs`, async () => {
      const path = fileOf(suite);
      expect(path, name).toBeDefined();
      expect((await runSuite(suite, path ?? '')).faults).toEqual([]);
    });
  }
});

describe('the runner of the suites', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'phr-suite-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  const planted = async (tests: object[], outcome: () => boolean): Promise<readonly string[]> => {
    const path = join(scratch, 'planted_test.json');
    await writeFile(path, JSON.stringify({ testGroups: [{ tests }] }));
    return (await runSuite({ files: [], least: 1, check: outcome }, path)).faults;
  };

  it('names a valid vector that fails, an invalid one that passes and an acceptable one that differs', async () => {
    const [valid, invalid, acceptable] = ['valid', 'invalid', 'acceptable'].map((result) => ({
      tcId: 7,
      result,
    }));
    const refuse = (): never => {
      throw new RangeError('refused');
    };
    expect(await planted([valid ?? {}], () => false)).toHaveLength(2);
    expect(await planted([valid ?? {}], refuse)).toHaveLength(2);
    expect(await planted([invalid ?? {}], () => true)).toHaveLength(2);
    expect(await planted([acceptable ?? {}], () => false)).toHaveLength(2);
    expect(await planted([valid ?? {}], () => true)).toEqual([]);
    expect(await planted([invalid ?? {}, acceptable ?? {}], refuse)).toEqual([]);
  });

  it('takes an empty suite and one of another shape for a fault', async () => {
    expect(await planted([], () => true)).toEqual(['fewer than 1 vectors']);
    await expect(planted([{ tcId: 1 }], () => true)).rejects.toThrow('result: expected text');
  });
});

describe('the way to the suites', () => {
  it("asks the machine's own archives for sources, with their keys", () => {
    const deb822 = 'Types: deb\nURIs: http://mirror.example/debian\nSigned-By: /usr/share/keyrings/a.gpg\n';
    expect(sourcesOf(deb822, 'deb-src')).toBe(deb822.replace('Types: deb', 'Types: deb-src'));
    expect(
      sourcesOf('# deb no\ndeb [signed-by=/k] http://mirror.example/debian stable main\n', 'deb-src'),
    ).toBe('# deb no\ndeb-src [signed-by=/k] http://mirror.example/debian stable main\n');
  });

  it("asks for another suite of Debian's main archive alone, not of its security archive or of anybody else", () => {
    const stanza = (uri: string): string =>
      `Types: deb\nURIs: ${uri}\nSuites: stable updates\nComponents: main contrib\nSigned-By: /k.gpg`;
    const all = ['http://a.example/debian', 'http://a.example/debian-security', 'http://b.example/node'];
    expect(sourcesOf(all.map(stanza).join('\n\n'), 'deb', 'sid')).toBe(
      'Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\nSigned-By: /k.gpg',
    );
    expect(
      sourcesOf(
        'deb http://b.example/x stable main\ndeb [signed-by=/k] http://a.example/debian/ stable main contrib\n',
        'deb',
        'sid',
      ),
    ).toBe('deb [signed-by=/k] http://a.example/debian/ sid main');
  });

  it('takes what the environment names, and nothing in its place', () => {
    expect(findWycheproof({ WYCHEPROOF_PATH: join(tmpdir(), 'absent'), HOME: tmpdir() })).toBeUndefined();
    expect(findWycheproof({ XDG_CACHE_HOME: join(tmpdir(), 'absent') })).toBeUndefined();
  });
});
