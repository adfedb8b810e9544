import { normaliseKeyword } from '#crypto';
import { rangeKeywordsOf } from './numeric-buckets.ts';

export const WORD_LENGTH_MAX = 64;

/**
 * A word: letters with their marks, and digits. Marks and joiners belong to the word, or Hindi and Arabic fall
 * apart in the middle. Scripts that write without spaces (Chinese, Thai) stay one run each: dictionaries differ
 * between engines, and both sides must cut alike.
 */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]*/gu;

/** Words that stand in half of all displays and tell nothing. */
const SILENT = new Set(
  'and by for from in is of on or the to with per der die das den dem des ein eine und oder mit von vom im am bei'.split(
    ' ',
  ),
);

/** Full case folding as far as the engine has it: upper then lower, so that `Größe` and `GRÖSSE` meet. */
const fold = (word: string): string => normaliseKeyword(word.toUpperCase().toLowerCase());

/**
 * The searchable words of a text, once each, in order: at least two characters, one of them a letter.
 * The same cut and fold serve whoever writes and whoever searches.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const [match] of text.normalize('NFKC').matchAll(WORD)) {
    if (match.length > WORD_LENGTH_MAX || !/\p{L}/u.test(match)) continue;
    const word = fold(match);
    if (word.length >= 2 && !SILENT.has(word)) words.add(word);
  }
  return [...words];
}

const LABELLED = /^([a-z][a-z0-9-]{0,31}:\S+|https?:\/\/\S+\|\S+)$/i;

/**
 * What a person typed, as keywords that all must match: `*`, `label:value` and `system|code` as they are, everything
 * else word by word. Empty when nothing in it can be searched.
 */
export function searchKeywordsOf(query: string): string[] {
  const keywords = new Set<string>();
  for (const part of query.trim().split(/\s+/u)) {
    if (part === '') continue;
    if (part === '*' || LABELLED.test(part)) keywords.add(normaliseKeyword(part));
    else for (const word of wordsOf(part)) keywords.add(word);
  }
  return [...keywords];
}

/**
 * What a person typed, as terms that all must match, each a list of keywords of which one is enough: a range such as
 * `8867-4>=100` is the buckets that it consists of, everything else a single keyword.
 */
export function searchTermsOf(query: string): string[][] {
  return query
    .trim()
    .split(/\s+/u)
    .flatMap((part) => {
      const range = rangeKeywordsOf(part);
      return range ? [range] : searchKeywordsOf(part).map((keyword) => [keyword]);
    });
}
