import { randomBytes } from 'node:crypto';

/**
 * Canaries: words that occur in a person's data, keywords and passphrase and must never be seen by a node. All words
 * of one run begin with the same random stem, so that one search for the stem finds every one of them, cut off or not.
 */
export interface Canaries {
  /** Random lowercase letters and digits: normalising a keyword leaves it as it is. */
  stem: string;
  /** The word planted at a place, e.g. `record`. */
  word(place: string): string;
}

/** Long, because a search skips ahead by the length of what it looks for. */
const STEM_BYTES = 16;

export function drawCanaries(label: string): Canaries {
  const stem = `${label}${randomBytes(STEM_BYTES).toString('hex')}`;
  return { stem, word: (place) => `${stem}${place}` };
}

/** One byte sequence to look for, and the encoding it is of. */
export interface Needle {
  encoding: string;
  bytes: Buffer;
}

/**
 * The stem in every encoding that software writes without being asked: UTF-8 (and Latin-1), UTF-16 (little-endian as
 * in memory, big-endian), hex of both cases, base64 and base64url at the three alignments that a word can have in
 * a longer text.
 */
export function needlesOf(stem: string): Needle[] {
  const utf8 = Buffer.from(stem, 'utf8');
  const little = Buffer.from(stem, 'utf16le');
  const hex = utf8.toString('hex');
  const found: Needle[] = [
    { encoding: 'utf-8', bytes: utf8 },
    { encoding: 'utf-16le', bytes: little },
    { encoding: 'utf-16be', bytes: Buffer.from(little).swap16() },
    { encoding: 'hex', bytes: Buffer.from(hex, 'latin1') },
    { encoding: 'hex upper', bytes: Buffer.from(hex.toUpperCase(), 'latin1') },
  ];
  for (const alignment of [0, 1, 2]) {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const text = alignedBase64(utf8, alignment, alphabet);
      const bytes = Buffer.from(text, 'latin1');
      if (!found.some((needle) => needle.bytes.equals(bytes))) {
        found.push({ encoding: `${alphabet}+${alignment}`, bytes });
      }
    }
  }
  return found;
}

/** A word as it stands in text and in the strings of a running program, without the encodings of a transport. */
export function plainNeedlesOf(word: string): Needle[] {
  return [
    { encoding: 'utf-8', bytes: Buffer.from(word, 'utf8') },
    { encoding: 'utf-16le', bytes: Buffer.from(word, 'utf16le') },
  ];
}

/** The characters that depend on the word alone when `alignment` bytes stand before it and anything after it. */
function alignedBase64(word: Buffer, alignment: number, alphabet: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(alignment), word])
    .toString(alphabet)
    .replaceAll('=', '');
  const first = Math.ceil((alignment * 8) / 6);
  const last = Math.floor(((alignment + word.length) * 8) / 6);
  return text.slice(first, last);
}

export interface Hit {
  /** Where: a file, or a process and address. */
  place: string;
  encoding: string;
  offset: number;
  /** What stands there, made printable. */
  excerpt: string;
}

export const HITS_PER_PLACE_MAX = 16;
const EXCERPT_BYTES = 48;

/** Every needle in one stretch of bytes. */
export function findNeedles(bytes: Buffer, needles: readonly Needle[], place: string, base: number): Hit[] {
  const hits: Hit[] = [];
  for (const needle of needles) {
    let at = bytes.indexOf(needle.bytes);
    while (at !== -1 && hits.length < HITS_PER_PLACE_MAX) {
      const excerpt = bytes
        .subarray(at, at + Math.max(EXCERPT_BYTES, needle.bytes.length + 16))
        .toString('latin1')
        .replaceAll(/[^\x20-\x7e]/g, '.');
      hits.push({ place, encoding: needle.encoding, offset: base + at, excerpt });
      at = bytes.indexOf(needle.bytes, at + needle.bytes.length);
    }
  }
  return hits;
}

/** How many bytes two neighbouring windows must share, so that no needle is lost between them. */
export function overlapOf(needles: readonly Needle[]): number {
  return Math.max(...needles.map((needle) => needle.bytes.length)) - 1;
}
