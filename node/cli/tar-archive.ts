const BLOCK_BYTES = 512;
/** Eleven octal digits. */
export const TAR_FILE_BYTES_MAX = 8 ** 11 - 1;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/**
 * The header of a file in a tar archive (POSIX ustar): 512 bytes. The file's bytes follow, and `tarPadding` of them.
 * @param path ASCII, at most 100 characters
 */
export function tarHeader({
  path,
  size,
  timeMs,
}: {
  path: string;
  size: number;
  timeMs: number;
}): Uint8Array {
  if (path.length > 100 || size > TAR_FILE_BYTES_MAX) throw new RangeError('too long for a tar archive');
  const header = new Uint8Array(BLOCK_BYTES);
  const write = (text: string, at: number): void => header.set(utf8(text), at);
  write(path, 0);
  write(octal(0o600, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(size, 11), 124);
  write(octal(Math.floor(timeMs / 1000), 11), 136);
  write(' '.repeat(8), 148);
  write('0', 156);
  write('ustar\u000000', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  write(`${octal(sum, 6)} `, 148);
  return header;
}

/** Zeros up to the next block. */
export const tarPadding = (size: number): Uint8Array =>
  new Uint8Array((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);

/** Two empty blocks end an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);
