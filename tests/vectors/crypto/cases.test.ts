import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CRYPTO_ERROR_CODES } from '#crypto';
import { backends } from '../../unit/crypto/cast.ts';
import { AREAS, buildCases } from './build/all.ts';
import { OPERATION_NAMES, runCase, type VectorCase } from './operations/run.ts';

const folder = new URL('cases/', import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
const read = async (name: string) =>
  JSON.parse(await readFile(new URL(name, folder), 'utf8')) as VectorCase[];
const frozen = new Map(await Promise.all(files.map(async (name) => [name, await read(name)] as const)));
const all = [...frozen.values()].flat();

describe.each(backends)('frozen cases on $name', (backend) => {
  // Stretching a passphrase takes a second and knows no backend: once is enough.
  const stretching = ['keystore.json', 'account.json'];
  const here = files.filter((name) => backend.name === 'native' || !stretching.includes(name));
  it.each(here)('%s', async (name) => {
    const wrong: string[] = [];
    for (const one of frozen.get(name)!) {
      const { id, op: _op, in: _in, ...expected } = one;
      if (JSON.stringify(await runCase(backend, one)) !== JSON.stringify(expected)) wrong.push(id);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the frozen cases', () => {
  it('are of the areas that the generator knows', () => {
    expect(AREAS.map((area) => `${area}.json`).toSorted()).toEqual(files);
  });

  it.each(AREAS)('%s: are what the generator makes, byte for byte', async (area) => {
    expect(await buildCases(area)).toEqual(frozen.get(`${area}.json`));
  });

  it('are many, named once, and say either a result or a refusal', () => {
    expect(all.length).toBeGreaterThan(1050);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { out, error } of all) expect((out === undefined) !== (error === undefined)).toBe(true);
  });

  it('have every operation succeed, and every refusal code occur', () => {
    const succeeding = new Set(all.flatMap(({ op, error }) => (error === undefined ? [op] : [])));
    expect([...succeeding].toSorted()).toEqual([...OPERATION_NAMES].toSorted());
    const codes = new Set(all.flatMap(({ error }) => error ?? []));
    expect([...codes].toSorted()).toEqual([...CRYPTO_ERROR_CODES].toSorted());
  });

  it('are all described in the README of the vectors', async () => {
    const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
    expect(OPERATION_NAMES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('would show a change: a case with another result fails', async () => {
    const [one] = frozen.get('group.json')!;
    const result = await runCase(backends[0]!, one!);
    expect(result).toEqual({ out: true });
    const other = { ...one!, in: { element: '00'.repeat(32) } };
    expect(await runCase(backends[0]!, other)).toEqual({ out: false });
  });
});
