import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import type { CID } from '#crypto';
import { BLOCK_PROTOCOL } from '#node/network';
import { failureOf, Mesh, randomBlock, text, until } from './mesh.ts';

describe('blocks over the net', () => {
  let mesh: Mesh;
  const refusedTo = new Set<string>();
  const asked: string[] = [];
  let stuck = false;
  beforeAll(async () => {
    mesh = await Mesh.start(4, (index) => ({
      authorizeBlock: async (node: Uint8Array, cid: CID) => {
        asked.push(`${index}:${cid.toString()}`);
        if (index === 3 && stuck) await new Promise<never>(() => undefined);
        if (refusedTo.has('throw')) throw new Error('no idea');
        return !refusedTo.has(toHex(node));
      },
      limits: { blockTimeoutMs: 4_000 },
    }));
  });
  afterAll(async () => mesh.stop());
  const fileOf = (index: number, cid: CID): string => {
    const name = toHex(cid.multihash.digest);
    return join(mesh.node(index).blockDirectory, 'blocks', name.slice(0, 2), name);
  };
  const damagedAt = (index: number, cid: CID): void => truncateSync(fileOf(index, cid), 7);

  it('come from a member that holds them, and are kept', async () => {
    for (const length of [0, 1, 2 << 20]) {
      const { cid, bytes } = randomBlock(length);
      await mesh.node(1).network.blocks.put(cid, bytes);
      expect(Buffer.compare(await mesh.node(0).network.blocks.get(cid), bytes)).toBe(0);
      expect(await mesh.node(0).network.blocks.has(cid)).toBe(true);
      expect(await mesh.node(2).network.blocks.has(cid)).toBe(false);
    }
  });

  it('are asked first of the holders that the caller names', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(1).network.blocks.put(cid, bytes);
    await mesh.node(2).network.blocks.put(cid, bytes);
    asked.length = 0;
    await mesh.node(0).network.blocks.get(cid, { holders: [mesh.node(2).id] });
    expect(asked).toEqual([`2:${cid.toString()}`]);
  });

  it('are fetched from the next holder when the first has none, is stuck, or refuses', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(1).network.blocks.put(cid, bytes);
    expect(
      await mesh.node(0).network.blocks.get(cid, { holders: [mesh.node(2).id, mesh.node(1).id] }),
    ).toEqual(bytes);
    const other = randomBlock();
    await mesh.node(1).network.blocks.put(other.cid, other.bytes);
    stuck = true;
    expect(
      await mesh.node(0).network.blocks.get(other.cid, { holders: [mesh.node(3).id, mesh.node(1).id] }),
    ).toEqual(other.bytes);
    stuck = false;
  });

  it('that are damaged here are set aside and healed from a holder', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(0).network.blocks.put(cid, bytes);
    await mesh.node(2).network.blocks.put(cid, bytes);
    damagedAt(0, cid);
    const before = mesh.node(0).blockstore.quarantined;
    expect(await mesh.node(0).network.blocks.get(cid)).toEqual(bytes);
    expect(mesh.node(0).blockstore.quarantined).toBe(before + 1);
    expect(await mesh.node(0).blockstore.read(cid)).toEqual(bytes);
  });

  it('that are damaged at the first holder are never served: the next one is asked', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(1).network.blocks.put(cid, bytes);
    await mesh.node(2).network.blocks.put(cid, bytes);
    damagedAt(1, cid);
    const got = await mesh.node(0).network.blocks.get(cid, { holders: [mesh.node(1).id, mesh.node(2).id] });
    expect(got).toEqual(bytes);
    expect(mesh.node(1).blockstore.quarantined).toBeGreaterThan(0);
  });

  it('are put whole over a damaged file', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(0).network.blocks.put(cid, bytes);
    damagedAt(0, cid);
    await mesh.node(0).network.blocks.put(cid, bytes);
    expect(await mesh.node(0).blockstore.read(cid)).toEqual(bytes);
  });

  it('are refused to a member that may not have them, also when the question itself fails', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(1).network.blocks.put(cid, bytes);
    for (const reason of [toHex(mesh.node(0).id), 'throw']) {
      refusedTo.add(reason);
      expect(await failureOf(mesh.node(0).network.blocks.get(cid))).toMatchObject({
        code: 'block-unavailable',
      });
      const direct = await failureOf(
        mesh.node(0).network.request(mesh.node(1).id, BLOCK_PROTOCOL, cid.bytes, { bytesMax: 3 << 20 }),
      );
      expect(direct).toMatchObject({ code: 'remote-failed', remoteCode: 'refused' });
      refusedTo.delete(reason);
    }
    expect(await mesh.node(0).network.blocks.get(cid)).toEqual(bytes);
  });

  it('that nobody has are unavailable, in bounded time', async () => {
    const { cid } = randomBlock();
    const failure = await failureOf(mesh.node(0).network.blocks.get(cid));
    expect(failure).toMatchObject({ name: 'NetworkError', code: 'block-unavailable' });
    expect(await mesh.node(0).network.blocks.has(cid)).toBe(false);
  });

  it('are not waited for once the caller has given up', async () => {
    const { cid } = randomBlock();
    stuck = true;
    const giveUp = new AbortController();
    const getting = failureOf(
      mesh.node(0).network.blocks.get(cid, { signal: giveUp.signal, holders: [mesh.node(3).id] }),
    );
    await until(() => asked.includes(`3:${cid.toString()}`));
    giveUp.abort();
    expect(await getting).toMatchObject({ code: 'aborted' });
    stuck = false;
  });

  it('can be deleted while another fetch hangs', async () => {
    const { cid, bytes } = randomBlock();
    const missing = randomBlock();
    await mesh.node(0).network.blocks.put(cid, bytes);
    stuck = true;
    const giveUp = new AbortController();
    const hanging = failureOf(
      mesh.node(0).network.blocks.get(missing.cid, { signal: giveUp.signal, holders: [mesh.node(3).id] }),
    );
    await mesh.node(0).network.blocks.delete(cid);
    expect(await mesh.node(0).network.blocks.has(cid)).toBe(false);
    giveUp.abort();
    await hanging;
    stuck = false;
  });

  it('are not served to requests that are no CID', async () => {
    for (const junk of [text(''), text('junk'), new Uint8Array(64).fill(255)]) {
      const failure = await failureOf(
        mesh.node(0).network.request(mesh.node(1).id, BLOCK_PROTOCOL, junk, { bytesMax: 100 }),
      );
      expect(failure).toMatchObject({ code: 'remote-failed', remoteCode: 'malformed' });
    }
  });

  it('come from the second holder when the first is dead', async () => {
    const { cid, bytes } = randomBlock();
    await mesh.node(1).network.blocks.put(cid, bytes);
    await mesh.node(2).network.blocks.put(cid, bytes);
    await mesh.node(1).network.stop();
    const got = await mesh.node(0).network.blocks.get(cid, { holders: [mesh.node(1).id, mesh.node(2).id] });
    expect(got).toEqual(bytes);
  });
});
