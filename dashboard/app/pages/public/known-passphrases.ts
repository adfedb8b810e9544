import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/**
 * Guesses that it must take who tries the likeliest first, as a power of ten: what zxcvbn calls "very unguessable". The
 * account puts 19 MiB and two passes of Argon2id before each of them.
 */
const GUESSES_LOG10_MIN = 10;

/** The time that an estimate takes grows with the square of the length. */
const LOOKED_AT_LENGTH_MAX = 128;

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: LOOKED_AT_LENGTH_MAX });

/**
 * Whether a passphrase would be found soon by trying what people choose: the 49,233 commonest passwords of published
 * leaks, whole and as parts, in disguise and backwards, with runs of keys, repetitions, years and dates. This module
 * brings the list along, so that nobody is asked: load it only where a passphrase is chosen.
 *
 * @param context words that belong to the place or the person; they count as the first guesses
 */
export function isKnownPassphrase(passphrase: string, context: readonly string[] = []): boolean {
  const words = context
    .flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)])
    .filter(({ length }) => length > 2);
  const { guessesLog10 } = zxcvbn.check(passphrase.normalize('NFKC'), words);
  return guessesLog10 < GUESSES_LOG10_MIN;
}
