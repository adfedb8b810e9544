import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import { DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();
const MOMENTS = 6;

interface Copy {
  readonly blocks: DriverCluster['nodes'][number]['ledger']['blocks'];
  readonly journal: Uint8Array[];
}

const copyOf = (cluster: DriverCluster, index: number): Copy => ({
  blocks: [...cluster.node(index).ledger.blocks],
  journal: [...cluster.node(index).journal.durable],
});

async function decide(cluster: DriverCluster, text: string): Promise<void> {
  cluster.submit(1, text);
  const done = (): boolean => cluster.nodes.every(({ ledger }) => !ledger.hasWork());
  expect(await cluster.until(() => done() && new Set(cluster.heights()).size === 1)).toBe(true);
}

interface Lost {
  readonly cluster: DriverCluster;
  /** Who forgot, and who was away at that time. */
  readonly node: number;
  readonly away: number;
}

/**
 * Some blocks, then a height at which a node has proposed and voted and nothing is decided: another is down, and it
 * hears nothing. It is killed, what `lose` does happens to its disk, and it comes back with another transaction of its
 * own, before the other does.
 */
async function forgetful(
  seed: number,
  lose: (node: DriverCluster['nodes'][number], old: Copy) => void,
): Promise<Lost> {
  const cluster = new DriverCluster(backend, 4, seed);
  await cluster.startAll();
  await decide(cluster, 'first');
  const old = cluster.nodes.map((_, index) => copyOf(cluster, index));
  await decide(cluster, 'second');
  await decide(cluster, 'third');
  const height = (cluster.heights()[0] ?? 0) + 1;
  const node = height % 4;
  const away = (node + 3) % 4;
  cluster.kill(away);
  cluster.cut = (_from, to) => to === node;
  for (const index of cluster.nodes.keys()) if (index !== away) cluster.submit(index, 'undecided');
  await cluster.run(20 + 300 * (seed % MOMENTS));
  expect(cluster.said.has(`${node}/pre-prepare/${height}/0`)).toBe(true);
  cluster.kill(node);
  lose(cluster.node(node), old[node]!);
  cluster.cut = () => false;
  await cluster.run(5_000);
  cluster.node(node).ledger.pending = [new TextEncoder().encode('of its own')];
  await cluster.start(node);
  return { cluster, node, away };
}

/** Nothing contradicts what was said before, and with the other back work goes on, the forgetful one voting again. */
async function recovers({ cluster, node, away }: Lost): Promise<void> {
  await cluster.run(20_000);
  expect(cluster.faults()).toEqual([]);
  cluster.node(node).ledger.pending = [];
  await cluster.start(away);
  for (let i = 0; i < 6; i++) await decide(cluster, `more ${i}`);
  expect(cluster.faults()).toEqual([]);
  const last = cluster.heights()[0] ?? 0;
  const votes = [...cluster.said.keys()].filter((slot) => slot.startsWith(`${node}/commit/${last}/`));
  expect(votes).not.toEqual([]);
}

describe('a node that has forgotten what it signed contradicts nothing', () => {
  test('when its whole data directory is gone', async () => {
    for (let seed = 0; seed < MOMENTS; seed++) {
      const lost = await forgetful(seed, (node) => {
        node.ledger.blocks = [];
        node.journal.durable = [];
      });
      await recovers(lost);
      expect(lost.cluster.codes.some((code) => code.startsWith(`${lost.node} journal-lost-not-voting`))).toBe(
        true,
      );
    }
  });

  test('when its journal is gone and its ledger an old one', async () => {
    for (let seed = 20; seed < 20 + MOMENTS; seed++) {
      await recovers(
        await forgetful(seed, (node, old) => {
          node.ledger.blocks = [...old.blocks];
          node.journal.durable = [];
        }),
      );
    }
  });

  test('when its whole data directory is an old copy: the others repeat what it said', async () => {
    for (let seed = 40; seed < 40 + MOMENTS; seed++) {
      const lost = await forgetful(seed, (node, old) => {
        node.ledger.blocks = [...old.blocks];
        node.journal.durable = [...old.journal];
      });
      await recovers(lost);
      expect(
        lost.cluster.codes.some((code) => code.startsWith(`${lost.node} own-vote-forgotten-not-voting`)),
      ).toBe(true);
    }
  });

  test('when its journal alone is an old copy', async () => {
    for (let seed = 60; seed < 60 + MOMENTS; seed++) {
      await recovers(
        await forgetful(seed, (node, old) => {
          node.journal.durable = [...old.journal];
        }),
      );
    }
  });

  test('when its ledger alone is an old copy, also before anybody is heard', async () => {
    for (let seed = 80; seed < 80 + MOMENTS; seed++) {
      await recovers(
        await forgetful(seed, (node, old) => {
          node.ledger.blocks = [...old.blocks];
        }),
      );
    }
  });

  test('and one that has forgotten nothing votes at once where it stopped', async () => {
    for (let seed = 100; seed < 100 + MOMENTS; seed++) {
      const { cluster, away } = await forgetful(seed, () => undefined);
      const head = cluster.node(away).ledger.blocks.length;
      const done = (): boolean => cluster.heights().every((height, index) => index === away || height > head);
      expect(await cluster.until(done, 30_000)).toBe(true);
      expect(cluster.faults()).toEqual([]);
      expect(cluster.codes.filter((code) => /not-voting/.test(code))).toEqual([]);
    }
  });
});
