import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST } from '../../../dashboard/assets.ts';
import { ensureBuilt } from '../../../dashboard/build.ts';
import { releaseOf } from '../../../dashboard/release.ts';
import { serveFake } from '../dashboard/harness.ts';
import type { Served } from '../dashboard/harness.ts';
import { phr } from './run-phr.ts';

let served: Served;
let node: string;
const scratch = mkdtempSync(join(tmpdir(), 'phr-release-'));

beforeAll(async () => {
  await ensureBuilt();
  served = await serveFake({});
  node = `http://127.0.0.1:${served.port}`;
});
afterAll(async () => {
  await served.dashboard.stop();
  rmSync(scratch, { recursive: true });
});

interface Manifest {
  hash: string;
  files: Record<string, string>;
}
const manifest = (): Manifest => JSON.parse(readFileSync(new URL('manifest.json', DIST), 'utf8')) as Manifest;

function fileWith(value: unknown): string {
  const file = join(scratch, 'manifest.json');
  writeFileSync(file, JSON.stringify(value));
  return file;
}

describe('phr dashboard verify', () => {
  it('finds that a node serves the release and nothing else', async () => {
    const { code, out } = await phr(['dashboard', 'verify', '--node', node, '--json']);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as { files: number; release: string; differences: unknown[] };
    expect(answer).toMatchObject({ isSame: true, differences: [], release: manifest().hash });
    // The page, the service worker and every script and style.
    expect(answer.files).toBeGreaterThan(100);
    expect(Object.keys(manifest().files)).toEqual(expect.arrayContaining(['/', '/service-worker.js']));
  });

  it('names a file that is other than in the release, and one that is not there', async () => {
    const { files } = manifest();
    const bytes = new Map([
      ['/', new Uint8Array([1])],
      ['/assets/absent.01234567.js', new Uint8Array([2])],
    ]);
    const other = releaseOf(bytes);
    expect(other.hash).not.toBe(manifest().hash);
    expect(files['/']).not.toBe(other.files['/']);
    const { code, out } = await phr(['dashboard', 'verify', '--node', node, '--manifest', fileWith(other)]);
    expect(code).toBe(1);
    expect(out).toContain('2 of 2 files differ');
    expect(out).toMatch(/other\s+\/\n/);
    expect(out).toMatch(/absent\s+\/assets\/absent/);
  });

  it('refuses a list whose hash is not its own, and what is no list', async () => {
    const { hash, files } = manifest();
    const forged = { hash, files: { ...files, '/': '0'.repeat(64) } };
    for (const value of [forged, { hash, files, more: 1 }, [], { hash, files: { '../x': hash } }]) {
      const answer = await phr(['dashboard', 'verify', '--node', node, '--manifest', fileWith(value)]);
      expect(answer.code).toBe(2);
    }
  });

  it('says that a node does not answer, which is no difference', async () => {
    const gone = await serveFake({});
    await gone.dashboard.stop();
    const answer = await phr(['dashboard', 'verify', '--node', `http://127.0.0.1:${gone.port}`]);
    expect(answer.code).toBe(4);
  });
});
