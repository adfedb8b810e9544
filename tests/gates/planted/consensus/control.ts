// expected: nothing
import { sha256 } from '@noble/hashes/sha2.js';

export const quorum = (members: number): number => Math.ceil((2 * members) / 3);
export const digest = (bytes: Uint8Array): Uint8Array => sha256(bytes);
