import { holdsTitle, namedPaths, namedTests, tableRows } from './document-facts.ts';
import type { NamedTest } from './document-facts.ts';

export const ASVS_STATUSES = ['met', 'partly', 'not met', 'not applicable'] as const;
const CELLS = 5;
const ID = /^V?\d+(?:\.\d+){0,2}$/;

/** Where files are looked up, so that a control can stand in for the disk. */
export interface Disk {
  exists: (path: string) => boolean;
  read: (path: string) => string;
}

/**
 * Numbers of the requirements of levels 1 and 2 in OWASP ASVS 5.0.0, by section: level 1, then level 2. Numbers
 * alone, without a word of its text.
 */
const NUMBERS: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  '1.1': [[], [1, 2]],
  '1.2': [
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9],
  ],
  '1.3': [
    [1, 2],
    [3, 4, 5, 6, 7, 8, 9, 10, 11],
  ],
  '1.4': [[], [1, 2, 3]],
  '1.5': [[1], [2]],
  '2.1': [[1], [2, 3]],
  '2.2': [[1, 2], [3]],
  '2.3': [[1], [2, 3, 4]],
  '2.4': [[], [1]],
  '3.2': [[1, 2], []],
  '3.3': [[1], [2, 3, 4]],
  '3.4': [
    [1, 2],
    [3, 4, 5, 6],
  ],
  '3.5': [
    [1, 2, 3],
    [4, 5],
  ],
  '3.7': [[], [1, 2]],
  '4.1': [[1], [2, 3]],
  '4.2': [[], [1]],
  '4.3': [[], [1, 2]],
  '4.4': [[1], [2, 3, 4]],
  '5.1': [[], [1]],
  '5.2': [[1, 2], [3]],
  '5.3': [[1, 2], []],
  '5.4': [[], [1, 2, 3]],
  '6.1': [[1], [2, 3]],
  '6.2': [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [9, 10, 11, 12],
  ],
  '6.3': [
    [1, 2],
    [3, 4],
  ],
  '6.4': [
    [1, 2],
    [3, 4],
  ],
  '6.5': [[], [1, 2, 3, 4, 5]],
  '6.6': [[], [1, 2, 3]],
  '6.8': [[], [1, 2, 3, 4]],
  '7.1': [[], [1, 2, 3]],
  '7.2': [[1, 2, 3, 4], []],
  '7.3': [[], [1, 2]],
  '7.4': [
    [1, 2],
    [3, 4, 5],
  ],
  '7.5': [[], [1, 2]],
  '7.6': [[], [1, 2]],
  '8.1': [[1], [2]],
  '8.2': [[1, 2], [3]],
  '8.3': [[1], []],
  '8.4': [[], [1]],
  '9.1': [[1, 2, 3], []],
  '9.2': [[1], [2, 3, 4]],
  '10.1': [[], [1, 2]],
  '10.2': [[], [1, 2]],
  '10.3': [[], [1, 2, 3, 4]],
  '10.4': [
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10, 11],
  ],
  '10.5': [[], [1, 2, 3, 4, 5]],
  '10.6': [[], [1, 2]],
  '10.7': [[], [1, 2, 3]],
  '11.1': [[], [1, 2]],
  '11.2': [[], [1, 2, 3]],
  '11.3': [[1, 2], [3]],
  '11.4': [[1], [2, 3, 4]],
  '11.5': [[], [1]],
  '11.6': [[], [1]],
  '12.1': [[1], [2, 3]],
  '12.2': [[1, 2], []],
  '12.3': [[], [1, 2, 3, 4]],
  '13.1': [[], [1]],
  '13.2': [[], [1, 2, 3, 4, 5]],
  '13.3': [[], [1, 2]],
  '13.4': [[1], [2, 3, 4, 5]],
  '14.1': [[], [1, 2]],
  '14.2': [[1], [2, 3, 4]],
  '14.3': [[1], [2, 3]],
  '15.1': [[1], [2, 3]],
  '15.2': [[1], [2, 3]],
  '15.3': [[1], [2, 3, 4, 5, 6, 7]],
  '16.1': [[], [1]],
  '16.2': [[], [1, 2, 3, 4, 5]],
  '16.3': [[], [1, 2, 3, 4]],
  '16.4': [[], [1, 2, 3]],
  '16.5': [[], [1, 2, 3]],
  '17.1': [[], [1]],
  '17.2': [[], [1, 2, 3, 4]],
  '17.3': [[], [1, 2]],
};

/** Every requirement of levels 1 and 2, `1.2.3`, with its level. */
export const REQUIREMENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(NUMBERS).flatMap(([section, levels]) =>
    levels.flatMap((numbers, i) =>
      numbers.map((number): [string, number] => [`${section}.${number}`, i + 1]),
    ),
  ),
);

/** The requirements that a row speaks for: `1.2.3`, a section `4.3`, or a chapter `V17`. */
function requirementsOf(id: string): string[] {
  const part = id.replace(/^V/, '');
  return [...REQUIREMENTS.keys()].filter((each) => each === part || each.startsWith(`${part}.`));
}

/** What is wrong with the rows `id, level, status, how, code and test`; empty when nothing is. */
export function asvsFaults(markdown: string, disk: Disk): string[] {
  const rows = asvsRows(markdown);
  const covered = rows.flatMap(([id = '']) => requirementsOf(id));
  const twice = covered.filter((id, i) => covered.indexOf(id) !== i);
  const missing = [...REQUIREMENTS.keys()].filter((id) => !covered.includes(id));
  return [
    ...rows.flatMap((cells) => rowFaults(cells, disk)),
    ...twice.map((id) => `${id}: twice`),
    ...missing.map((id) => `${id}: missing`),
  ];
}

/** Rows of the tables of requirements; others have another first cell. */
export function asvsRows(markdown: string): string[][] {
  return tableRows(markdown).filter(([id]) => ID.test(id ?? ''));
}

function rowFaults(cells: readonly string[], disk: Disk): string[] {
  const [id = '', level = '', status = '', how = '', proof = ''] = cells;
  const faults: string[] = [];
  if (cells.length !== CELLS) faults.push(`${id}: ${cells.length} cells`);
  const levels = new Set(requirementsOf(id).map((each) => REQUIREMENTS.get(each)));
  if (levels.size === 0) faults.push(`${id}: no requirement of level 1 or 2`);
  else if ([...levels].toSorted().join(', ') !== level) faults.push(`${id}: level ${level}`);
  if (!(ASVS_STATUSES as readonly string[]).includes(status)) faults.push(`${id}: status ${status}`);
  if (how === '') faults.push(`${id}: says nothing`);
  faults.push(...proofFaults(id, `${how} ${proof}`, disk));
  if (status !== 'met' && status !== 'partly') return faults;
  // Where there is no code to speak of, a document is what holds it up.
  const tests = namedTests(proof);
  if (namedPaths(proof).every((path) => path.startsWith('tests/'))) faults.push(`${id}: names no code`);
  if (tests.length === 0) faults.push(`${id}: names no test`);
  return faults;
}

function proofFaults(id: string, text: string, { exists, read }: Disk): string[] {
  const absent = ({ file, title }: NamedTest): boolean => exists(file) && !holdsTitle(read(file), title);
  return [
    ...namedPaths(text)
      .filter((path) => !exists(path))
      .map((path) => `${id}: no file ${path}`),
    ...namedTests(text)
      .filter(absent)
      .map(({ file, title }) => `${id}: no test "${title}" in ${file}`),
  ];
}
