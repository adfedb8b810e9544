import { DOMAIN, sha256, utf8 } from '#crypto';

/**
 * Hashes of the authenticated map. Both are plain SHA-256 in the tagged form of BIP 340, T(tag) = SHA-256(tag):
 *
 *   leaf   = SHA-256( T(stateLeaf) | T(stateLeaf) | key | SHA-256(value) )
 *   branch = SHA-256( T(stateNode) | T(stateNode) | left | right | bit )        bit: one byte
 *
 * The tag fills the first 64-byte block, so its compression is done once; the last block holds nothing but padding
 * (and the bit), so its message schedule is done once as well. What is left is two compressions over words that are
 * already there: no byte array is made per node, which is what the update cost of the map hangs on (LEDGER.md).
 * tests/property/ledger/tree-hash.test.ts compares with the SHA-256 of #crypto.
 */

const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);
// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const K = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

/** A hash as eight 32-bit words, as tree nodes keep it: small integers inside the object, no array of their own. */
export interface Words {
  h0: number;
  h1: number;
  h2: number;
  h3: number;
  h4: number;
  h5: number;
  h6: number;
  h7: number;
}

/** Message schedule of FIPS 180-4, 6.2.2, step 1, with the round constants already added. */
function schedule(block: Int32Array, target: Int32Array): void {
  const w = scratch;
  for (let i = 0; i < 16; i++) {
    const word = block[i] ?? 0;
    w[i] = word;
    target[i] = (word + (K[i] ?? 0)) | 0;
  }
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] as number;
    const b = w[i - 2] as number;
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    const word = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
    w[i] = word;
    target[i] = (word + (K[i] as number)) | 0;
  }
}

/** FIPS 180-4, 6.2.2, steps 2 to 4: `state` is replaced by its compression with a prepared schedule. */
function compress(state: Int32Array, kw: Int32Array): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + S1 + ((e & f) ^ (~e & g)) + (kw[i] as number)) | 0;
    const S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
  state[5] = (state[5] as number) + f;
  state[6] = (state[6] as number) + g;
  state[7] = (state[7] as number) + h;
}

const scratch = new Int32Array(64);
const message = new Int32Array(16);
const prepared = new Int32Array(64);
const state = new Int32Array(8);

/** State after the block T(tag) | T(tag). */
function midstate(tag: string): Int32Array {
  const words = wordsOf(sha256(utf8(tag)));
  message.set(words);
  message.set(words, 8);
  schedule(message, prepared);
  const result = Int32Array.from(INITIAL);
  compress(result, prepared);
  return result;
}

/** Schedule of the last block: optionally one data byte, the padding bit, and the length of the whole in bits. */
function lastBlock(byte: number | undefined): Int32Array {
  const block = new Int32Array(16);
  block[0] = byte === undefined ? 0x80000000 : (byte << 24) | 0x800000;
  block[15] = (128 + (byte === undefined ? 0 : 1)) * 8;
  const result = new Int32Array(64);
  schedule(block, result);
  return result;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: 8 }, (_, i) => view.getInt32(4 * i));
}

const LEAF_START = midstate(DOMAIN.stateLeaf);
const BRANCH_START = midstate(DOMAIN.stateNode);
const LEAF_END = lastBlock(undefined);
const BRANCH_ENDS = Array.from({ length: 256 }, (_, bit) => lastBlock(bit));

function finish(target: Words, start: Int32Array, end: Int32Array): void {
  schedule(message, prepared);
  state.set(start);
  compress(state, prepared);
  compress(state, end);
  target.h0 = state[0] as number;
  target.h1 = state[1] as number;
  target.h2 = state[2] as number;
  target.h3 = state[3] as number;
  target.h4 = state[4] as number;
  target.h5 = state[5] as number;
  target.h6 = state[6] as number;
  target.h7 = state[7] as number;
}

/** Writes the hash of a branch over `bit` (0..255) with these children into `target`. */
export function hashBranch(target: Words, bit: number, left: Words, right: Words): void {
  message[0] = left.h0;
  message[1] = left.h1;
  message[2] = left.h2;
  message[3] = left.h3;
  message[4] = left.h4;
  message[5] = left.h5;
  message[6] = left.h6;
  message[7] = left.h7;
  message[8] = right.h0;
  message[9] = right.h1;
  message[10] = right.h2;
  message[11] = right.h3;
  message[12] = right.h4;
  message[13] = right.h5;
  message[14] = right.h6;
  message[15] = right.h7;
  finish(target, BRANCH_START, BRANCH_ENDS[bit] as Int32Array);
}

/** Writes the hash of a leaf into `target`; `key` and `valueHash` are 32 bytes. */
export function hashLeaf(target: Words, key: Uint8Array, valueHash: Uint8Array): void {
  for (let i = 0; i < 8; i++) {
    message[i] = wordAt(key, 4 * i);
    message[8 + i] = wordAt(valueHash, 4 * i);
  }
  finish(target, LEAF_START, LEAF_END);
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)
  );
}

/** Reads a 32-byte hash into words. */
export function setWords(target: Words, bytes: Uint8Array): void {
  target.h0 = wordAt(bytes, 0);
  target.h1 = wordAt(bytes, 4);
  target.h2 = wordAt(bytes, 8);
  target.h3 = wordAt(bytes, 12);
  target.h4 = wordAt(bytes, 16);
  target.h5 = wordAt(bytes, 20);
  target.h6 = wordAt(bytes, 24);
  target.h7 = wordAt(bytes, 28);
}

/** The 32 bytes of a hash. */
export function wordsToBytes(words: Words): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of [
    words.h0,
    words.h1,
    words.h2,
    words.h3,
    words.h4,
    words.h5,
    words.h6,
    words.h7,
  ].entries()) {
    view.setInt32(4 * i, word);
  }
  return bytes;
}

/** Fresh words, all zero. */
export function zeroWords(): Words {
  return { h0: 0, h1: 0, h2: 0, h3: 0, h4: 0, h5: 0, h6: 0, h7: 0 };
}
