import { randomBytes } from 'node:crypto';
import type { Blockstore } from 'interface-blockstore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkOf } from '#crypto';
import type { CID } from '#crypto';

export async function readAll(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function block(length: number): { cid: CID; bytes: Uint8Array } {
  const bytes = new Uint8Array(randomBytes(length));
  return { cid: linkOf('raw', bytes), bytes };
}

/** What Helia may expect of any block store; run by every implementation. */
export function blockstoreContract(
  name: string,
  open: () => Promise<Blockstore>,
  close: () => Promise<void>,
): void {
  describe(`blockstore contract: ${name}`, () => {
    let store: Blockstore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(close);

    it('gives back what was put', async () => {
      for (const length of [0, 1, 4096, 1 << 20]) {
        const { cid, bytes } = block(length);
        expect((await store.put(cid, bytes)).toString()).toBe(cid.toString());
        expect(await readAll(store.get(cid))).toEqual(bytes);
      }
    });

    it('takes a block as a row of chunks', async () => {
      const { cid, bytes } = block(3000);
      await store.put(cid, [bytes.subarray(0, 1000), bytes.subarray(1000, 1001), bytes.subarray(1001)]);
      expect(await readAll(store.get(cid))).toEqual(bytes);
    });

    it('reports an unknown block as not found', async () => {
      const { cid } = block(10);
      expect(await store.has(cid)).toBe(false);
      await expect((async () => readAll(store.get(cid)))()).rejects.toMatchObject({ name: 'NotFoundError' });
    });

    it('knows a block by its bytes, whatever the codec of its CID', async () => {
      const bytes = new Uint8Array([0x80]);
      await store.put(linkOf('dag-cbor', bytes), bytes);
      expect(await store.has(linkOf('raw', bytes))).toBe(true);
      expect(await readAll(store.get(linkOf('raw', bytes)))).toEqual(bytes);
    });

    it('puts the same block any number of times at once', async () => {
      const { cid, bytes } = block(50_000);
      await Promise.all(Array.from({ length: 20 }, async () => store.put(cid, bytes)));
      expect(await readAll(store.get(cid))).toEqual(bytes);
    });

    it('forgets a deleted block, and deleting an absent one is no error', async () => {
      const { cid, bytes } = block(10);
      await store.put(cid, bytes);
      await store.delete(cid);
      expect(await store.has(cid)).toBe(false);
      await store.delete(cid);
    });

    it('puts, gets and deletes many', async () => {
      const blocks = Array.from({ length: 30 }, (_, index) => block(100 + index));
      const put: string[] = [];
      for await (const cid of store.putMany(blocks)) put.push(cid.toString());
      expect(put).toEqual(blocks.map(({ cid }) => cid.toString()));
      const got: Uint8Array[] = [];
      for await (const pair of store.getMany(blocks.map(({ cid }) => cid)))
        got.push(await readAll(pair.bytes));
      expect(got).toEqual(blocks.map(({ bytes }) => bytes));
      const gone: string[] = [];
      for await (const cid of store.deleteMany(blocks.map(({ cid: each }) => each)))
        gone.push(cid.toString());
      expect(gone).toHaveLength(blocks.length);
      expect(await store.has(blocks[0]!.cid)).toBe(false);
    });

    it('lists every block once', async () => {
      const blocks = Array.from({ length: 40 }, (_, index) => block(200 + index));
      for (const { cid, bytes } of blocks) await store.put(cid, bytes);
      const listed: string[] = [];
      for await (const pair of store.getAll()) {
        listed.push(pair.cid.toString());
        expect(linkOf('raw', await readAll(pair.bytes)).toString()).toBe(pair.cid.toString());
      }
      expect(listed.toSorted()).toEqual(blocks.map(({ cid }) => cid.toString()).toSorted());
    });

    it('does nothing for a caller that has given up', async () => {
      const { cid, bytes } = block(10);
      await store.put(cid, bytes);
      const signal = AbortSignal.abort();
      await expect((async () => readAll(store.get(cid, { signal })))()).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(await store.has(cid)).toBe(true);
    });
  });
}
