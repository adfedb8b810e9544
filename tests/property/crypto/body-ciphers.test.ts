import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunkCipher, webBodies } from '../../../crypto/record/chunk-cipher.ts';
import { bytesOf, flipBit, nativeBackend } from '../../unit/crypto/cast.ts';

const dek = bytesOf('dek');
const native = nativeBackend.bodies!;

describe('the body ciphers of Web Crypto and of OpenSSL', () => {
  it('give the same bytes, open each other, and refuse another place or a flipped bit', async () => {
    const [web, node] = [await createChunkCipher(dek), await native.chunkCipher(dek)];
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(2 ** 31),
        fc.boolean(),
        fc.nat(),
        async (chunk, index, isLast, at) => {
          const sealed = await web.seal(chunk, index, isLast);
          const target = new Uint8Array(chunk.length + 16);
          expect(await node.seal(chunk, index, isLast, target)).toEqual(sealed);
          expect(target).toEqual(sealed);
          expect(await web.open(await node.seal(chunk, index, isLast), index, isLast)).toEqual(chunk);
          expect(await node.open(sealed, index, isLast)).toEqual(chunk);
          const flipped = flipBit(sealed, at % (8 * sealed.length));
          for (const cipher of [web, node]) {
            const open = async (bytes: Uint8Array, i: number, last: boolean) => cipher.open(bytes, i, last);
            await expect(open(flipped, index, isLast)).rejects.toThrow(Error);
            await expect(open(sealed, index + 1, isLast)).rejects.toThrow(Error);
            await expect(open(sealed, index, !isLast)).rejects.toThrow(Error);
            await expect(open(sealed.subarray(1), index, isLast)).rejects.toThrow(Error);
            await expect(open(sealed.subarray(0, 15), index, isLast)).rejects.toThrow(Error);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hash alike', async () => {
    const bytes = new Uint8Array(100_000).fill(3);
    expect(await native.sha256(bytes)).toEqual(await webBodies.sha256(bytes));
  });
});
