import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIST, loadAssets } from '../../../dashboard/assets.ts';
import type { Assets } from '../../../dashboard/assets.ts';
import { ensureBuilt } from '../../../dashboard/build.ts';

const FIRST_LOAD_BYTES_MAX = 120 * 1024;
/** The keys, the proofs and the ledger rules, which the worker loads when somebody signs in. */
const SIGN_IN_BYTES_MAX = 160 * 1024;
let assets: Assets;

beforeAll(async () => {
  await ensureBuilt();
  assets = loadAssets();
});

/** What a browser fetches for a script before it runs the first line of it. */
function withImports(entries: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    if (!path.endsWith('.js')) continue;
    const text = Buffer.from(assets.files.get(path)?.bytes ?? []).toString();
    // An import that is a call is lazy: it is not among these.
    for (const [, name = ''] of text.matchAll(
      /(?:^|[;\n}])\s*(?:import|export)\b[^"'`()]*["']\.\/([^"']+)["']/g,
    ))
      waiting.push(`/assets/${name}`);
  }
  return found;
}

const gzipBytes = (path: string): number => {
  const asset = assets.files.get(path);
  if (asset === undefined) throw new Error(`${path} is not served`);
  return (asset.gzip ?? gzipSync(asset.bytes)).length;
};

const html = (): string => readFileSync(new URL('index.html', DIST), 'utf8');
const workerPath = (): string =>
  [...assets.files.keys()].find((path) => path.startsWith('/assets/worker.')) ?? '';

describe('the first load', () => {
  it('is at most 120 KB compressed: page, styles, scripts and the worker', () => {
    const named = [...html().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    const first = withImports([...named, workerPath()]);
    expect(first.size).toBeGreaterThanOrEqual(4);
    const total = [...first].reduce((sum, path) => sum + gzipBytes(path), gzipSync(html()).length);
    expect(total).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
    // And it is not empty: what is counted is what runs.
    expect(total).toBeGreaterThan(20 * 1024);
  });

  it('leaves the keys, codes and pages of the roles for later', () => {
    const first = withImports(
      [...html().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path),
    );
    const scripts = [...assets.files.keys()].filter((path) => path.endsWith('.js'));
    for (const name of ['network', 'lean-qr', 'calls']) {
      const lazy = scripts.filter((path) => path.startsWith(`/assets/${name}.`));
      expect(lazy.length, name).toBeGreaterThan(0);
    }
    expect([...first].filter((path) => /lean-qr|calls|plot-canvas/.test(path))).toEqual([]);
  });

  it('brings everything that a sign-in needs in at most 160 KB', () => {
    const scripts = [...assets.files.keys()].filter((path) => /^\/assets\/calls\..*js$/.test(path));
    const [largest = ''] = scripts.toSorted((a, b) => gzipBytes(b) - gzipBytes(a));
    const worker = withImports([workerPath(), largest]);
    const total = [...worker].reduce((sum, path) => sum + gzipBytes(path), 0);
    expect(total).toBeLessThanOrEqual(SIGN_IN_BYTES_MAX);
    expect(total).toBeGreaterThan(60 * 1024);
  });
});
