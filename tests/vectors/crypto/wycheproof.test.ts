import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWycheproof, sourcesOf } from '../../../scripts/wycheproof.ts';
import { runSuite, suiteFile, SUITES } from './wycheproof-suites.ts';

const folder = findWycheproof();
if (folder === undefined) {
  process.stderr.write('SKIPPED: the Wycheproof suites are not here; `npm test` brings them from Debian.\n');
}

// Debian carries no suites of ML-KEM yet: those run when the folder has them, beside kem.test.ts.
const expectedHere = Object.entries(SUITES).filter(
  ([, suite]) =>
    suite.isRecent === undefined || (folder !== undefined && suiteFile(folder, suite) !== undefined),
);

describe('Wycheproof', () => {
  it.skipIf(folder === undefined).each(expectedHere)('%s: no verdict differs', async (name, suite) => {
    const path = suiteFile(folder ?? '', suite);
    expect(path, name).toBeDefined();
    expect((await runSuite(suite, path ?? '')).faults).toEqual([]);
  });
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
    expect(sourcesOf(deb822)).toBe(deb822.replace('Types: deb', 'Types: deb-src'));
    expect(sourcesOf('# deb no\ndeb [signed-by=/k] http://mirror.example/debian stable main\n')).toBe(
      '# deb no\ndeb-src [signed-by=/k] http://mirror.example/debian stable main\n',
    );
  });

  it('takes what the environment names, and nothing in its place', () => {
    expect(findWycheproof({ WYCHEPROOF_PATH: join(tmpdir(), 'absent'), HOME: tmpdir() })).toBeUndefined();
    expect(findWycheproof({ XDG_CACHE_HOME: join(tmpdir(), 'absent') })).toBeUndefined();
  });
});
