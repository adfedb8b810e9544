import { FILE_PART_BYTES } from '#node/client';
import type { FileSource } from '#node/client';

/** Two parts and a bit. */
export const SIZE = 2 * FILE_PART_BYTES + 1_000_000;

/** Bytes that are different everywhere. */
export function bytesOf(seed: number, size = SIZE): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = seed * 2_654_435_761;
  for (let i = 0; i < words.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** A file that lies in memory. */
export const sourceOf = (bytes: Uint8Array): FileSource => ({
  size: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
});
