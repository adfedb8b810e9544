import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 (FIPS 180-4) of bytes, as a fresh array of 32 bytes. Never throws. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

let current: Sha256 = nobleSha256;

/** The SHA-256 behind every hash of this room: of `@noble/hashes`, or what `useSha256` put in its place. */
export const digest: Sha256 = (bytes) => current(bytes);

/** FIPS 180-4 examples and lengths around a block, each against `@noble/hashes`. */
const PROBE_LENGTHS = [0, 1, 3, 31, 32, 55, 56, 63, 64, 65, 119, 120, 200, 1000, 4096, 70_000];

/**
 * Puts another implementation of the same function in place, for the whole process: ids, links, state keys and roots are
 * hashes, and a node computes thousands a second. It is compared first, so that a platform whose function differs is found
 * when a node starts and not as a fork. Only the native backend calls this.
 * @throws Error when an answer differs: this platform must not run the native backend
 */
export function useSha256(implementation: Sha256): void {
  for (const length of PROBE_LENGTHS) {
    const probe = Uint8Array.from({ length }, (_, i) => (i * 131 + length) & 255);
    if (implementation(probe).join() !== nobleSha256(probe).join())
      throw new Error(`SHA-256 of ${length} bytes differs`);
  }
  current = implementation;
}
