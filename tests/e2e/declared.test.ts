import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapRoot } from '#crypto';
import { DIST } from '../../dashboard/assets.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { releaseOf } from '../../dashboard/release.ts';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { personRootOf } from '../../scripts/devnet/seeded-keys.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { phr } from '../unit/cli/run-phr.ts';

/** Real processes: what a node serves, what its institution declared on the ledger, and what the command says of both. */
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-declared-'));
const dataDir = join(scratch, 'data');
const signal = new AbortController().signal;
const plan = planDevnet({ seed: 'declared', nodes: 4, basePort: await findFreeBasePort(4, 26_100) });
const [north] = plan.nodes;
/** Of the release that is served. */
const hash = (): string =>
  (JSON.parse(readFileSync(new URL('manifest.json', DIST), 'utf8')) as { hash: string }).hash;
const other = releaseOf(new Map([['/', new Uint8Array([1])]]));

/** As the administrator of the node, or of another one. */
async function dashboard(
  verb: string,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> {
  const key = [
    '--genesis',
    genesisFile(dataDir),
    '--keystore',
    'admin.keys',
    '--passphrase-file',
    'passphrase',
  ];
  return await phr(['dashboard', verb, '--node', north?.apiUrl ?? '', ...key, ...more], { cwd: scratch });
}

beforeAll(async () => {
  await ensureBuilt();
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  const passphrase = 'a key of this test';
  const root = personRootOf(plan.seed, north?.administrators[0] ?? '');
  writeFileSync(join(scratch, 'admin.keys'), await wrapRoot({ root, passphrase }), { mode: 0o600 });
  writeFileSync(join(scratch, 'passphrase'), passphrase, { mode: 0o600 });
  writeFileSync(join(scratch, 'other.json'), JSON.stringify(other));
});
afterAll(async () => {
  await endNodes(dataDir);
  rmSync(scratch, { recursive: true, force: true });
});

describe('what an institution declares of its pages', () => {
  it('is nothing at first, which is told apart from pages that differ', async () => {
    const { code, out } = await dashboard('verify');
    expect(out).toMatch(/served\s+the same/);
    expect(out).toMatch(/declared\s+nothing/);
    expect(code).toBe(1);
  });

  it('is another release than the one that is served: the command says so, and fails', async () => {
    const declared = await dashboard('declare', '--manifest', 'other.json');
    expect(declared).toMatchObject({ code: 0, err: '' });
    expect(declared.out).toContain(other.hash);
    const { code, out } = await dashboard('verify');
    expect(out).toMatch(/served\s+the same/);
    expect(out).toContain(`declared  ${other.hash}\n`);
    expect(out).not.toMatch(/declared.*the same/);
    expect(code).toBe(1);
    const json = JSON.parse((await dashboard('verify', '--json')).out) as object;
    expect(json).toMatchObject({
      isSame: true,
      isDeclared: false,
      declared: other.hash,
      release: hash(),
    });
  });

  it('is the one that is served, once it was declared', async () => {
    expect((await dashboard('declare')).code).toBe(0);
    const { code, out } = await dashboard('verify');
    expect(out).toContain(`declared  ${hash()}, the same`);
    expect(code).toBe(0);
  });
});
