import { describe, expect, it } from 'vitest';
import { concatBytes, linkOf, type CID } from '#crypto';
import type { Bodies } from '../../../crypto/backend/backend.ts';
import { equalBytes, release } from '../../../crypto/bytes.ts';
import { openBody, sealBody, type BodyBlock } from '../../../crypto/record/body.ts';
import { CHUNK_BYTES, CHUNKS_PER_BLOCK } from '../../../crypto/record/body-layout.ts';
import { webBodies } from '../../../crypto/record/chunk-cipher.ts';
import { bytesOf, nativeBackend, storeOf } from './cast.ts';

const dek = bytesOf('dek');
const BLOCK = CHUNK_BYTES * CHUNKS_PER_BLOCK;
const ciphers: [string, Bodies][] = [
  ['Web Crypto', webBodies],
  ['OpenSSL', nativeBackend.bodies ?? webBodies],
];

/** No two chunks of it are alike. */
function plaintextOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i ^ (i >>> 8) ^ (i >>> 16)) & 0xff;
  return bytes;
}

async function* piecesOf(plaintext: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < plaintext.length; at += size)
    yield await Promise.resolve(plaintext.subarray(at, at + size));
}

/** Overwrites every piece as soon as the next one is asked for. */
async function* carelessPiecesOf(plaintext: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < plaintext.length; at += size) {
    const piece = plaintext.subarray(at, at + size);
    buffer.set(piece);
    yield await Promise.resolve(buffer.subarray(0, piece.length));
    buffer.fill(0xee);
  }
}

const namesOf = ({ body, blocks }: Awaited<ReturnType<typeof blocksOf>>) => ({
  root: body.bodyCid.toString(),
  length: body.bodyLength,
  blocks: blocks.map(({ cid, bytes }) => [cid.toString(), bytes.length]),
});

async function blocksOf(source: AsyncIterable<Uint8Array>, bodies: Bodies, reuse: boolean) {
  const blocks: BodyBlock[] = [];
  const put = async ({ cid, bytes }: BodyBlock): Promise<void> => {
    // A slow taker: what is not copied before this is over is gone.
    await new Promise((resolve) => setImmediate(resolve));
    const link = linkOf(cid.code === 0x55 ? 'raw' : 'dag-cbor', bytes);
    expect(link.toString()).toBe(cid.toString());
    blocks.push({ cid, bytes: reuse ? bytes.slice() : bytes });
  };
  const body = await sealBody(dek, source, put, bodies, { reuse });
  return { body, blocks };
}

describe.each(ciphers)('bodies streamed by %s', (_, bodies) => {
  const lengths = [0, 1, 511, 512, CHUNK_BYTES - 1, CHUNK_BYTES, BLOCK - 1, BLOCK, 2 * BLOCK + 77];

  it('are the same bytes whatever the pieces, the taker and the memory', async () => {
    for (const length of lengths) {
      const plaintext = plaintextOf(length);
      const expected = namesOf(await blocksOf(piecesOf(plaintext, length || 1), bodies, false));
      for (const size of [4000, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
        for (const reuse of [true, false]) {
          const made = await blocksOf(carelessPiecesOf(plaintext, size), bodies, reuse);
          expect(namesOf(made)).toEqual(expected);
        }
      }
    }
  });

  it('open to the plaintext, with the memory of a piece given back when the next is asked for', async () => {
    const plaintext = plaintextOf(2 * BLOCK + 77);
    const { body, blocks } = await blocksOf(piecesOf(plaintext, 1 << 20), bodies, false);
    for (const reuse of [true, false]) {
      const copies: Uint8Array[] = [];
      const pieces: Uint8Array[] = [];
      for await (const piece of openBody(dek, body, storeOf(blocks), bodies, { reuse })) {
        copies.push(piece.slice());
        pieces.push(piece);
      }
      expect(equalBytes(concatBytes(...copies), plaintext)).toBe(true);
      // A mark or zeros held back as possible padding come as small pieces of their own.
      const whole = pieces.filter((_piece, i) => (copies[i]?.length ?? 0) > 1000);
      expect(whole.length).toBeGreaterThan(2 * CHUNKS_PER_BLOCK - 1);
      expect(whole.filter(({ length }) => length > 0)).toHaveLength(reuse ? 0 : whole.length);
    }
  });

  it('keep two blocks of memory in all when it is used again, and one for every block when not', async () => {
    const buffers = async (reuse: boolean): Promise<number> => {
      const seen = new Set<unknown>();
      const put = ({ bytes }: BodyBlock) => Promise.resolve(void seen.add(bytes.buffer));
      await sealBody(dek, piecesOf(plaintextOf(6 * BLOCK), 1 << 20), put, bodies, { reuse });
      return seen.size;
    };
    // The list of links is one of its own, and so is a last block of a single chunk.
    expect(await buffers(true)).toBeLessThanOrEqual(4);
    expect(await buffers(false)).toBeGreaterThanOrEqual(7);
  });

  it('hand over blocks that hold no memory but their own, unless it is used again', async () => {
    const put = ({ bytes }: BodyBlock): Promise<void> => {
      expect(bytes.buffer.byteLength).toBe(bytes.length);
      return Promise.resolve();
    };
    await sealBody(dek, piecesOf(plaintextOf(BLOCK + CHUNK_BYTES + 77), 1 << 20), put, bodies);
  });

  it('hand one block after the other, and none after a taker failed', async () => {
    let [taking, taken] = [0, 0];
    const put = async (): Promise<void> => {
      taking++;
      expect(taking).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      taking--;
      if (++taken === 2) throw new RangeError('full');
    };
    const sealing = sealBody(dek, piecesOf(plaintextOf(5 * BLOCK), 1 << 20), put, bodies, { reuse: true });
    await expect(sealing).rejects.toThrow('full');
    await new Promise((resolve) => setImmediate(resolve));
    expect([taking, taken]).toEqual([0, 2]);
  });

  it.each([
    ['only', 1],
    ['last', 2 * BLOCK],
  ])('are not sealed when the taker of the %s block fails', async (_which, length) => {
    const count = Math.ceil(length / BLOCK);
    let taken = 0;
    const put = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (++taken === count) throw new RangeError('full');
    };
    await expect(sealBody(dek, piecesOf(plaintextOf(length), 1 << 20), put, bodies)).rejects.toThrow('full');
  });

  it('are done with their taker when the source failed', async () => {
    let taking = 0;
    const put = async (): Promise<void> => {
      taking++;
      await new Promise((resolve) => setImmediate(resolve));
      taking--;
    };
    const source = async function* () {
      yield await Promise.resolve(plaintextOf(BLOCK));
      throw new RangeError('gone');
    };
    await expect(sealBody(dek, source(), put, bodies)).rejects.toThrow('gone');
    expect(taking).toBe(0);
  });

  it('open from a source that has one memory for all its blocks', async () => {
    const plaintext = plaintextOf(3 * BLOCK + 77);
    const { body, blocks } = await blocksOf(piecesOf(plaintext, 1 << 20), bodies, false);
    const memory = new Uint8Array(BLOCK + 1024);
    const fetch = async (cid: CID): Promise<Uint8Array> => {
      memory.fill(0xee);
      const bytes = await storeOf(blocks)(cid);
      memory.set(bytes);
      return memory.subarray(0, bytes.length);
    };
    const pieces: Uint8Array[] = [];
    for await (const piece of openBody(dek, body, fetch, bodies)) pieces.push(piece);
    expect(equalBytes(concatBytes(...pieces), plaintext)).toBe(true);
  });

  it('ask for no more than one block ahead of what is used, and for none once nobody wants more', async () => {
    const { body, blocks } = await blocksOf(piecesOf(plaintextOf(6 * BLOCK), 1 << 20), bodies, false);
    let [asked, used] = [0, 0];
    const fetch = async (cid: CID): Promise<Uint8Array> => {
      // The root is asked for first.
      expect(asked - 1).toBeLessThanOrEqual(Math.ceil(used / BLOCK) + 1);
      asked++;
      return storeOf(blocks)(cid);
    };
    for await (const piece of openBody(dek, body, fetch, bodies)) {
      used += piece.length;
      if (used > 2 * BLOCK) break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBeGreaterThan(3);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it('fail when a block is not to be had', async () => {
    const { body, blocks } = await blocksOf(piecesOf(plaintextOf(2 * BLOCK), 1 << 20), bodies, false);
    const gone = blocks[1]?.cid;
    const fetch = async (cid: CID): Promise<Uint8Array> => {
      if (gone?.equals(cid) === true) throw new RangeError('not found');
      return storeOf(blocks)(cid);
    };
    const open = async (): Promise<void> => {
      for await (const _piece of openBody(dek, body, fetch, bodies, { reuse: true }));
    };
    await expect(open()).rejects.toThrow('not found');
  });
});

describe('memory given back', () => {
  it('is gone at once when it was an array of its own, and left alone when others may hold it', () => {
    const own = new Uint8Array(100).fill(1);
    release(own);
    expect(own).toHaveLength(0);
    const shared = new Uint8Array(100).fill(1);
    release(shared.subarray(10));
    release(new Uint8Array(new SharedArrayBuffer(8)));
    expect(shared.every((byte) => byte === 1)).toBe(true);
  });
});
