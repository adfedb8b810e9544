import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PlantedTree, ROOT, plantedFiles, runTool } from './planted-tree.ts';

const ROOMS = ['crypto', 'consensus', 'storage', 'node', 'dashboard', 'tests'];
const LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
/** A directive that silences nothing is reported without a rule's code. */
const UNUSED_DIRECTIVE = 'unused-directive';

const Report = z.object({
  diagnostics: z.array(z.object({ code: z.string().default(UNUSED_DIRECTIVE), filename: z.string() })),
});

const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => `export const value${n} = ${n};\n`).join('');
const functionOf = (bodyLines: number): string =>
  `export function sum(): number {\n  let total = 0;\n${'  total += 1;\n'.repeat(bodyLines - 2)}  return total;\n}\n`;

const planted = (await Promise.all(ROOMS.map((room) => plantedFiles(room)))).flat();
const generated = [
  { path: 'storage/too-long.ts', text: lines(LINES_MAX + 1), expected: ['eslint(max-lines)'] },
  { path: 'storage/just-fits.ts', text: lines(LINES_MAX), expected: [] },
  {
    path: 'storage/long-function.ts',
    text: functionOf(FUNCTION_LINES_MAX),
    expected: ['eslint(max-lines-per-function)'],
  },
  { path: 'storage/short-function.ts', text: functionOf(FUNCTION_LINES_MAX - 2), expected: [] },
];

describe('the linter, with the configuration of the project', () => {
  let tree: PlantedTree;
  let found: Map<string, Set<string>>;

  beforeAll(async () => {
    tree = await PlantedTree.create();
    for (const { path, text } of generated) await tree.write(path, text);
    const args = ['--type-aware', '--deny-warnings', '-f', 'json', ...ROOMS];
    const { code, output } = await runTool('oxlint', args, tree.directory);
    expect(code).toBe(1);
    found = new Map();
    for (const { code: rule, filename } of Report.parse(JSON.parse(output)).diagnostics) {
      found.set(filename, (found.get(filename) ?? new Set()).add(rule));
    }
  });
  afterAll(() => tree.remove());

  const reported = (path: string): string[] => [...(found.get(path) ?? [])].toSorted();
  const violations = [...planted, ...generated].filter(({ expected }) => expected.length > 0);
  const controls = [...planted, ...generated].filter(({ expected }) => expected.length === 0);

  it.each(violations)('reports $path as $expected and as nothing else', ({ path, expected }) => {
    expect(reported(path)).toEqual(expected);
  });

  it.each(controls)('lets $path pass', ({ path }) => {
    expect(reported(path)).toEqual([]);
  });

  it('has a violation and a control for every room', () => {
    for (const room of ROOMS) {
      expect(violations.filter(({ path }) => path.startsWith(`${room}/`)).length, room).toBeGreaterThan(0);
      expect(controls.filter(({ path }) => path.startsWith(`${room}/`)).length, room).toBeGreaterThan(0);
    }
  });

  it('really visits the files of the project and not only the planted ones', async () => {
    const { output } = await runTool('oxlint', ['--debug=files', '.'], ROOT);
    for (const path of ['crypto/index.ts', 'consensus/index.ts', 'storage/index.ts', 'node/main.ts']) {
      expect(output, path).toContain(path);
    }
    expect(output).not.toContain('tests/gates/planted/');
  });
});
