import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import { decodeBlock, decodeCertificate, signersOf } from '#consensus';
import { DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();

/** Five nodes: the first four decide from the beginning, the fifth joins at height 5, the first leaves at height 9. */
async function changing(seed: number): Promise<DriverCluster> {
  const cluster = new DriverCluster(backend, 5, seed);
  const [first, ...others] = cluster.validators;
  const [fifth] = cluster.validators.slice(-1);
  cluster.validatorsAt = (height) =>
    height < 5
      ? cluster.validators.filter((validator) => validator !== fifth)
      : height < 9
        ? cluster.validators
        : others.filter((validator) => validator !== first);
  await cluster.startAll();
  return cluster;
}

/** One block after the other until every node is at `height`. */
async function upTo(cluster: DriverCluster, height: number, through = 1): Promise<void> {
  let count = 0;
  while (
    Math.min(...cluster.heights().filter((_, i) => i > 0 && cluster.node(i).driver !== undefined)) < height
  ) {
    cluster.submit(through, `at ${cluster.heights().join()} ${count++}`);
    const before = cluster.node(through).ledger.blocks.length;
    expect(await cluster.until(() => cluster.node(through).ledger.blocks.length > before, 30_000)).toBe(true);
  }
}

describe('the consensus driver while members change', () => {
  test('a fifth node follows, then votes; the first one votes, then follows; work goes on', async () => {
    const cluster = await changing(11);
    await upTo(cluster, 14);
    expect(await cluster.until(() => new Set(cluster.heights()).size === 1)).toBe(true);
    expect(cluster.faults()).toEqual([]);
    const spoke = (index: number): number[] =>
      [...cluster.said.keys()]
        .filter((slot) => slot.startsWith(`${index}/`))
        .map((slot) => Number(slot.split('/')[2]));
    expect(Math.min(...spoke(4))).toBe(5);
    expect(Math.max(...spoke(4))).toBeGreaterThanOrEqual(14);
    expect(Math.max(...spoke(0))).toBe(8);
    for (const [i, { certificate }] of cluster.node(1).ledger.blocks.entries()) {
      const { bitmap } = decodeCertificate(certificate);
      expect(signersOf(bitmap, cluster.validatorsAt(i + 1).length)).toBeDefined();
    }
    expect(cluster.node(1).driver?.freshness().statements).toBe(4);
  });

  test('a node that was down over both changes catches up through sets it did not know, and votes again', async () => {
    const cluster = await changing(12);
    await upTo(cluster, 3);
    cluster.kill(2);
    await upTo(cluster, 12);
    await cluster.start(2);
    expect(await cluster.until(() => cluster.node(2).ledger.blocks.length >= 12, 60_000)).toBe(true);
    const before = cluster.node(2).ledger.blocks.length;
    await upTo(cluster, before + 3);
    expect(cluster.faults()).toEqual([]);
    const heights = [...cluster.said.keys()].filter((slot) => slot.startsWith('2/'));
    expect(heights.some((slot) => Number(slot.split('/')[2]) > before)).toBe(true);
  });

  test('with the newcomer away the four others decide, and it comes in later', async () => {
    const cluster = await changing(13);
    cluster.kill(4);
    await upTo(cluster, 7);
    await cluster.start(4);
    await upTo(cluster, 12);
    expect(await cluster.until(() => new Set(cluster.heights()).size === 1)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('a node that restarts at the change keeps its votes to the set of their height', async () => {
    const cluster = await changing(14);
    for (const height of [4, 5, 8, 9]) {
      await upTo(cluster, height, 3);
      for (const index of [1, 3]) {
        cluster.kill(index);
        await cluster.start(index);
      }
    }
    await upTo(cluster, 12);
    expect(cluster.faults()).toEqual([]);
  });

  test('one that works on as if it had not left is behind for good, signs nothing, and changes nothing', async () => {
    const cluster = await changing(15);
    await upTo(cluster, 8);
    // it works on as if it had not left: its own view of the set never changes
    const { validators, validatorsAt } = cluster;
    cluster.kill(0);
    const stubborn = cluster.node(0).ledger;
    const { length } = stubborn.blocks;
    expect(length).toBeLessThan(12);
    Object.assign(stubborn, {
      validatorsAt: (height: number) => (height < 5 ? validatorsAt(height) : validators),
    });
    await cluster.start(0);
    cluster.submit(0, 'my own');
    await upTo(cluster, 13);
    const honest = cluster.nodes.slice(1).map(({ ledger }) => ledger.blocks.length);
    expect(Math.min(...honest)).toBeGreaterThanOrEqual(12);
    for (const { block } of cluster.node(1).ledger.blocks.slice(8))
      expect(decodeBlock(block).header.proposer).toBeLessThan(4);
    // it can not follow either: what it takes for the set is not the one that signs, so it stays behind and silent
    expect(stubborn.blocks).toHaveLength(length);
    const signed = [...cluster.said.keys()].filter((slot) => slot.startsWith('0/'));
    expect(Math.max(...signed.map((slot) => Number(slot.split('/')[2])))).toBe(8);
  });
});
