import { RecordsError } from './records-error.ts';

/** Nesting that is followed; FHIR resources stay below 20. */
export const JSON_DEPTH_MAX = 128;

/** Half-open byte range of one JSON value, without the white space around it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  while (isSpace(bytes[i])) i += 1;
  return i;
}

function endOfString(bytes: Uint8Array, at: number): number {
  for (let i = at + 1; i < bytes.length; i += 1) {
    if (bytes[i] === BACKSLASH) i += 1;
    else if (bytes[i] === QUOTE) return i + 1;
  }
  throw new RecordsError('not-json', { at });
}

/**
 * The span of the value that begins at or after `at`.
 *
 * The text must already have passed `JSON.parse`: this finds where values lie, it does not judge grammar.
 * @throws RecordsError `not-json` when the nesting passes `JSON_DEPTH_MAX` or the text ends too soon.
 */
export function spanOfValue(bytes: Uint8Array, at: number): Span {
  const start = skipSpace(bytes, at);
  let depth = 0;
  let i = start;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i);
      if (depth === 0) return { start, end: i };
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) throw new RecordsError('not-json', { at: i, depthMax: JSON_DEPTH_MAX });
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return { start, end: i };
      depth -= 1;
      if (depth === 0) return { start, end: i + 1 };
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) {
      return { start, end: i };
    }
    i += 1;
  }
  if (depth !== 0 || i === start) throw new RecordsError('not-json', { at: start });
  return { start, end: i };
}

/** Members of the object at `span`, names decoded, in order and with repetitions. */
export function* membersOf(bytes: Uint8Array, span: Span): Generator<{ name: string; value: Span }> {
  let i = skipSpace(bytes, span.start + 1);
  while (i < span.end && bytes[i] === QUOTE) {
    const nameEnd = endOfString(bytes, i);
    const name: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(i, nameEnd)));
    const value = spanOfValue(bytes, skipSpace(bytes, nameEnd) + 1);
    yield { name: String(name), value };
    i = skipSpace(bytes, value.end);
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
}

/** Elements of the array at `span`, in order. */
export function* elementsOf(bytes: Uint8Array, span: Span): Generator<Span> {
  let i = skipSpace(bytes, span.start + 1);
  while (i < span.end && bytes[i] !== CLOSE_ARRAY) {
    const element = spanOfValue(bytes, i);
    yield element;
    i = skipSpace(bytes, element.end);
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
}

/** The one member called `name`, or undefined. @throws RecordsError `ambiguous` when it occurs twice. */
export function memberOf(bytes: Uint8Array, span: Span, name: string): Span | undefined {
  let found: Span | undefined;
  for (const member of membersOf(bytes, span)) {
    if (member.name !== name) continue;
    if (found) throw new RecordsError('ambiguous', { at: member.value.start });
    found = member.value;
  }
  return found;
}
