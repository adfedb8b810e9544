import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeGenesis, verifyGenesis } from '#consensus/ledger';
import { deriveNodeKeys, nobleBackend, toHex } from '#crypto';
import { loadConfig, readNodeKeyFile } from '#node/config';
import { signalNode, startNode, endNodes } from '../../../scripts/devnet/nodes.ts';
import { nodeFiles } from '../../../scripts/devnet/node-process.ts';
import { planDevnet, portsOf } from '../../../scripts/devnet/plan.ts';
import { findFreeBasePort, requireFreePorts } from '../../../scripts/devnet/ports.ts';
import { genesisFile, genesisOf, prepareDevnet, removeDevnet } from '../../../scripts/devnet/prepare.ts';
import { identifyProcess, processState, signalProcess } from '../../../scripts/devnet/process-table.ts';
import { viewNodes } from '../../../scripts/devnet/readiness.ts';
import { nodeRootOf } from '../../../scripts/devnet/seeded-keys.ts';
import { readState, requireState } from '../../../scripts/devnet/state-file.ts';
import { bringUp } from '../../../scripts/devnet/up.ts';

const ENTRY = join(import.meta.dirname, 'pretend-node.ts');
const directories: string[] = [];
function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-devnet-'));
  directories.push(directory);
  return join(directory, 'data');
}
afterEach(async () => {
  for (const directory of directories.splice(0)) {
    if (readState(join(directory, 'data')) !== undefined) await endNodes(join(directory, 'data'));
    rmSync(directory, { recursive: true, force: true });
  }
});
const silent = (lines: string[] = []) => ({
  out: (text: string) => void lines.push(text),
  signal: new AbortController().signal,
});

describe('plan and genesis', () => {
  it('gives the same keys and genesis for the same seed, and others for another', async () => {
    const plan = (seed: string) => planDevnet({ seed, nodes: 4, basePort: 9000 });
    const [one, again, other] = await Promise.all([
      genesisOf(plan('demo')),
      genesisOf(plan('demo')),
      genesisOf(plan('other')),
    ]);
    expect(toHex(again)).toBe(toHex(one));
    expect(toHex(other)).not.toBe(toHex(one));
    expect(deriveNodeKeys(nobleBackend, nodeRootOf('demo', 'north')).id).toEqual(
      deriveNodeKeys(nobleBackend, nodeRootOf('demo', 'north')).id,
    );
  });

  it('makes a genesis with sound keys of two administrators for each institution', async () => {
    const genesis = decodeGenesis(await genesisOf(planDevnet({ seed: 'demo', nodes: 5, basePort: 9000 })));
    expect(() => verifyGenesis(nobleBackend, genesis)).not.toThrow();
    expect(genesis.name).toBe('devnet-demo');
    expect(genesis.institutions.map(({ name }) => name).toSorted()).toEqual([
      'east',
      'n5',
      'north',
      'south',
      'west',
    ]);
    expect(genesis.institutions.every(({ administrators }) => administrators.length === 2)).toBe(true);
  });

  it('gives no port to two uses', () => {
    const ports = portsOf(planDevnet({ seed: 'x', nodes: 16, basePort: 7400 })).map(({ port }) => port);
    expect(new Set(ports).size).toBe(32);
  });

  it('writes configs, keys and genesis that a node accepts, and keeps them on a second run', async () => {
    const dataDir = scratch();
    const plan = planDevnet({ seed: 'demo', nodes: 4, basePort: 9000 });
    await prepareDevnet(dataDir, plan);
    for (const node of plan.nodes) {
      const files = nodeFiles(dataDir, node.name);
      expect(loadConfig(files.config)).toMatchObject({
        name: node.name,
        devnet: true,
        genesisFile: genesisFile(dataDir),
      });
      expect(readNodeKeyFile(files.key)).toEqual({ root: nodeRootOf('demo', node.name), devnet: true });
      expect(statSync(files.key).mode & 0o777).toBe(0o600);
    }
    const before = statSync(genesisFile(dataDir)).mtimeMs;
    await prepareDevnet(dataDir, plan);
    expect(statSync(genesisFile(dataDir)).mtimeMs).toBe(before);
    await expect(
      prepareDevnet(dataDir, planDevnet({ seed: 'other', nodes: 4, basePort: 9000 })),
    ).rejects.toMatchObject({ code: 'wrong-plan' });
  });

  it('removes a devnet and nothing else', async () => {
    const dataDir = scratch();
    await prepareDevnet(dataDir, planDevnet({ seed: 'demo', nodes: 1, basePort: 9000 }));
    removeDevnet(dataDir);
    expect(existsSync(dataDir)).toBe(false);
    const foreign = join(dataDir, '..');
    writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
    expect(() => removeDevnet(foreign)).toThrow(/holds no devnet/);
    expect(readFileSync(join(foreign, 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});

describe('ports', () => {
  it('names a taken port, its use and who has it', async () => {
    const basePort = await findFreeBasePort(4, 21_000);
    const server = createServer();
    await new Promise<void>((done) => server.listen(basePort + 11, '127.0.0.1', done));
    try {
      const refused = requireFreePorts(planDevnet({ seed: 'x', nodes: 4, basePort }));
      await expect(refused).rejects.toMatchObject({ code: 'ports-taken' });
      await expect(refused).rejects.toThrow(
        new RegExp(`${basePort + 11} \\(for east API\\) is taken by pid ${process.pid}`),
      );
      expect(await findFreeBasePort(4, basePort)).toBeGreaterThan(basePort);
    } finally {
      server.close();
    }
  });
});

describe('processes', () => {
  it('never signals a stranger that got a dead node’s pid', () => {
    const self = identifyProcess(process.pid);
    expect(processState(self)).toBe('running');
    const stranger = { pid: process.pid, startTicks: (self.startTicks ?? 0) - 1 };
    expect(processState(stranger)).toBe('gone');
    expect(signalProcess(stranger, 'SIGKILL')).toBe(false);
  });

  it('starts, kills, restarts, pauses, resumes and ends nodes, and remembers them', async () => {
    const dataDir = scratch();
    const basePort = await findFreeBasePort(4, 22_000);
    const plan = planDevnet({ seed: 'test', nodes: 4, basePort });
    const lines: string[] = [];
    await bringUp(dataDir, plan, { fresh: false, io: silent(lines), entry: ENTRY });
    expect(lines.filter((line) => line.includes('ready at height 3'))).toHaveLength(4);

    // A second devnet in the same place is refused, with the pids of the first.
    const pid = requireState(dataDir).processes.get('north')?.pid;
    await expect(bringUp(dataDir, plan, { fresh: true, io: silent(), entry: ENTRY })).rejects.toThrow(
      `north (pid ${pid})`,
    );

    await signalNode(dataDir, 'north', 'SIGKILL');
    await expect(signalNode(dataDir, 'north', 'SIGKILL')).rejects.toMatchObject({ code: 'not-running' });
    expect((await viewNodes(dataDir)).find((view) => view.node.name === 'north')).toMatchObject({
      process: 'gone',
      answers: false,
    });
    startNode(dataDir, 'north', ENTRY);
    expect(() => startNode(dataDir, 'north', ENTRY)).toThrow(/north runs as pid/);

    await signalNode(dataDir, 'south', 'SIGSTOP');
    await expect
      .poll(async () => (await viewNodes(dataDir, 100)).find((view) => view.node.name === 'south')?.process)
      .toBe('stopped');
    await signalNode(dataDir, 'south', 'SIGCONT');
    await signalNode(dataDir, 'east', 'SIGSTOP');

    // East is paused and west does not listen: both are gone all the same, within three seconds and their margin.
    const ids = [...requireState(dataDir).processes.values()];
    const { ended, forced } = await endNodes(dataDir);
    expect(ended.toSorted()).toEqual(['east', 'north', 'south', 'west']);
    expect(forced).toContain('west');
    expect(ids.map(processState)).toEqual(['gone', 'gone', 'gone', 'gone']);
  });

  it('says at once that a node ended, with its last words, and leaves none running', async () => {
    const dataDir = scratch();
    const plan = planDevnet({ seed: 'test', nodes: 5, basePort: await findFreeBasePort(5, 23_000) });
    const failed = bringUp(dataDir, plan, { fresh: false, io: silent(), entry: ENTRY });
    await expect(failed).rejects.toMatchObject({ code: 'node-ended' });
    await expect(failed).rejects.toThrow(/ended-on-purpose/);
    expect([...requireState(dataDir).processes.values()].map(processState)).toEqual(
      Array.from({ length: 5 }, () => 'gone'),
    );
  });
});
