import { describe, expect, it } from 'vitest';
import { contentPieces, decodeContent, encodeContent } from '../../../node/client/content.ts';

/** Bytes that differ from their neighbours. */
const bytesOf = (seed: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 255);

describe('the content of a record', () => {
  it('has the bytes that the codec of the network gives, whatever the length of the resource', async () => {
    const { encode } = await import('#crypto');
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536, 1_100_000]) {
      const content = {
        mediaType: 'text/plain',
        resource: bytesOf(length + 1, length),
        keywords: [{ keyword: '*', n: 70_000 }],
      };
      const canonical = encode({
        version: 1,
        mediaType: content.mediaType,
        resource: content.resource,
        keywords: [['*', 70_000]],
      });
      expect(Buffer.compare(encodeContent(content), canonical)).toBe(0);
      expect(contentPieces(content)[2]).toBe(content.resource);
      const read = decodeContent(canonical);
      expect([read.mediaType, read.keywords]).toEqual([content.mediaType, content.keywords]);
      expect(Buffer.compare(read.resource, content.resource)).toBe(0);
    }
  });

  it('is refused in any other encoding, with bytes cut off or added, or with a length that lies', () => {
    const good = encodeContent({ mediaType: 'a/b', resource: bytesOf(1, 40), keywords: [] });
    expect(decodeContent(good).resource).toHaveLength(40);
    const at = good.findIndex((byte, i) => byte === 0x58 && good[i + 1] === 40);
    const longer = Uint8Array.from([...good.subarray(0, at), 0x59, 0, 40, ...good.subarray(at + 2)]);
    const lying = Uint8Array.from(good);
    lying[at + 1] = 41;
    const beyond = Uint8Array.from(good);
    beyond[at + 1] = 255;
    const wrong = [
      longer,
      lying,
      beyond,
      good.subarray(0, -1),
      Uint8Array.from([...good, 0]),
      good.subarray(1),
    ];
    for (const bytes of [...wrong, new Uint8Array(0)]) {
      expect(() => decodeContent(bytes)).toThrowError(/record-invalid/);
    }
    for (let bit = 0; bit < 8 * at; bit += 1) {
      const flipped = Uint8Array.from(good);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeContent(flipped)).toThrowError(/record-invalid/);
    }
  });
});
