import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asvsFaults, asvsRows, ASVS_STATUSES, REQUIREMENTS } from './asvs-facts.ts';
import type { Disk } from './asvs-facts.ts';
import { ROOT } from './planted-tree.ts';

const disk: Disk = {
  exists: (path) => existsSync(join(ROOT, path)),
  read: (path) => readFileSync(join(ROOT, path), 'utf8'),
};
const text = disk.read('docs/ASVS.md');
const rows = asvsRows(text);

describe('docs/ASVS.md', () => {
  it('has each requirement of levels 1 and 2 once, and names only files and tests that exist', () => {
    expect(asvsFaults(text, disk)).toEqual([]);
  });

  it('counts what it says', () => {
    for (const status of ASVS_STATUSES) {
      const count = rows.filter((cells) => cells[2] === status).length;
      expect(text).toContain(`${count} rows ${status}`);
    }
  });

  it('is read against the whole list', () => {
    const levels = [...REQUIREMENTS.values()];
    expect([1, 2].map((level) => levels.filter((each) => each === level).length)).toEqual([70, 183]);
  });
});

describe('the gate over it', () => {
  /** The sound document with the row of one requirement changed. */
  const changed = (id: string, change: (cells: string[]) => string[] | undefined): string => {
    const row = rows.find(([each]) => each === id) ?? [];
    const isRow = (line: string): boolean => line.split('|')[1]?.trim() === id;
    const cells = change([...row]);
    return text
      .split('\n')
      .flatMap((line) => (!isRow(line) ? [line] : cells === undefined ? [] : [`| ${cells.join(' | ')} |`]))
      .join('\n');
  };
  const SAMPLE = '7.2.3';
  const PROOF =
    '`dashboard/security/sessions.ts`; `tests/unit/dashboard/sessions.test.ts` "hands out tokens of 256 bits"';
  const FILE = 'tests/unit/dashboard/sessions.test.ts';

  it('lets the same row pass when nothing is wrong with it', () => {
    const sound = changed(SAMPLE, () => [SAMPLE, '1', 'met', 'tokens of 32 bytes', PROOF]);
    expect(sound).toContain('| tokens of 32 bytes |');
    expect(asvsFaults(sound, disk)).toEqual([]);
  });

  it.each<[string, string[] | undefined, string[]]>([
    ['a missing row', undefined, [`${SAMPLE}: missing`]],
    [
      'a second row',
      [SAMPLE, '1', 'met', 'x', `${PROOF} |\n| ${SAMPLE} | 1 | met | x | ${PROOF}`],
      [`${SAMPLE}: twice`],
    ],
    ['a status of its own', [SAMPLE, '1', 'mostly', 'x', PROOF], [`${SAMPLE}: status mostly`]],
    ['another level', [SAMPLE, '2', 'met', 'x', PROOF], [`${SAMPLE}: level 2`]],
    ['no reason', [SAMPLE, '1', 'not met', '', ''], [`${SAMPLE}: says nothing`]],
    [
      'a claim without proof',
      [SAMPLE, '1', 'met', 'x', ''],
      [`${SAMPLE}: names no code`, `${SAMPLE}: names no test`],
    ],
    [
      'a claim without code',
      [SAMPLE, '1', 'partly', 'x', `\`${FILE}\` "hands out tokens"`],
      [`${SAMPLE}: names no code`],
    ],
    [
      'a claim whose test has no title',
      [SAMPLE, '1', 'met', 'x', `\`dashboard/server.ts\`; \`${FILE}\``],
      [`${SAMPLE}: names no test`],
    ],
    [
      'code that is not there',
      [SAMPLE, '1', 'met', 'x', PROOF.replace('security/sessions.ts', 'security/tokens.ts')],
      [`${SAMPLE}: no file dashboard/security/tokens.ts`],
    ],
    [
      'a test file that is not there',
      [SAMPLE, '1', 'met', 'x', PROOF.replace(FILE, 'tests/unit/dashboard/tokens.test.ts')],
      [`${SAMPLE}: no file tests/unit/dashboard/tokens.test.ts`],
    ],
    [
      'a title that is not there',
      [SAMPLE, '1', 'met', 'x', PROOF.replace('256', '257')],
      [`${SAMPLE}: no test "hands out tokens of 257 bits" in ${FILE}`],
    ],
    ['too few cells', [SAMPLE, '1', 'not met', 'x'], [`${SAMPLE}: 4 cells`]],
    [
      'a requirement that there is not',
      [SAMPLE, '1', 'met', 'x', `${PROOF} |\n| 7.2.9 | 1 | met | x | ${PROOF}`],
      ['7.2.9: no requirement of level 1 or 2'],
    ],
    [
      'a section over what has its own row',
      [SAMPLE, '1', 'met', 'x', `${PROOF} |\n| 6.1 | 1, 2 | not applicable | x |  `],
      ['6.1.1: twice', '6.1.2: twice', '6.1.3: twice'],
    ],
  ])('reports %s, and nothing else', (_, cells, faults) => {
    expect(
      asvsFaults(
        changed(SAMPLE, () => cells),
        disk,
      ),
    ).toEqual(faults);
  });
});
