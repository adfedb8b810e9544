import type { CID } from 'multiformats/cid';
import type { Bodies } from '../backend/backend.ts';
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
  CHUNKS_PER_BLOCK,
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

/** The plaintext, its marker and its zeros, in pieces of any size. */
async function* paddedPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length >= BODY_BYTES_MAX) throw new CryptoError('too-large', 'record body');
    if (piece.length > 0) yield piece;
  }
  yield Uint8Array.of(PADDING_MARKER);
  let missing = padmeLength(length + 1) - (length + 1);
  while (missing > 0) {
    const zeros = ZEROS.subarray(0, Math.min(missing, ZEROS.length));
    missing -= zeros.length;
    yield zeros;
  }
}

/** Pieces of any size to chunks of 64 KiB, each with whether it is the last one. */
async function* chunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<[Uint8Array, boolean]> {
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for await (const piece of source) {
    let taken = 0;
    while (taken < piece.length) {
      if (filled === CHUNK_BYTES) {
        yield [chunk, false];
        chunk = new Uint8Array(CHUNK_BYTES);
        filled = 0;
      }
      // A whole chunk with more behind it needs no copy; the marker is still to come, so it is never the last.
      while (filled === 0 && piece.length - taken > CHUNK_BYTES) {
        yield [piece.subarray(taken, taken + CHUNK_BYTES), false];
        taken += CHUNK_BYTES;
      }
      const part = piece.subarray(taken, taken + CHUNK_BYTES - filled);
      chunk.set(part, filled);
      filled += part.length;
      taken += part.length;
    }
  }
  yield [chunk.subarray(0, filled), true];
}

/**
 * Seals a body piece by piece; every block is handed to `put` as soon as it is full, so that memory stays bounded
 * (two blocks). One block is the body itself (raw); more become a dag-cbor list of raw links.
 * Throws CryptoError('too-large') above 1 GiB, and whatever `put` throws.
 */
export async function sealBody(
  dek: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  put: (block: BodyBlock) => Promise<void>,
  bodies: Bodies = webBodies,
): Promise<SealedBody> {
  const cipher = await bodies.chunkCipher(dek);
  const leaves: CID[] = [];
  // The chunks of a block are sealed at the same time: WebCrypto works outside this thread.
  let pending: Promise<Uint8Array>[] = [];
  let block = new Uint8Array(0);
  let filled = 0;
  let bodyLength = 0;
  let index = 0;
  for await (const [chunk, isLast] of chunks(paddedPieces(source))) {
    const length = chunk.length + CHUNK_TAG_BYTES;
    if (filled === 0) block = new Uint8Array(isLast ? length : BODY_BLOCK_BYTES_MAX);
    const target = block.subarray(filled, filled + length);
    pending.push(Promise.resolve(cipher.seal(chunk, index++, isLast, target)));
    filled += length;
    if (pending.length < CHUNKS_PER_BLOCK && !isLast) continue;
    await Promise.all(pending);
    const bytes = filled === block.length ? block : block.slice(0, filled);
    pending = [];
    filled = 0;
    bodyLength += bytes.length;
    if (bodyLength > BODY_BYTES_MAX) throw new CryptoError('too-large', 'record body');
    const cid = linkOfDigest('raw', await bodies.sha256(bytes));
    leaves.push(cid);
    await put({ cid, bytes });
  }
  const [only, second] = leaves;
  if (only !== undefined && second === undefined) return { bodyCid: only, bodyLength };
  const bytes = encode(leaves);
  const cid = linkOf('dag-cbor', bytes);
  await put({ cid, bytes });
  return { bodyCid: cid, bodyLength };
}

/**
 * The raw blocks of a body, in order: the root itself when it is raw, else the links of the root block.
 * A holder that keeps a body keeps the root and these. Throws CryptoError('encoding').
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

/**
 * Opens a body chunk by chunk; every piece that is given out was authenticated at its place, and the end is only
 * reached through the authenticated last chunk. What `fetch` throws is passed on; all else is 'open-failed' at
 * the caller. The padding never leaves: zeros are counted, not kept.
 */
export async function* openBody(
  dek: Uint8Array,
  body: SealedBody,
  fetch: FetchBlock,
  bodies: Bodies = webBodies,
): AsyncGenerator<Uint8Array> {
  const cipher = await bodies.chunkCipher(dek);
  const last = chunkCount(body.bodyLength) - 1;
  const unpad = createUnpadder();
  let index = 0;
  for await (const block of sealedBlocks(body.bodyCid, body.bodyLength, fetch, bodies)) {
    const opened: Promise<Uint8Array>[] = [];
    for (let offset = 0; offset < block.length; offset += SEALED_CHUNK_BYTES) {
      const sealed = block.subarray(offset, offset + SEALED_CHUNK_BYTES);
      opened.push(Promise.resolve(cipher.open(sealed, index, index === last)));
      index++;
    }
    for (const chunk of await Promise.all(opened)) yield* unpad.push(chunk);
  }
  unpad.end();
}

/** Holds back what may be padding: a marker and the zeros after it, as two numbers. */
function createUnpadder() {
  let marked = false;
  let zeros = 0;
  return {
    *push(chunk: Uint8Array): Generator<Uint8Array> {
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
    /** Throws when the stream did not end in a marker and zeros. */
    end(): void {
      if (!marked) throw new CryptoError('open-failed');
    },
  };
}
