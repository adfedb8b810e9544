import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlantedTree, runTool } from './planted-tree.ts';

describe('the formatter, with the configuration of the project', () => {
  let tree: PlantedTree;

  beforeAll(async () => {
    tree = await PlantedTree.create();
    await tree.write('storage/loose.ts', 'export const loose = { "a":1 }\n');
    await tree.write('storage/tidy.ts', 'export const tidy = { a: 1 };\n');
  });
  afterAll(() => tree.remove());

  it('reports a file that is not formatted', async () => {
    const { code, output } = await runTool('oxfmt', ['--check', 'storage/loose.ts'], tree.directory);
    expect(code).not.toBe(0);
    expect(output).toContain('storage/loose.ts');
  });

  it('lets a formatted file pass', async () => {
    expect((await runTool('oxfmt', ['--check', 'storage/tidy.ts'], tree.directory)).code).toBe(0);
  });
});
