import type { CID } from 'multiformats/cid';
import type { Bodies, ChunkCipher } from '../backend/backend.ts';
import { release } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { decode, encode } from '../encoding.ts';
import { linkOf, linkOfDigest, matchesDigest, matchesLink } from '../link.ts';
import { expectLink, expectList } from '../shape.ts';
import {
  blockCount,
  blockLength,
  BODY_BLOCK_BYTES_MAX,
  BODY_BYTES_MAX,
  CHUNK_BYTES,
  CHUNK_TAG_BYTES,
  chunkCount,
  isBodyLength,
  padmeLength,
  SEALED_CHUNK_BYTES,
} from './body-layout.ts';
import { webBodies } from './chunk-cipher.ts';

export interface BodyBlock {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

export interface SealedBody {
  readonly bodyCid: CID;
  readonly bodyLength: number;
}

/** Ends the plaintext; zeros follow up to the Padme length (ISO/IEC 7816-4). */
const PADDING_MARKER = 0x80;
const ZEROS = new Uint8Array(CHUNK_BYTES);

/** How a body is streamed. */
export interface BodyOptions {
  /**
   * True: the bytes of a sealed block are good until `put` resolves, those of an opened piece until the next one is
   * asked for; then their memory serves again, and a body of any size leaves no garbage. Default false.
   */
  readonly reuse?: boolean;
}

/** The plaintext, its marker and its zeros, in pieces of any size, each with whether it is the last. */
async function* paddedPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<[Uint8Array, boolean]> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length >= BODY_BYTES_MAX) throw new CryptoError('too-large', 'record body');
    if (piece.length > 0) yield [piece, false];
  }
  let missing = padmeLength(length + 1) - (length + 1);
  yield [Uint8Array.of(PADDING_MARKER), missing === 0];
  while (missing > 0) {
    const zeros = ZEROS.subarray(0, Math.min(missing, ZEROS.length));
    missing -= zeros.length;
    yield [zeros, missing === 0];
  }
}

/**
 * Pieces of any size to chunks of 64 KiB, each with whether it is the last one. A chunk is good until the next is
 * asked for: a cipher takes its bytes, or a copy of them, when it is called.
 */
async function* chunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<[Uint8Array, boolean]> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for await (const [piece, isLastPiece] of paddedPieces(source)) {
    let taken = 0;
    while (taken < piece.length) {
      const part = piece.subarray(taken, taken + CHUNK_BYTES - filled);
      taken += part.length;
      const isLast = isLastPiece && taken === piece.length;
      if (part.length === CHUNK_BYTES) {
        // A whole chunk needs no copy.
        yield [part, isLast];
        continue;
      }
      chunk.set(part, filled);
      filled += part.length;
      if (filled < CHUNK_BYTES && !isLast) continue;
      yield [chunk.subarray(0, filled), isLast];
      filled = 0;
    }
  }
}

/** Memory for blocks: a new one every time, or two that take turns. */
function blockMemory(reuse: boolean): (isLastChunk: boolean, length: number) => Uint8Array {
  const two: Uint8Array[] = [];
  let turn = 0;
  return (isLastChunk, length) => {
    if (isLastChunk) return new Uint8Array(length);
    if (!reuse) return new Uint8Array(BODY_BLOCK_BYTES_MAX);
    turn = 1 - turn;
    return (two[turn] ??= new Uint8Array(BODY_BLOCK_BYTES_MAX));
  };
}

/**
 * Seals a body piece by piece; every block is handed to `put` as soon as it is full and the one before is taken, so
 * that memory stays bounded (two blocks). One block is the body itself (raw); more become a dag-cbor list of raw
 * links. A piece of the source is used before the next is asked for. Throws CryptoError('too-large') above 1 GiB, and
 * whatever `put` throws.
 */
export async function sealBody(
  dek: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  put: (block: BodyBlock) => Promise<void>,
  bodies: Bodies = webBodies,
  { reuse = false }: BodyOptions = {},
): Promise<SealedBody> {
  const cipher = await bodies.chunkCipher(dek);
  const memory = blockMemory(reuse);
  const leaves: CID[] = [];
  let block: Uint8Array = new Uint8Array(0);
  let [filled, bodyLength, index] = [0, 0, 0];
  // The chunks of a block are sealed at the same time: WebCrypto works outside this thread.
  let sealing: Promise<unknown>[] = [];
  // One block is hashed and handed over while the next one is sealed.
  let handing: Promise<void> = Promise.resolve();
  const hand = async (
    full: Uint8Array,
    length: number,
    sealed: readonly Promise<unknown>[],
  ): Promise<void> => {
    await Promise.all(sealed);
    // Who keeps blocks shall not keep the unused end of the last one with it.
    const bytes = reuse ? full.subarray(0, length) : length === full.length ? full : full.slice(0, length);
    const cid = linkOfDigest('raw', await bodies.sha256(bytes));
    leaves.push(cid);
    await put({ cid, bytes });
  };
  try {
    for await (const [chunk, isLast] of chunks(source)) {
      const length = chunk.length + CHUNK_TAG_BYTES;
      if (filled === 0) block = memory(isLast, length);
      const target = block.subarray(filled, filled + length);
      const sealed = cipher.seal(chunk, index++, isLast, target);
      if (sealed instanceof Promise) sealing.push(sealed);
      filled += length;
      if (filled < BODY_BLOCK_BYTES_MAX && !isLast) continue;
      bodyLength += filled;
      if (bodyLength > BODY_BYTES_MAX) throw new CryptoError('too-large', 'record body');
      await handing;
      handing = hand(block, filled, sealing);
      handing.catch(() => undefined);
      sealing = [];
      filled = 0;
    }
    await handing;
  } finally {
    // Whatever failed: nothing is under way any more when the caller hears of it.
    await Promise.allSettled([...sealing, handing]);
  }
  const [only, second] = leaves;
  if (only !== undefined && second === undefined) return { bodyCid: only, bodyLength };
  const bytes = encode(leaves);
  const cid = linkOf('dag-cbor', bytes);
  await put({ cid, bytes });
  return { bodyCid: cid, bodyLength };
}

/**
 * The raw blocks of a body, in order (SCHEME 4): the root itself when it is raw, else the links of the root block;
 * each block of at most 983,280 bytes. A holder that keeps a body keeps the root and these. Throws
 * CryptoError('encoding').
 */
export function bodyLeaves(bodyCid: CID, root: Uint8Array, bodyLength: number): readonly CID[] {
  if (!isBodyLength(bodyLength)) throw new CryptoError('encoding', 'body length');
  const count = blockCount(bodyLength);
  if (!matchesLink(bodyCid, root)) throw new CryptoError('encoding', 'body root');
  if (count === 1) return [expectLink(bodyCid, 'body', 'raw')];
  expectLink(bodyCid, 'body', 'dag-cbor');
  return expectList(decode(root, 64 * (count + 1)), count, count, 'body').map((cid) =>
    expectLink(cid, 'body block', 'raw'),
  );
}

type FetchBlock = (cid: CID) => Promise<Uint8Array>;

async function* sealedBlocks(
  bodyCid: CID,
  bodyLength: number,
  fetch: FetchBlock,
  bodies: Bodies,
): AsyncGenerator<Uint8Array> {
  const root = await fetch(bodyCid);
  const isOne = isBodyLength(bodyLength) && blockCount(bodyLength) === 1;
  const leaves = isOne ? [expectLink(bodyCid, 'body', 'raw')] : bodyLeaves(bodyCid, root, bodyLength);
  for (const [index, cid] of leaves.entries()) {
    const block = isOne ? root : await fetch(cid);
    const matches = matchesDigest(cid, await bodies.sha256(block));
    if (!matches || block.length !== blockLength(bodyLength, index)) throw new CryptoError('open-failed');
    yield block;
  }
}

/** The chunks of a block that starts with chunk `first` of those up to `last`. */
function* openChunks(
  cipher: ChunkCipher,
  block: Uint8Array,
  first: number,
  last: number,
): Generator<Uint8Array | Promise<Uint8Array>> {
  for (let offset = 0, index = first; offset < block.length; offset += SEALED_CHUNK_BYTES, index++) {
    yield cipher.open(block.subarray(offset, offset + SEALED_CHUNK_BYTES), index, index === last);
  }
}

/**
 * All chunks in order. A cipher of this thread opens one when it is asked for; one that works outside has all of a
 * block at the same time, and goes on with the next block while the chunks of this one are used.
 */
async function* openedChunks(
  cipher: ChunkCipher,
  blocks: AsyncIterable<Uint8Array>,
  last: number,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  let opening: Promise<readonly Uint8Array[]> = Promise.resolve([]);
  for await (const block of blocks) {
    const outside: Promise<Uint8Array>[] = [];
    for (const chunk of openChunks(cipher, block, index, last)) {
      index++;
      if (chunk instanceof Promise) outside.push(chunk);
      else yield chunk;
    }
    const ready = opening;
    opening = Promise.all(outside);
    // Whoever stops before that block is done has not asked how it ends.
    opening.catch(() => undefined);
    yield* await ready;
  }
  yield* await opening;
}

/**
 * Opens a body chunk by chunk; every piece that is given out was authenticated at its place, and the end is only
 * reached through the authenticated last chunk. What `fetch` throws is passed on; all else is 'open-failed' at
 * the caller. The padding never leaves: zeros are counted, not kept. The cipher has taken a block before the next
 * is fetched.
 */
export async function* openBody(
  dek: Uint8Array,
  body: SealedBody,
  fetch: FetchBlock,
  bodies: Bodies = webBodies,
  { reuse = false }: BodyOptions = {},
): AsyncGenerator<Uint8Array> {
  const cipher = await bodies.chunkCipher(dek);
  const last = chunkCount(body.bodyLength) - 1;
  const unpad = createUnpadder();
  const blocks = sealedBlocks(body.bodyCid, body.bodyLength, fetch, bodies);
  for await (const chunk of openedChunks(cipher, blocks, last)) {
    yield* unpad.push(chunk);
    if (reuse) release(chunk);
  }
  unpad.end();
}

/** Holds back what may be padding: a marker and the zeros after it, as two numbers. */
function createUnpadder() {
  let marked = false;
  let zeros = 0;
  let total = 0;
  return {
    *push(chunk: Uint8Array): Generator<Uint8Array> {
      total += chunk.length;
      let end = chunk.length;
      while (end > 0 && chunk[end - 1] === 0) end--;
      if (end === 0) {
        zeros += chunk.length;
        return;
      }
      if (marked) yield Uint8Array.of(PADDING_MARKER);
      while (zeros > 0) {
        const held = ZEROS.slice(0, Math.min(zeros, ZEROS.length));
        zeros -= held.length;
        yield held;
      }
      marked = chunk[end - 1] === PADDING_MARKER;
      if (marked) yield chunk.subarray(0, end - 1);
      else yield chunk.subarray(0, end);
      zeros = chunk.length - end;
    },
    /** Throws when the stream did not end in a marker and as many zeros as a plaintext of this length gets. */
    end(): void {
      if (!marked || padmeLength(total - zeros) !== total) throw new CryptoError('open-failed');
    },
  };
}
