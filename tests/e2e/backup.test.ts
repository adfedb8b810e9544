import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { viewNodes } from '../../scripts/devnet/readiness.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { loadConfig } from '#node/config';
import { phr } from '../unit/cli/run-phr.ts';
import { admitPatients } from './sender.ts';

const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-backup-'));
const dataDir = join(scratch, 'data');
const signal = new AbortController().signal;
const plan = planDevnet({ seed: 'backup', nodes: 4, basePort: await findFreeBasePort(4, 24_700) });
const { config } = nodeFiles(dataDir, 'north');
const backup = join(scratch, 'backup');

const run = async (verb: string, directory: string, ...more: string[]) => {
  const words = ['backup', verb, '--config', config, '--backup', directory, '--json', ...more];
  const answer = await phr(words, { cwd: scratch });
  return { ...answer, json: answer.out === '' ? {} : (JSON.parse(answer.out) as Record<string, unknown>) };
};

/** The system lets go of a killed process's locks when the last of its threads is gone. */
const restoreOnceFree = async () => {
  const done = await poll(
    async () => {
      const answer = await run('restore', backup, '--yes');
      return answer.err.includes('another process') ? undefined : answer;
    },
    { timeoutMs: 30_000, signal },
  );
  if (done === undefined) throw new Error('the data directory stays locked');
  return done;
};

const heightOf = async (name: string): Promise<number | undefined> => {
  const view = (await viewNodes(dataDir)).find(({ node }) => node.name === name);
  return view?.answers === true && view.status.condition === 'working' ? view.status.height : undefined;
};

beforeAll(async () => {
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  const [patient] = await admitPatients(plan, new Uint8Array(readFileSync(genesisFile(dataDir))), 1);
  await patient?.connection.blocks.put([{ codec: 'raw', bytes: new Uint8Array(5_000).fill(7) }]);
});
afterAll(async () => {
  await endNodes(dataDir);
  rmSync(scratch, { recursive: true, force: true });
});

describe('a backup', () => {
  it('is taken of a node that runs, and is proven whole without touching it', async () => {
    const made = await run('create', backup);
    expect(made.code).toBe(0);
    expect(made.json).toMatchObject({ name: 'north' });
    expect(made.json['height']).toBeGreaterThan(0);
    // Neither the journal nor the key is in it, and nobody else on the machine reads it.
    const files = readdirSync(backup, { recursive: true }).map(String);
    expect(files.filter((file) => /journal|node\.key|-wal|-shm/.test(file))).toEqual([]);
    const before = readdirSync(join(backup, 'ledger'));
    const checked = await run('verify', backup);
    expect(checked.code).toBe(0);
    expect(checked.json).toMatchObject({ isWhole: true });
    const parts = (checked.json['findings'] as { part: string; state: string }[]).map(({ part }) => part);
    expect(parts).toEqual(['files', 'chain', 'ledger', 'blocks', 'state', 'records']);
    expect(readdirSync(join(backup, 'ledger'))).toEqual(before);
    expect((await run('create', backup)).code).toBe(2);
  });

  it('is found out when one byte of it is not what was written', async () => {
    const files = readdirSync(backup, { recursive: true, withFileTypes: true });
    const wanted = files.filter(
      (entry) => entry.isFile() && (entry.name === 'ledger.sqlite' || /^[0-9a-f]{64}$/.test(entry.name)),
    );
    expect(wanted.some(({ name }) => name !== 'ledger.sqlite')).toBe(true);
    for (const { parentPath, name } of [
      wanted.find((one) => one.name === 'ledger.sqlite'),
      wanted.find((one) => one.name !== 'ledger.sqlite'),
    ].filter((one) => one !== undefined)) {
      const copy = join(scratch, 'changed');
      cpSync(backup, copy, { recursive: true });
      const file = join(copy, parentPath.slice(backup.length), name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      const checked = await run('verify', copy);
      expect([name, checked.code]).toEqual([name, 1]);
      rmSync(copy, { recursive: true });
    }
  });

  it('is not put back without a clear word, nor into a node that runs', async () => {
    expect((await run('restore', backup)).code).toBe(2);
    const running = await run('restore', backup, '--yes');
    expect(running.code).toBe(1);
    expect(running.err).toContain('another process uses this data directory');
  });

  it('brings back a node that lost its disk: it stays silent, catches up, and takes part again', async () => {
    await signalNode(dataDir, 'north', 'SIGKILL');
    const { dataDir: own } = loadConfig(config);
    for (const part of ['ledger', 'blocks', 'journal', 'accounts'])
      rmSync(join(own, part), { recursive: true, force: true });
    const restored = await restoreOnceFree();
    expect([restored.code, restored.err]).toEqual([0, '']);
    expect(existsSync(join(own, 'journal'))).toBe(false);
    const elsewhere = await heightOf('east');
    startNode(dataDir, 'north');
    const back = await poll(
      async () => {
        const height = await heightOf('north');
        return height !== undefined && height >= (elsewhere ?? 0) ? height : undefined;
      },
      { timeoutMs: 120_000, signal },
    );
    expect(back).toBeGreaterThanOrEqual(Number(restored.json['height']));
  });

  it('puts aside what is there, and keeps the journal that is there', async () => {
    await signalNode(dataDir, 'north', 'SIGKILL');
    const { dataDir: own } = loadConfig(config);
    const journal = readdirSync(join(own, 'journal'));
    const restored = await restoreOnceFree();
    expect(restored.code).toBe(0);
    expect(existsSync(join(String(restored.json['aside']), 'ledger', 'ledger.sqlite'))).toBe(true);
    expect(readdirSync(join(own, 'journal'))).toEqual(journal);
    startNode(dataDir, 'north');
    expect(await poll(async () => heightOf('north'), { timeoutMs: 120_000, signal })).toBeGreaterThan(0);
  });
});
