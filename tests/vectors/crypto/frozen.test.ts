import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { backends } from '../../unit/crypto/cast.ts';
import { artefactsOf } from './artefacts.ts';

const FILES = ['keys', 'compartments', 'tags', 'box', 'record', 'grant'];

describe.each(backends)('frozen artefacts on $name', async (backend) => {
  const artefacts = await artefactsOf(backend);
  it('are exactly the files', () => {
    expect(Object.keys(artefacts).toSorted()).toEqual(FILES.toSorted());
  });
  it.each(FILES)('%s.json is what the code makes', async (name) => {
    const frozen: unknown = JSON.parse(await readFile(new URL(`${name}.json`, import.meta.url), 'utf8'));
    expect(artefacts[name]).toEqual(frozen);
  });
});
