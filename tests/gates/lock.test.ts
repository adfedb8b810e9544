import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licenseAllowed, lockFaults, unpinned } from './lock-faults.ts';
import { ROOT } from './planted-tree.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const lockOf = (entry: object): unknown => ({
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/x': entry },
});
const sound = { version: '1.0.0', integrity: 'sha512-AAAA', license: 'MIT' };

describe('what npm ci installs', () => {
  it('is pinned to exact versions', () => {
    expect(unpinned(json('package.json'))).toEqual([]);
  });

  it('has integrity, allowed licences, and no script that runs at installation', () => {
    expect(lockFaults(json('package-lock.json'))).toEqual([]);
  });

  it('is the same set in package.json and in the lock', () => {
    const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
    const manifest = json('package.json') as Record<string, unknown>;
    const locked = (json('package-lock.json') as { packages: Record<string, Record<string, unknown>> })
      .packages[''];
    for (const group of groups) expect(locked?.[group], group).toEqual(manifest[group]);
  });

  it.each([
    ['a range', '^1.0.0'],
    ['a tag', 'latest'],
    ['a repository', 'github:someone/x'],
    ['an alias of a range', 'npm:@libp2p/noise@^17.0.3'],
  ])('would be refused for %s', (_, range) => {
    const manifest = {
      dependencies: { x: range },
      devDependencies: {},
      optionalDependencies: {},
      overrides: {},
    };
    expect(unpinned(manifest)).toHaveLength(1);
  });

  it.each([
    ['a missing integrity', { ...sound, integrity: undefined }],
    ['a weak integrity', { ...sound, integrity: 'sha1-AAAA' }],
    ['an install script', { ...sound, hasInstallScript: true }],
    ['a host', { ...sound, resolved: 'https://packages.example/x.tgz' }],
    ['a link', { ...sound, link: true }],
    ['no licence', { ...sound, license: undefined }],
    ['a platform that is not locked', { ...sound, optionalDependencies: { 'x-other-machine': '1.0.0' } }],
    ['GPL-3.0', { ...sound, license: 'GPL-3.0-only' }],
    ['AGPL', { ...sound, license: 'AGPL-3.0' }],
    ['LGPL', { ...sound, license: 'LGPL-2.1' }],
    ['GPL beside MIT', { ...sound, license: 'MIT AND GPL-2.0' }],
  ])('would be refused for %s', (_, entry) => {
    expect(lockFaults(lockOf(entry))).toHaveLength(1);
  });

  it('accepts a sound entry, and a choice that leaves GPL aside', () => {
    expect(lockFaults(lockOf(sound))).toEqual([]);
    expect(licenseAllowed('(BSD-3-Clause OR GPL-2.0)')).toBe(true);
    expect(licenseAllowed('GPL-2.0 OR LGPL-3.0')).toBe(false);
  });
});
