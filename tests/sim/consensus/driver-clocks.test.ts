import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import { HEAD_FRESH_MS } from '../../../node/runtime/consensus-heads.ts';
import { encodeWire } from '../../../node/runtime/consensus-wire.ts';
import { DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();
const HOUR_MS = 3_600_000;

async function running(seed: number): Promise<DriverCluster> {
  const cluster = new DriverCluster(backend, 4, seed);
  await cluster.startAll();
  return cluster;
}

async function decides(cluster: DriverCluster, through: number, text: string): Promise<boolean> {
  cluster.submit(through, text);
  return cluster.until(() => cluster.nodes.every(({ ledger }) => !ledger.hasWork()), 30_000);
}

describe('clocks that are wrong', () => {
  test.each([HOUR_MS, -HOUR_MS])(
    'one node off by %d ms holds nobody up for long, and says so once',
    async (offMs) => {
      const cluster = await running(31);
      await cluster.run(3_000);
      cluster.clockAheadMs.set(2, offMs);
      for (let i = 0; i < 8; i++) expect(await decides(cluster, i % 2, `transaction ${i}`)).toBe(true);
      expect(cluster.faults()).toEqual([]);
      await cluster.run(3_000);
      expect(cluster.codes.filter((code) => code.startsWith('2 clock-differs'))).toHaveLength(1);
      expect(cluster.codes.filter((code) => /^[013] clock-/.test(code))).toEqual([]);
      cluster.clockAheadMs.delete(2);
      await cluster.run(10_000);
      expect(cluster.codes.filter((code) => code.startsWith('2 clock-agrees'))).toHaveLength(1);
    },
  );

  test('a clock that was far ahead and is set right is heard again within seconds', async () => {
    const cluster = await running(32);
    cluster.clockAheadMs.set(2, HOUR_MS);
    await cluster.run(3_000);
    expect(cluster.node(1).driver?.freshness().statements).toBe(4);
    cluster.clockAheadMs.delete(2);
    await cluster.run(2 * HEAD_FRESH_MS);
    expect(cluster.node(1).driver?.freshness().statements).toBe(4);
  });

  test('a node whose own clock is set back does not take what it heard before for fresh', async () => {
    const cluster = await running(33);
    cluster.clockAheadMs.set(0, HOUR_MS);
    await cluster.run(3_500);
    cluster.cut = (_, to) => to === 0;
    cluster.clockAheadMs.delete(0);
    await cluster.run(2 * HEAD_FRESH_MS);
    expect(cluster.node(0).driver?.freshness().statements).toBe(1);
  });

  test('a node whose own clock is set back catches up and serves others as before', async () => {
    const cluster = await running(34);
    cluster.kill(3);
    for (let i = 0; i < 3; i++) {
      cluster.submit(1, `transaction ${i}`);
      await cluster.until(() => !cluster.node(1).ledger.hasWork());
    }
    cluster.clockAheadMs.set(0, HOUR_MS);
    cluster.node(0).deliver?.(cluster.keys(3).id, encodeWire({ kind: 'sync', from: 1 }));
    await cluster.run(5_000);
    cluster.clockAheadMs.delete(0);
    cluster.cut = (from, to) => to === 3 && from !== 0;
    await cluster.start(3);
    expect(await cluster.until(() => cluster.node(3).ledger.blocks.length >= 3, 30_000)).toBe(true);
    cluster.cut = () => false;
    expect(await decides(cluster, 0, 'last')).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });
});
