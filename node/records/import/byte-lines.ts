import type { ByteSource } from './import-item.ts';
import type { Reading } from './sort-out.ts';

const NEWLINE = 0x0a;

/** One line without its end; `bytes` is null when it was longer than the limit, and was not kept. */
export interface ByteLine {
  readonly line: number;
  readonly bytes: Uint8Array | null;
}

/** Lines of a source, in bounded memory. Ends are LF or CRLF; a byte order mark is taken off. */
export async function* linesOf(
  source: ByteSource,
  reading: Reading,
  bytesMax: number,
): AsyncGenerator<ByteLine> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let line = 1;
  const finish = (): ByteLine => {
    const done: ByteLine = { line, bytes: held > bytesMax ? null : join(parts, line === 1) };
    parts = [];
    held = 0;
    line += 1;
    return done;
  };
  for await (const chunk of source) {
    reading.bytesRead += chunk.length;
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      held += at - from;
      if (held <= bytesMax) parts.push(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    held += chunk.length - from;
    // What is over the limit is counted, not kept.
    if (held > bytesMax) parts = [];
    else if (from < chunk.length) parts.push(chunk.slice(from));
  }
  if (held > 0) yield finish();
}

function join(parts: readonly Uint8Array[], isFirst: boolean): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const marked = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.subarray(marked ? 3 : 0, bytes.at(-1) === 0x0d ? -1 : undefined);
}
