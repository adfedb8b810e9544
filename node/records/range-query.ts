import { isInRange, rangeKeywordsOf } from './numeric-buckets.ts';
import { measuredSignOf } from './units.ts';

/** Why a text that was meant as a range is none. */
export type RangeFault = 'range-form' | 'range-code' | 'range-number' | 'range-reversed';

/**
 * Begins like a range: a code and an operator, an operator alone or before a number, or two numbers with dots between.
 * `<name>` is a word in angle brackets.
 */
const MEANT =
  /^(?:(?:loinc:|http:\/\/loinc\.org\|)?\d{1,7}-\d\s*(?:[<>=]|\.\.)|[<>=]{1,2}(?:$|-?\d)|-?\d+(?:\.\d+)?\.\.-?\d)/i;
const PARTS = /^(?:loinc:|http:\/\/loinc\.org\|)?(\d{1,7}-\d)(>=|<=|>|<|=)(.*)$/i;
const NUMBER = /^-?\d{1,6}(?:\.\d{1,4})?$/;

const partsOf = (query: string): string[] => query.trim().split(/\s+/u);

/**
 * What is wrong with the first part of a query that was meant as a range and is none, which would otherwise be searched
 * for as words and find nothing; undefined when all is well. White space ends a part: `8867-4 >= 100` is three.
 */
export function rangeFaultOf(query: string): RangeFault | undefined {
  for (const part of partsOf(query)) {
    if (!MEANT.test(part) || rangeKeywordsOf(part)) continue;
    const [, code = '', operator = '', bounds = ''] = PARTS.exec(part) ?? [];
    if (operator === '') return 'range-form';
    if (!measuredSignOf(code)) return 'range-code';
    const numbers = bounds.split('..');
    if (!numbers.every((text) => NUMBER.test(text))) return 'range-number';
    return numbers.length === 2 && operator === '=' ? 'range-reversed' : 'range-form';
  }
  return undefined;
}

/**
 * Whether an opened resource is in every range of a query; true when it has none. A search over buckets may find what
 * lies beside a range: whoever opens the hits leaves out with this what is not in it.
 * @param query as it was searched for; several texts are one query
 */
export function isInRangesOf(query: string | readonly string[], resource: unknown): boolean {
  return [query]
    .flat()
    .flatMap(partsOf)
    .filter((part) => rangeKeywordsOf(part) !== undefined)
    .every((part) => isInRange(part, resource));
}
