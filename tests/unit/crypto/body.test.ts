import { describe, expect, it } from 'vitest';
import { concatBytes, encode, linkOf, type CID } from '#crypto';
import { openBody } from '../../../crypto/record/body.ts';
import { BODY_BLOCK_BYTES_MAX, CHUNK_BYTES, CHUNKS_PER_BLOCK } from '../../../crypto/record/body-layout.ts';
import { createChunkCipher } from '../../../crypto/record/chunk-cipher.ts';
import { bytesOf, storeOf } from './cast.ts';

const dek = bytesOf('dek');

/** A body made chunk by chunk: what a writer with the right key could anchor. */
async function bodyOf(pieces: readonly { bytes: Uint8Array; index: number; isLast: boolean }[]) {
  const cipher = await createChunkCipher(dek);
  const sealed: Uint8Array[] = [];
  for (const { bytes, index, isLast } of pieces) sealed.push(await cipher.seal(bytes, index, isLast));
  const all = concatBytes(...sealed);
  const leaves: { cid: CID; bytes: Uint8Array }[] = [];
  for (let at = 0; at < all.length; at += BODY_BLOCK_BYTES_MAX) {
    const bytes = all.slice(at, at + BODY_BLOCK_BYTES_MAX);
    leaves.push({ cid: linkOf('raw', bytes), bytes });
  }
  const root = encode(leaves.map(({ cid }) => cid));
  const bodyCid = leaves.length === 1 ? leaves[0]!.cid : linkOf('dag-cbor', root);
  const fetch = storeOf([...leaves, { cid: linkOf('dag-cbor', root), bytes: root }]);
  return async () => {
    const parts: Uint8Array[] = [];
    for await (const part of openBody(dek, { bodyCid, bodyLength: all.length }, fetch)) parts.push(part);
    return concatBytes(...parts);
  };
}

function padded(length: number, text: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(text);
  return bytes;
}

const full = new Uint8Array(CHUNK_BYTES).fill(7);
/** The last of two chunks: this long a plaintext is padded to two chunks. */
const text = new Uint8Array(CHUNK_BYTES - 3).fill(9);
const end = padded(CHUNK_BYTES, [...text, 0x80]);

describe('bodies made by hand', () => {
  it('open when everything is at its place (positive control)', async () => {
    const one = await bodyOf([{ bytes: padded(512, [1, 2, 0x80]), index: 0, isLast: true }]);
    expect(await one()).toEqual(Uint8Array.of(1, 2));
    const two = await bodyOf([
      { bytes: full, index: 0, isLast: false },
      { bytes: end, index: 1, isLast: true },
    ]);
    expect(await two()).toEqual(concatBytes(full, text));
  });

  it('are refused without an end mark: nobody can tell where the plaintext ends', async () => {
    for (const bytes of [new Uint8Array(512), new Uint8Array(512).fill(1), padded(512, [0x80, 1])]) {
      const open = await bodyOf([{ bytes, index: 0, isLast: true }]);
      await expect(open()).rejects.toMatchObject({ code: 'open-failed' });
    }
  });

  it('are refused with more padding than their plaintext has, or less', async () => {
    const none: number[] = [];
    for (const [length, plaintext] of [
      [544, none],
      [544, [...new Uint8Array(511).fill(1)]],
      [1024, [...new Uint8Array(900).fill(1)]],
    ] as const) {
      const open = await bodyOf([{ bytes: padded(length, [...plaintext, 0x80]), index: 0, isLast: true }]);
      await expect(open()).rejects.toMatchObject({ code: 'open-failed' });
    }
    const fits = [...new Uint8Array(512).fill(1)];
    const open = await bodyOf([{ bytes: padded(544, [...fits, 0x80]), index: 0, isLast: true }]);
    expect(await open()).toHaveLength(512);
  });

  it('are refused when chunks are swapped, repeated, cut off, or end early', async () => {
    const wrong = [
      [
        { bytes: full, index: 1, isLast: false },
        { bytes: end, index: 0, isLast: true },
      ],
      [
        { bytes: full, index: 0, isLast: false },
        { bytes: end, index: 0, isLast: true },
      ],
      [
        { bytes: full, index: 0, isLast: false },
        { bytes: end, index: 1, isLast: false },
      ],
      [
        { bytes: end, index: 0, isLast: true },
        { bytes: end, index: 1, isLast: true },
      ],
      [{ bytes: end, index: 0, isLast: false }],
    ];
    for (const pieces of wrong) {
      const open = await bodyOf(pieces);
      await expect(open()).rejects.toBeInstanceOf(Error);
    }
  });

  it('keep zeros and marks inside the plaintext, across chunks and blocks', async () => {
    const count = CHUNKS_PER_BLOCK + 17;
    const zeros = new Uint8Array(CHUNK_BYTES);
    const marked = padded(CHUNK_BYTES, [5, 0x80]);
    const pieces = Array.from({ length: count }, (_, index) => ({
      bytes: index === count - 1 ? end : index % 3 === 0 ? zeros : index % 3 === 1 ? marked : full,
      index,
      isLast: index === count - 1,
    }));
    const expected = concatBytes(...pieces.slice(0, -1).map(({ bytes }) => bytes), text);
    expect(await (await bodyOf(pieces))()).toEqual(expected);
  });
});
