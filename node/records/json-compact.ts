const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The same JSON without the white space between its tokens: one line, number forms and escapes untouched, so that
 * "1.50" stays "1.50". The text must already have passed `JSON.parse`.
 */
export function compactJson(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const compact = new Uint8Array(bytes.length);
  let length = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (isText) {
      compact[length] = byte;
      length += 1;
      if (byte === BACKSLASH) {
        i += 1;
        compact[length] = bytes[i] ?? 0;
        length += 1;
      } else if (byte === QUOTE) isText = false;
    } else if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
      compact[length] = byte;
      length += 1;
      isText = byte === QUOTE;
    }
  }
  return compact.slice(0, length);
}
