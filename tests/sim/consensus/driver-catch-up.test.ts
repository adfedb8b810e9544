import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import type { Backend } from '#crypto';
import { encodeWire, RANGE_BLOCKS_MAX } from '../../../node/runtime/consensus-wire.ts';
import { DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();

async function withBlocks(seed: number, away: number, height: number): Promise<DriverCluster> {
  const cluster = new DriverCluster(backend, 4, seed);
  await cluster.startAll();
  cluster.kill(away);
  while (cluster.node(1).ledger.blocks.length < height) {
    cluster.submit(1, `transaction ${cluster.now}`);
    await cluster.until(() => !cluster.node(1).ledger.hasWork());
  }
  return cluster;
}

/** The backend, and how often it was asked to verify. */
function counting(): { backend: Backend; count: () => number } {
  let count = 0;
  const { signatures } = backend;
  const verify: typeof signatures.verify = (...args) => {
    count += 1;
    return signatures.verify(...args);
  };
  return { backend: { ...backend, signatures: { ...signatures, verify } }, count: () => count };
}

describe('catching up', () => {
  test('brings every block about once, not the rest again after each of them', async () => {
    const cluster = await withBlocks(21, 0, 60);
    const { blocks } = cluster.node(1).ledger;
    const chainBytes = blocks.reduce(
      (sum, { block, certificate }) => sum + block.length + certificate.length,
      0,
    );
    cluster.carriedBytes.clear();
    await cluster.start(0);
    expect(await cluster.until(() => new Set(cluster.heights()).size === 1, 20_000)).toBe(true);
    await cluster.run(1_000);
    expect(cluster.carriedBytes.get('range')).toBeLessThan(3 * chainBytes);
    expect(cluster.faults()).toEqual([]);
  });

  test('a peer that asks for blocks without end gets one answer in a while', async () => {
    const cluster = await withBlocks(22, 0, 20);
    cluster.carriedBytes.clear();
    const from = cluster.keys(2).id;
    for (let i = 0; i < 500; i++) cluster.node(1).deliver?.(from, encodeWire({ kind: 'sync', from: 1 }));
    await cluster.run(10);
    const { blocks } = cluster.node(1).ledger;
    const chainBytes = blocks.reduce(
      (sum, { block, certificate }) => sum + block.length + certificate.length,
      0,
    );
    expect(cluster.carriedBytes.get('range')).toBeGreaterThan(chainBytes);
    expect(cluster.carriedBytes.get('range')).toBeLessThan(2 * chainBytes);
  });

  test('blocks that a node has, sent again without end, cost it no check of a signature', async () => {
    const cluster = await withBlocks(23, 0, 20);
    const { blocks } = cluster.node(1).ledger;
    cluster.kill(3);
    const counted = counting();
    await cluster.start(3, { backend: counted.backend });
    await cluster.run(100);
    const before = counted.count();
    const wire = encodeWire({ kind: 'range', blocks: blocks.slice(0, RANGE_BLOCKS_MAX) });
    for (let i = 0; i < 100; i++) cluster.node(3).deliver?.(cluster.keys(1).id, wire);
    await cluster.run(10);
    expect(counted.count() - before).toBeLessThan(20);
    cluster.submit(3, 'still at work');
    expect(await cluster.until(() => !cluster.node(3).ledger.hasWork(), 10_000)).toBe(true);
  });
});
