import { expect, test } from 'vitest';
import { createNativeBackend } from '#crypto/native';
import { DOMAIN, signTagged, toHex } from '#crypto';
import { bitmapOf, decodeBlock, encodeBlock, encodeCertificate, hashHeader, voteBytes } from '#consensus';
import type { Fork } from '#node/runtime';
import { encodeWire } from '../../../node/runtime/consensus-wire.ts';
import type { CertifiedBytes } from '../../../node/runtime/consensus-wire.ts';
import { CHAIN, DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();

/** Four nodes with three blocks, and what each reports of forks. */
async function running(seed: number): Promise<{ cluster: DriverCluster; forks: Fork[][] }> {
  const cluster = new DriverCluster(backend, 4, seed);
  const forks: Fork[][] = [[], [], [], []];
  for (const index of forks.keys()) (await cluster.start(index)).onFork((fork) => forks[index]!.push(fork));
  for (let i = 0; i < 3; i += 1) {
    cluster.submit(i, `transaction ${i}`);
    await cluster.until(() => cluster.heights().every((height) => height > i));
  }
  expect(Math.min(...cluster.heights())).toBeGreaterThanOrEqual(3);
  await cluster.run(5_000);
  return { cluster, forks };
}

/** Another block of a height, certified by whom we say. */
function another(cluster: DriverCluster, height: number, signers: readonly number[]): CertifiedBytes {
  const { block } = cluster.node(0).ledger.blockAt(height)!;
  const own = decodeBlock(block);
  const header = { ...own.header, time: own.header.time + 1 };
  const blockHash = hashHeader(header);
  const message = voteBytes(CHAIN, 'commit', height, 0, blockHash);
  const certificate = encodeCertificate({
    height,
    round: 0,
    blockHash,
    scheme: 1,
    bitmap: bitmapOf([...signers], 4),
    signatures: signers.map((index) =>
      signTagged(backend, DOMAIN.vote, message, cluster.keys(index).secretKey),
    ),
  });
  return { block: encodeBlock({ ...own, header }), certificate };
}

function show(cluster: DriverCluster, item: CertifiedBytes, from: number, to: number): void {
  const bytes = encodeWire({ kind: 'range', blocks: [item] });
  cluster.node(to).deliver?.(cluster.keys(from).id, bytes);
}

test('a second certified block of a height is reported once, with both blocks', async () => {
  const { cluster, forks } = await running(71);
  const other = another(cluster, 2, [0, 1, 3]);
  show(cluster, other, 3, 0);
  await cluster.run(1_000);
  const own = cluster.node(0).ledger.blockAt(2);
  const hex = ({ block, certificate }: CertifiedBytes): string[] => [toHex(block), toHex(certificate)];
  expect(forks[0]!.map((fork) => [fork.height, hex(fork.own), hex(fork.other)])).toEqual([
    [2, hex(own!), hex(other)],
  ]);
  show(cluster, another(cluster, 1, [0, 1, 2]), 3, 0);
  await cluster.run(1_000);
  expect(forks[0]).toHaveLength(1);
});

test('the same block again, or another with too few signatures, is no fork', async () => {
  const { cluster, forks } = await running(72);
  for (const height of [1, 2, 3]) show(cluster, cluster.node(1).ledger.blockAt(height)!, 1, 0);
  show(cluster, another(cluster, 2, [0, 1]), 3, 0);
  show(
    cluster,
    { ...another(cluster, 2, [0, 1, 3]), certificate: another(cluster, 2, [0, 1]).certificate },
    3,
    0,
  );
  await cluster.run(5_000);
  expect(forks.flat()).toEqual([]);
});

test.each([2, 3])(
  'a node on another branch from height %i on is found out by its head statements',
  async (height) => {
    const { cluster, forks } = await running(73);
    expect(forks.flat()).toEqual([]);
    cluster.kill(3);
    const { ledger } = cluster.node(3);
    // What the ledger in memory of the tests holds: a dishonest quorum gave node 3 another block.
    ledger.blocks = [...ledger.blocks.slice(0, height - 1), another(cluster, height, [0, 1, 3])];
    (await cluster.start(3)).onFork((fork) => forks[3]!.push(fork));
    const seen = await cluster.until(() => forks.slice(0, 3).every((list) => list.length === 1), 120_000);
    expect(seen).toBe(true);
    expect(forks.slice(0, 3).map(([fork]) => fork!.height)).toEqual([height, height, height]);
  },
);
