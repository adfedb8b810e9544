import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlantedTree, plantedFiles, runTool } from './planted-tree.ts';

const planted = await plantedFiles('types');

describe('the compiler, with the configuration of the project', () => {
  let tree: PlantedTree;
  let found: Map<string, string[]>;

  beforeAll(async () => {
    tree = await PlantedTree.create();
    await tree.write(
      'tsconfig.planted.json',
      JSON.stringify({ extends: './tsconfig.json', include: ['types'], exclude: [] }),
    );
    const { output } = await runTool(
      'tsc',
      ['--noEmit', '--pretty', 'false', '-p', 'tsconfig.planted.json'],
      tree.directory,
    );
    found = new Map();
    for (const [, path, code] of output.matchAll(/^(\S+?)\(\d+,\d+\): error (TS\d+)/gm)) {
      found.set(path ?? '', [...(found.get(path ?? '') ?? []), code ?? '']);
    }
  });
  afterAll(() => tree.remove());

  it.each(planted)('says $expected of $path', ({ path, expected }) => {
    expect([...new Set(found.get(path))]).toEqual(expected);
  });
});
