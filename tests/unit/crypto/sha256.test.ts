import { describe, expect, it } from 'vitest';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { digest, useSha256 } from '../../../crypto/digest.ts';

describe('the SHA-256 of a platform', () => {
  it('does not take a function that differs in a single length, and keeps the one before', () => {
    const before = digest(Uint8Array.of(5));
    for (const length of [0, 1, 3, 31, 32, 55, 56, 63, 64, 65, 119, 120, 200, 1000, 4096, 70_000]) {
      const wrong = (bytes: Uint8Array): Uint8Array =>
        bytes.length === length ? new Uint8Array(32) : nobleSha256(bytes);
      expect(() => useSha256(wrong)).toThrow(`SHA-256 of ${length} bytes differs`);
    }
    expect(digest(Uint8Array.of(5))).toEqual(before);
  });
});
