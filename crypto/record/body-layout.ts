/**
 * The lengths of a sealed body. A body is a row of chunks of 65,536 bytes (the last one 1 to 65,536), each with a
 * 16-byte tag; up to 15 chunks make a block of at most 983,280 bytes, which stays below the 1 MiB of a block.
 */
export const CHUNK_BYTES = 64 * 1024;
export const CHUNK_TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + CHUNK_TAG_BYTES;
export const CHUNKS_PER_BLOCK = 15;
export const BODY_BLOCK_BYTES_MAX = CHUNKS_PER_BLOCK * SEALED_CHUNK_BYTES;

/** Largest sealed body: 1 GiB. */
export const BODY_BYTES_MAX = 1024 ** 3;

/** Smallest padded plaintext: the many small observations all look alike. */
export const PADDED_BYTES_MIN = 512;

/**
 * Padme (Nikitin et al., PETS 2019, section 4): the smallest allowed length that is not below `length`. At most
 * 12 % longer, and lengths up to L fall into O(log log L) bits of information.
 */
export function padmeLength(length: number): number {
  if (length <= PADDED_BYTES_MIN) return PADDED_BYTES_MIN;
  const exponent = Math.floor(Math.log2(length));
  const significant = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** (exponent - significant);
  return Math.ceil(length / unit) * unit;
}

/** True when some padded plaintext seals to exactly this length. */
export function isBodyLength(bodyLength: number): boolean {
  const rest = bodyLength % SEALED_CHUNK_BYTES;
  if (bodyLength > BODY_BYTES_MAX || (rest !== 0 && rest <= CHUNK_TAG_BYTES)) return false;
  const padded = paddedLength(bodyLength);
  return padded >= PADDED_BYTES_MIN && padmeLength(padded) === padded;
}

export function chunkCount(bodyLength: number): number {
  return Math.ceil(bodyLength / SEALED_CHUNK_BYTES);
}

/** Exact length of the padded plaintext: a plaintext is at least one byte shorter. */
export function paddedLength(bodyLength: number): number {
  return bodyLength - CHUNK_TAG_BYTES * chunkCount(bodyLength);
}

export function blockCount(bodyLength: number): number {
  return Math.ceil(bodyLength / BODY_BLOCK_BYTES_MAX);
}

/** Exact length of block `index`: all full but the last. */
export function blockLength(bodyLength: number, index: number): number {
  return Math.min(BODY_BLOCK_BYTES_MAX, bodyLength - index * BODY_BLOCK_BYTES_MAX);
}
