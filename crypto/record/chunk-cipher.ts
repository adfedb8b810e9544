import type { Bodies, ChunkCipher } from '../backend/backend.ts';
import { plainBuffer, release, uint32 } from '../bytes.ts';

/**
 * STREAM (Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015) over AES-256-GCM: the nonce is 7 zero bytes, the
 * chunk's number (4 bytes big-endian) and 1 for the last chunk. The key belongs to one record, so a counter is
 * safe; a chunk moved, dropped or made last does not open.
 */
export function chunkNonce(index: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12);
  nonce.set(uint32(index), 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

export async function createChunkCipher(dek: Uint8Array): Promise<ChunkCipher> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', plainBuffer(dek), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const parameters = (index: number, isLast: boolean) => ({
    name: 'AES-GCM',
    iv: chunkNonce(index, isLast),
    tagLength: 128,
  });
  return {
    seal: async (chunk, index, isLast, target) => {
      const sealed = new Uint8Array(await subtle.encrypt(parameters(index, isLast), key, plainBuffer(chunk)));
      if (target === undefined) return sealed;
      target.set(sealed);
      release(sealed);
      return target;
    },
    open: async (sealed, index, isLast) =>
      new Uint8Array(await subtle.decrypt(parameters(index, isLast), key, plainBuffer(sealed))),
  };
}

/** Web Crypto: works outside the thread that asks, in Node and in browsers. */
export const webBodies: Bodies = {
  chunkCipher: createChunkCipher,
  sha256: async (bytes) =>
    new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', plainBuffer(bytes))),
};
