import { createHash } from 'node:crypto';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, hash, sha256 } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { nodeSha256 } from '../../../crypto/backend/native/node-digest.ts';
import { useSha256 } from '../../../crypto/digest.ts';

const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
const vector = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('the SHA-256 of a node', () => {
  beforeAll(async () => void (await createNativeBackend()));
  afterAll(() => useSha256(nobleSha256));

  it('gives the bytes of FIPS 180-4', () => {
    expect(sha256(new TextEncoder().encode('abc'))).toEqual(
      vector('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    );
    expect(sha256(new Uint8Array(0))).toEqual(
      vector('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    );
  });

  it('is the same function as that of browsers, for every length, also over a part of an array', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.nat(40), (bytes, from) => {
        const part = bytes.subarray(from);
        expect(nodeSha256(part)).toEqual(nobleSha256(part));
        expect(new Uint8Array(createHash('sha256').update(part).digest())).toEqual(sha256(part));
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same tagged hashes as that of browsers, which ids, links and state keys are', () => {
    fc.assert(
      fc.property(parts, (list) => {
        useSha256(nodeSha256);
        const native = hash(DOMAIN.stateKey, ...list);
        useSha256(nobleSha256);
        expect(hash(DOMAIN.stateKey, ...list)).toEqual(native);
      }),
      { numRuns: 300 },
    );
  });

  it('gives an array of its own each time', () => {
    useSha256(nodeSha256);
    const [first, second] = [sha256(Uint8Array.of(1)), sha256(Uint8Array.of(1))];
    first.fill(0);
    expect(second).toEqual(nobleSha256(Uint8Array.of(1)));
    expect(second.byteLength).toBe(second.buffer.byteLength);
  });
});
