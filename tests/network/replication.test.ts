import { randomBytes } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  decode,
  DOMAIN,
  encode,
  linkOf,
  nobleBackend,
  sha256,
  signTagged,
  toHex,
  verifyTagged,
} from '#crypto';
import type { CID } from '#crypto';
import { storedHashOf } from '#consensus/ledger';
import { createReplication, receiptsNeeded, replicaCount, REPLICA_PROTOCOL } from '#node/network';
import type { Receipt, RecordOf, Replication } from '#node/network';
import { placement } from '#storage';
import { failureOf, Mesh, randomBlock, text, until } from './mesh.ts';

const chainId = new Uint8Array(32).fill(1);
const patient = new Uint8Array(32).fill(2);
const somebodyElse = new Uint8Array(32).fill(3);
const signal = new AbortController().signal;

/** Headers of the test: [patient, body]; the record that one names is the hash of its body's link. */
const recordOf: RecordOf = (header, of) => {
  const [named, body] = decode(header, 1000) as [Uint8Array, CID];
  if (Buffer.compare(named, of) !== 0) throw new Error('of another patient');
  return { recordId: sha256(body.bytes), links: [body] };
};

interface Sealed {
  readonly recordId: Uint8Array;
  readonly header: CID;
  readonly body: CID;
  readonly leaves: CID[];
  readonly blocks: { cid: CID; bytes: Uint8Array }[];
}

/** A record with a body of so many blocks; one alone is its own root. */
function sealed(bodyBlocks = 1, of = patient): Sealed {
  const leaves = Array.from({ length: bodyBlocks }, () => randomBlock(3000));
  const rootBytes = encode(leaves.map(({ cid }) => cid));
  const root = bodyBlocks === 1 ? leaves[0]! : { cid: linkOf('dag-cbor', rootBytes), bytes: rootBytes };
  const headerBytes = encode([of, root.cid]);
  const header = { cid: linkOf('dag-cbor', headerBytes), bytes: headerBytes };
  const blocks = [header, ...(bodyBlocks === 1 ? [] : [root]), ...leaves];
  return {
    recordId: sha256(root.cid.bytes),
    header: header.cid,
    body: root.cid,
    leaves: leaves.map(({ cid }) => cid),
    blocks,
  };
}

describe('replication', () => {
  let mesh: Mesh;
  let replications: Replication[];
  let keys: { publicKey: Uint8Array; secretKey: Uint8Array }[];
  const forgers = new Set<number>();
  // Long, so that no slow machine makes a holder a straggler; one test makes it short.
  let stragglerMs = 60_000;
  const start = async (size: number): Promise<void> => {
    replications = [];
    keys = Array.from({ length: size }, () =>
      nobleBackend.signatures.keyPair(new Uint8Array(randomBytes(32))),
    );
    forgers.clear();
    mesh = await Mesh.start(size, undefined, (network, index, node) => {
      replications.push(
        createReplication({
          network,
          chainId,
          self: node.id,
          blockstore: node.blockstore,
          nodes: () => mesh.members.map(({ id }) => id),
          recordOf,
          storedHashOf,
          signReceipt: (storedHash) =>
            signTagged(
              nobleBackend,
              DOMAIN.receipt,
              forgers.has(index) ? chainId : storedHash,
              keys[index]!.secretKey,
            ),
          verifyReceipt,
          stragglerMs,
          logger: { debug() {}, info() {}, warn() {}, error() {} },
        }),
      );
    });
  };
  const indexOf = (node: Uint8Array): number =>
    mesh.nodes.findIndex(({ id }) => Buffer.compare(id, node) === 0);
  const verifyReceipt = (node: Uint8Array, storedHash: Uint8Array, signature: Uint8Array): boolean => {
    const key = keys[indexOf(node)];
    return (
      key !== undefined && verifyTagged(nobleBackend, DOMAIN.receipt, storedHash, signature, key.publicKey)
    );
  };
  const upload = async (index: number, ...records: Sealed[]): Promise<CID[]> => {
    for (const { cid, bytes } of records.flatMap(({ blocks }) => blocks))
      await mesh.node(index).network.blocks.put(cid, bytes);
    return records.map(({ header }) => header);
  };
  const order = (...records: Sealed[]): number[] =>
    placement(
      storedHashOf(chainId, patient, records),
      mesh.members.map(({ id }) => id),
      99,
    ).map(indexOf);
  const signers = (receipts: Receipt[]): number[] =>
    receipts.map(({ node }) => indexOf(node)).toSorted((a, b) => a - b);
  const ask = async (to: number, value: unknown, from = 0): Promise<unknown> =>
    decode(
      await mesh
        .node(from)
        .network.request(mesh.node(to).id, REPLICA_PROTOCOL, encode(value), { bytesMax: 1 << 20 }),
      1 << 20,
    );
  /** An uploader that is not among the first holders, so that every receipt comes over the wire. */
  const uploadUnplaced = async (
    make: () => Sealed,
  ): Promise<{ record: Sealed; from: number; holders: number[] }> => {
    for (;;) {
      const record = make();
      const holders = order(record).slice(0, 3);
      const from = mesh.nodes.findIndex((_, index) => !holders.includes(index));
      if (from === -1) continue;
      await upload(from, record);
      return { record, from, holders };
    }
  };
  afterEach(async () => mesh.stop());

  it('knows how many copies and receipts a net of each size needs', () => {
    expect([1, 2, 3, 4, 7, 10, 13, 31].map(replicaCount)).toEqual([1, 2, 3, 3, 3, 4, 5, 11]);
    expect([1, 2, 3, 4, 7, 10, 13, 31].map(receiptsNeeded)).toEqual([1, 1, 1, 2, 3, 4, 5, 11]);
    mesh = new Mesh();
  });

  it('brings whole records to the holders that placement names, and their receipts verify', async () => {
    await start(4);
    const records = [sealed(1), sealed(5), sealed(2)];
    const headers = await upload(0, ...records);
    const receipts = await replications[0]!.collectReceipts({ patient, headers }, { signal });
    const holders = order(...records)
      .slice(0, 3)
      .toSorted((a, b) => a - b);
    expect(signers(receipts)).toEqual(holders);
    const storedHash = storedHashOf(chainId, patient, records);
    for (const { node, signature } of receipts) expect(verifyReceipt(node, storedHash, signature)).toBe(true);
    for (const holder of holders) {
      for (const { cid, bytes } of records.flatMap(({ blocks }) => blocks)) {
        expect(Buffer.compare(await mesh.node(holder).blockstore.read(cid), bytes)).toBe(0);
      }
    }
  });

  it('carries a body that is larger than one request', async () => {
    await start(2);
    const leaves = Array.from({ length: 9 }, () => randomBlock(1 << 20));
    const rootBytes = encode(leaves.map(({ cid }) => cid));
    const root = linkOf('dag-cbor', rootBytes);
    const headerBytes = encode([patient, root]);
    const header = linkOf('dag-cbor', headerBytes);
    for (const { cid, bytes } of leaves) await mesh.node(0).network.blocks.put(cid, bytes);
    await mesh.node(0).network.blocks.put(root, rootBytes);
    await mesh.node(0).network.blocks.put(header, headerBytes);
    const receipts = await replications[0]!.collectReceipts({ patient, headers: [header] }, { signal });
    expect(signers(receipts)).toEqual([0, 1]);
  });

  it('replaces a dead holder by the next', async () => {
    await start(4);
    const { record, from, holders } = await uploadUnplaced(() => sealed(2));
    await mesh.node(holders[0]!).network.stop();
    const receipts = await replications[from]!.collectReceipts(
      { patient, headers: [record.header] },
      { signal },
    );
    expect(signers(receipts)).toEqual([0, 1, 2, 3].filter((index) => index !== holders[0]));
  });

  it('replaces a holder whose receipt does not verify', async () => {
    await start(4);
    const { record, from, holders } = await uploadUnplaced(() => sealed(2));
    forgers.add(holders[0]!);
    const receipts = await replications[from]!.collectReceipts(
      { patient, headers: [record.header] },
      { signal },
    );
    expect(signers(receipts)).not.toContain(holders[0]);
    expect(receipts).toHaveLength(3);
  });

  it('is content with f+1 when no more can be had, and says so when there are fewer', async () => {
    await start(4);
    const headers = await upload(0, sealed(2));
    await mesh.node(2).network.stop();
    await mesh.node(3).network.stop();
    await until(() => mesh.node(0).network.connected().length === 1);
    const receipts = await replications[0]!.collectReceipts({ patient, headers }, { signal });
    expect(signers(receipts)).toEqual([0, 1]);
    await mesh.node(1).network.stop();
    const failure = await failureOf(replications[0]!.collectReceipts({ patient, headers }, { signal }));
    expect(failure).toMatchObject({ code: 'not-enough-holders', facts: { given: 1, needed: 2 } });
  });

  it('gives no receipt while any block of the body is missing or damaged, and names it', async () => {
    await start(2);
    const record = sealed(4);
    const request = { kind: 'receipt', chainId, patient, headers: [record.header] };
    for (const withheld of record.blocks) {
      for (const { cid, bytes } of record.blocks) {
        if (cid.equals(withheld.cid)) await mesh.node(1).blockstore.delete(cid);
        else await mesh.node(1).blockstore.put(cid, bytes);
      }
      const answer = (await ask(1, request)) as { kind: string; cids: CID[] };
      expect(answer.kind).toBe('missing');
      expect(answer.cids.map(String)).toEqual([withheld.cid.toString()]);
    }
    for (const { cid, bytes } of record.blocks) await mesh.node(1).blockstore.put(cid, bytes);
    expect(await ask(1, request)).toMatchObject({ kind: 'receipt' });
    const name = toHex(record.leaves[2]!.multihash.digest);
    truncateSync(join(mesh.node(1).blockDirectory, 'blocks', name.slice(0, 2), name), 11);
    expect(await ask(1, request)).toMatchObject({ kind: 'missing' });
  });

  it('repairs a damaged copy at a holder on the way to its receipt', async () => {
    await start(2);
    const record = sealed(3);
    const headers = await upload(0, record);
    await replications[0]!.collectReceipts({ patient, headers }, { signal });
    const name = toHex(record.leaves[1]!.multihash.digest);
    truncateSync(join(mesh.node(1).blockDirectory, 'blocks', name.slice(0, 2), name), 11);
    const receipts = await replications[0]!.collectReceipts({ patient, headers }, { signal });
    expect(signers(receipts)).toEqual([0, 1]);
    expect(await mesh.node(1).blockstore.read(record.leaves[1]!)).toHaveLength(3000);
  });

  it('fetches what the uploading node lacks, and fails clearly when nobody has it', async () => {
    await start(3);
    const record = sealed(2);
    await upload(1, record);
    const receipts = await replications[0]!.collectReceipts(
      { patient, headers: [record.header] },
      { signal },
    );
    expect(receipts).toHaveLength(3);
    const lost = sealed(2);
    await mesh.node(0).network.blocks.put(lost.header, lost.blocks[0]!.bytes);
    const failure = await failureOf(
      replications[0]!.collectReceipts({ patient, headers: [lost.header] }, { signal }),
    );
    expect(failure).toMatchObject({ code: 'block-unavailable' });
  });

  it('signs nothing for another chain, another patient, or a header that is none', async () => {
    await start(2);
    const record = sealed(1, somebodyElse);
    const junk = randomBlock();
    for (const { cid, bytes } of [...record.blocks, junk]) await mesh.node(1).blockstore.put(cid, bytes);
    const receipt = { kind: 'receipt', chainId, patient: somebodyElse, headers: [record.header] };
    expect(await ask(1, receipt)).toMatchObject({ kind: 'receipt' });
    expect(await failureOf(ask(1, { ...receipt, chainId: new Uint8Array(32) }))).toMatchObject({
      remoteCode: 'refused',
    });
    expect(await failureOf(ask(1, { ...receipt, patient }))).toMatchObject({ remoteCode: 'malformed' });
    expect(await failureOf(ask(1, { ...receipt, headers: [junk.cid] }))).toMatchObject({
      remoteCode: 'malformed',
    });
  });

  it('stores nothing under a CID that it does not hash to, and takes no malformed request', async () => {
    await start(2);
    const { cid, bytes } = randomBlock();
    const forged = { kind: 'store', blocks: [{ cid, bytes: Uint8Array.from(bytes, (byte) => byte ^ 1) }] };
    expect(await failureOf(ask(1, forged))).toMatchObject({ remoteCode: 'block-mismatch' });
    expect(await mesh.node(1).blockstore.has(cid)).toBe(false);
    const malformed: unknown[] = [
      {},
      [],
      { kind: 'have' },
      { kind: 'have', cids: ['text'] },
      { kind: 'have', cids: [], more: 1 },
      { kind: 'store', blocks: [{ cid, bytes: 'text' }] },
      { kind: 'receipt', chainId: new Uint8Array(31), patient, headers: [] },
      { kind: 'receipt', chainId, patient, headers: Array.from({ length: 65 }, () => cid) },
    ];
    for (const value of malformed)
      expect(await failureOf(ask(1, value))).toMatchObject({ remoteCode: 'malformed' });
    const cut = await failureOf(
      mesh.node(0).network.request(mesh.node(1).id, REPLICA_PROTOCOL, text('\u00ff'), { bytesMax: 100 }),
    );
    expect(cut).toMatchObject({ remoteCode: 'malformed' });
  });

  it('does not wait for a straggler once f+1 have signed', async () => {
    stragglerMs = 50;
    try {
      await start(4);
      const { record, from, holders } = await uploadUnplaced(() => sealed(1));
      const gate = Promise.withResolvers<void>();
      const store = mesh.node(holders[0]!).blockstore;
      const read = store.read.bind(store);
      store.read = async (cid) => {
        await gate.promise;
        return read(cid);
      };
      const receipts = await replications[from]!.collectReceipts(
        { patient, headers: [record.header] },
        { signal },
      );
      expect(signers(receipts)).not.toContain(holders[0]);
      expect(receipts.length).toBeGreaterThanOrEqual(2);
      gate.resolve();
    } finally {
      stragglerMs = 60_000;
    }
  });

  it('refuses an empty batch and one that is too long, and stops when the caller gives up', async () => {
    await start(2);
    const many = Array.from({ length: 65 }, () => randomBlock(1).cid);
    for (const headers of [[], many]) {
      expect(
        await failureOf(replications[0]!.collectReceipts({ patient, headers }, { signal })),
      ).toMatchObject({ code: 'malformed' });
    }
    const headers = await upload(0, sealed(1));
    const gone = AbortSignal.abort();
    expect(
      await failureOf(replications[0]!.collectReceipts({ patient, headers }, { signal: gone })),
    ).toMatchObject({ code: 'aborted' });
  });

  it('brings what a transaction links to all members in reach, and says so when f+1 have it', async () => {
    await start(4);
    const boxes = [randomBlock(1200), randomBlock(3000)];
    for (const { cid, bytes } of boxes) await mesh.node(1).network.blocks.put(cid, bytes);
    await replications[1]!.spread(
      boxes.map(({ cid }) => cid),
      { signal },
    );
    await until(async () => {
      for (const node of mesh.nodes)
        for (const { cid } of boxes) if (!(await node.blockstore.has(cid))) return false;
      return true;
    });
  });

  it('does not call blocks spread that too few hold, nor blocks that nobody has', async () => {
    await start(4);
    const box = randomBlock(1200);
    await mesh.node(0).network.blocks.put(box.cid, box.bytes);
    for (const index of [1, 2, 3]) await mesh.node(index).network.stop();
    await until(() => mesh.node(0).network.connected().length === 0);
    expect(await failureOf(replications[0]!.spread([box.cid], { signal }))).toMatchObject({
      code: 'not-enough-holders',
    });
    const nowhere = randomBlock(100);
    expect(await failureOf(replications[0]!.spread([nowhere.cid], { signal }))).toMatchObject({
      code: 'block-unavailable',
    });
  });
});
