import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { release } from '../../bytes.ts';
import { CryptoError } from '../../crypto-error.ts';
import { chunkNonce } from '../../record/chunk-cipher.ts';
import type { Bodies, ChunkCipher } from '../backend.ts';

const TAG_BYTES = 16;

function openChunk(dek: Uint8Array, sealed: Uint8Array, index: number, isLast: boolean): Uint8Array {
  if (sealed.length < TAG_BYTES) throw new CryptoError('open-failed');
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', dek, chunkNonce(index, isLast));
  decipher.setAuthTag(sealed.subarray(end));
  const chunk = decipher.update(sealed.subarray(0, end));
  // Throws when the tag does not fit: nothing leaves before.
  decipher.final();
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

/**
 * OpenSSL in this thread: a chunk takes tens of microseconds, less than handing it to another thread and back. The
 * same bytes as Web Crypto gives.
 */
export const nodeBodies: Bodies = {
  chunkCipher(dek): ChunkCipher {
    return {
      seal(chunk, index, isLast, sealed = new Uint8Array(chunk.length + TAG_BYTES)) {
        const cipher = createCipheriv('aes-256-gcm', dek, chunkNonce(index, isLast));
        const encrypted = cipher.update(chunk);
        sealed.set(encrypted);
        release(encrypted);
        cipher.final();
        sealed.set(cipher.getAuthTag(), chunk.length);
        return sealed;
      },
      open: (sealed, index, isLast) => openChunk(dek, sealed, index, isLast),
    };
  },
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
};
