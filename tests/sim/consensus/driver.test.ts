import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import { encodeCertificate, encodeBlock, bitmapOf, quorum } from '#consensus';
import { DOMAIN, signTagged } from '#crypto';
import { voteBytes, hashHeader } from '#consensus';
import { encodeWire } from '../../../node/runtime/consensus-wire.ts';
import { CHAIN, DriverCluster } from './driver-cluster.ts';
import { Random } from './random.ts';

const backend = await createNativeBackend();

async function running(seed: number, n = 4): Promise<DriverCluster> {
  const cluster = new DriverCluster(backend, n, seed);
  await cluster.startAll();
  return cluster;
}

describe('the consensus driver', () => {
  test('commits the same blocks at every node, one after the other', async () => {
    const cluster = await running(1);
    for (let i = 0; i < 20; i++) {
      cluster.submit(i % 4, `transaction ${i}`);
      expect(await cluster.until(() => cluster.nodes.every(({ ledger }) => !ledger.hasWork()))).toBe(true);
    }
    expect(await cluster.until(() => new Set(cluster.heights()).size === 1)).toBe(true);
    expect(Math.min(...cluster.heights())).toBeGreaterThanOrEqual(10);
    expect(cluster.faults()).toEqual([]);
  });

  test('makes no blocks when there is nothing to decide, and still proves that its view is fresh', async () => {
    const cluster = await running(2);
    await cluster.run(20_000);
    expect(cluster.heights()).toEqual([0, 0, 0, 0]);
    expect(cluster.node(0).driver?.freshness()).toEqual({ statements: 4, newest: 0 });
    cluster.cut = (from, to) => from === 0 || to === 0;
    await cluster.run(6_000);
    expect(cluster.node(0).driver?.freshness().statements).toBe(1);
    expect(cluster.node(1).driver?.freshness().statements).toBe(3);
  });

  test('is not talked into blocks by a notice of work that no block can take', async () => {
    const cluster = await running(13);
    for (let i = 0; i < 20; i++) {
      cluster.node(i % 4).driver?.notifyWork();
      await cluster.run(1_000);
    }
    expect(cluster.heights()).toEqual([0, 0, 0, 0]);
  });

  test('takes no statement for fresh that somebody on the wire held back', async () => {
    const cluster = await running(2);
    await cluster.run(20_000);
    // Whoever delays all that comes to a node delays blocks and statements alike: it would never notice.
    cluster.heldBackMs = (_from, to) => (to === 0 ? 60_000 : 0);
    await cluster.run(120_000);
    expect(cluster.node(0).driver?.freshness().statements).toBe(1);
    expect(cluster.node(1).driver?.freshness().statements).toBe(4);
    cluster.heldBackMs = () => 0;
    await cluster.run(80_000);
    expect(cluster.node(0).driver?.freshness().statements).toBe(4);
  });

  test('decides although the proposer is silent', async () => {
    const cluster = await running(3);
    cluster.kill(1); // proposer of height 1, round 0
    cluster.submit(2, 'one');
    expect(await cluster.until(() => cluster.node(2).ledger.blocks.length > 0, 10_000)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('commits nothing with two of four down, and goes on within seconds when one returns', async () => {
    const cluster = await running(4);
    cluster.submit(0, 'first');
    await cluster.until(() => cluster.heights().every((height) => height > 0));
    cluster.kill(2);
    cluster.kill(3);
    const before = cluster.heights();
    cluster.submit(0, 'second');
    await cluster.run(300_000);
    expect(cluster.heights()).toEqual(before);
    await cluster.start(3);
    expect(await cluster.until(() => !cluster.node(0).ledger.hasWork(), 10_000)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('all nodes are killed at once at any moment, and none contradicts itself afterwards', async () => {
    for (let moment = 0; moment < 40; moment++) {
      const cluster = await running(100 + moment);
      cluster.submit(moment % 4, 'before');
      await cluster.run(moment);
      for (const index of cluster.nodes.keys()) cluster.kill(index);
      await cluster.startAll();
      for (const node of cluster.nodes) node.ledger.pending = [new TextEncoder().encode(`after ${moment}`)];
      expect(await cluster.until(() => cluster.nodes.every(({ ledger }) => !ledger.hasWork()))).toBe(true);
      expect(cluster.faults()).toEqual([]);
    }
  });

  test('killed and cut at random, the cluster never forks and always goes on', async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const cluster = await running(seed);
      const random = new Random(seed);
      for (let i = 0; i < 12; i++) {
        cluster.submit(random.below(4), `${seed}/${i}`);
        const victim = random.below(4);
        const deaf = random.below(4);
        cluster.cut = (from, to) => (random.chance(0.1) || to === deaf) && from !== to;
        await cluster.run(random.below(1_500));
        cluster.kill(victim);
        await cluster.run(random.below(800));
        await cluster.start(victim);
      }
      cluster.cut = () => false;
      const done = (): boolean =>
        cluster.nodes.every(({ ledger }) => !ledger.hasWork()) && new Set(cluster.heights()).size === 1;
      expect(await cluster.until(done, 120_000)).toBe(true);
      expect(cluster.faults()).toEqual([]);
    }
  });

  test('a node that was away long fetches what it missed and votes again', async () => {
    const cluster = await running(5);
    cluster.kill(0);
    for (let i = 0; i < 70; i++) {
      cluster.submit(1, `transaction ${i}`);
      await cluster.until(() => !cluster.node(1).ledger.hasWork());
    }
    expect(cluster.node(1).ledger.blocks.length).toBeGreaterThan(64);
    await cluster.start(0);
    expect(await cluster.until(() => new Set(cluster.heights()).size === 1, 20_000)).toBe(true);
    // it listens for what it may have said before it signs
    await cluster.until(() => cluster.node(0).driver?.status().abstains === false, 5_000);
    expect(cluster.node(0).driver?.status()).toMatchObject({ syncing: false, abstains: false });
    cluster.kill(3);
    cluster.submit(1, 'needs all three');
    expect(await cluster.until(() => !cluster.node(1).ledger.hasWork())).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('a forged chain from a peer is refused and the true one fetched from another', async () => {
    const cluster = await running(6);
    cluster.kill(0);
    cluster.submit(1, 'true');
    await cluster.until(() => cluster.node(1).ledger.blocks.length > 0);
    const forger = 2;
    const args = { height: 1, parentHash: CHAIN, time: cluster.now, proposer: 1, lastCommit: null };
    const block = cluster.node(0).ledger.build(args);
    const blockHash = hashHeader(block.header);
    const message = voteBytes(CHAIN, 'commit', 1, 0, blockHash);
    const signature = signTagged(backend, DOMAIN.vote, message, cluster.keys(forger).secretKey);
    const certificate = {
      height: 1,
      round: 0,
      blockHash,
      scheme: 1 as const,
      bitmap: bitmapOf([0, 1, 2], 4),
      signatures: Array.from({ length: quorum(4) }, () => signature),
    };
    await cluster.start(0);
    const forged = { block: encodeBlock(block), certificate: encodeCertificate(certificate) };
    cluster.node(0).deliver?.(cluster.keys(forger).id, encodeWire({ kind: 'range', blocks: [forged] }));
    await cluster.until(() => cluster.codes.some((code) => code.includes('sync-refused')));
    expect(cluster.codes.some((code) => code.includes('sync-refused'))).toBe(true);
    expect(await cluster.until(() => cluster.node(0).ledger.blocks.length > 0, 20_000)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('a node that lost its journal signs nothing until it is past what it may have signed', async () => {
    const cluster = await running(7);
    cluster.submit(0, 'first');
    await cluster.until(() => cluster.heights().every((height) => height === 1));
    cluster.kill(0);
    cluster.node(0).journal.durable = [];
    const driver = await cluster.start(0);
    cluster.said.clear();
    cluster.submit(1, 'second');
    expect(await cluster.until(() => cluster.heights().every((height) => height === 2))).toBe(true);
    expect([...cluster.said.keys()].filter((slot) => slot.startsWith('0/'))).toEqual([]);
    cluster.submit(1, 'third');
    await cluster.until(() => cluster.heights().every((height) => height === 3));
    await cluster.until(() => !driver.status().abstains, 5_000);
    cluster.submit(1, 'fourth');
    await cluster.until(() => cluster.heights().every((height) => height === 4));
    expect([...cluster.said.keys()].filter((slot) => slot.startsWith('0/commit/4'))).not.toEqual([]);
  });

  test.each([
    {
      isNewKey: true,
      heights: [2, 1, 2, 2],
      what: 'was just made votes at once: with one away, nothing is decided without it',
    },
    {
      isNewKey: false,
      heights: [1, 1, 1, 1],
      what: 'is an old one and has no journal stays silent in the same place',
    },
  ])('a late node whose key $what', async ({ isNewKey, heights }) => {
    const cluster = new DriverCluster(backend, 4, 11);
    for (const index of [0, 1, 2]) await cluster.start(index);
    cluster.submit(0, 'first');
    await cluster.until(() =>
      cluster
        .heights()
        .slice(0, 3)
        .every((height) => height === 1),
    );
    cluster.kill(1);
    await cluster.start(3, { isNewKey });
    await cluster.until(() => cluster.heights()[3] === 1);
    cluster.submit(0, 'second');
    await cluster.until(() => cluster.heights().every((height, i) => i === 1 || height === 2), 20_000);
    expect(cluster.heights()).toEqual(heights);
    expect(cluster.faults()).toEqual([]);
  });

  test('the journal of another node is refused', async () => {
    const cluster = await running(8);
    cluster.kill(0);
    cluster.node(0).journal.durable = cluster.node(1).journal.durable;
    await expect(cluster.start(0)).rejects.toMatchObject({ code: 'journal-foreign' });
  });

  test('a disk that fails stops the node before anything it signed leaves', async () => {
    const cluster = await running(9);
    const { driver, journal } = cluster.node(1);
    journal.fails = true;
    cluster.submit(1, 'one');
    await cluster.run(5_000);
    expect(await driver?.failure).toBeInstanceOf(Error);
    expect([...cluster.said.keys()].filter((slot) => slot.startsWith('1/'))).toEqual([]);
  });

  test('a node whose state differs from the quorum stops instead of signing on', async () => {
    const cluster = await running(10);
    cluster.node(0).ledger.diverges = true;
    cluster.submit(1, 'one');
    let failure: unknown;
    void cluster.node(0).driver?.failure.then((error) => (failure = error));
    // the others may have the block before it does
    await cluster.until(() => failure !== undefined && cluster.heights().join() === '0,1,1,1');
    expect(failure).toMatchObject({ code: 'state-diverged' });
    expect(cluster.heights()).toEqual([0, 1, 1, 1]);
  });

  test('a single validator decides alone, also after a restart', async () => {
    const cluster = await running(12, 1);
    cluster.submit(0, 'one');
    expect(await cluster.until(() => cluster.heights()[0] === 1)).toBe(true);
    cluster.kill(0);
    await cluster.start(0);
    cluster.submit(0, 'two');
    expect(await cluster.until(() => cluster.heights()[0] === 2)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('garbage from a peer is dropped and changes nothing', async () => {
    const cluster = await running(11);
    const random = new Random(11);
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from({ length: random.below(200) }, () => random.below(256));
      cluster.node(0).deliver?.(cluster.keys(1).id, bytes);
    }
    cluster.submit(0, 'one');
    expect(await cluster.until(() => cluster.heights().every((height) => height === 1))).toBe(true);
    // logged when the count doubles: 1, 2, 4 ... 256
    expect(cluster.codes.filter((code) => code.includes('message-refused')).length).toBe(9);
  });
});
