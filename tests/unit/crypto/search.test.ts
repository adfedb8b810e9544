import { describe, expect, it } from 'vitest';
import { keywordKey, laneIndexKey, normaliseKeyword, searchTag, toHex, writerKit } from '#crypto';
import { alice, bytesOf, compartmentOf, nativeBackend, watch } from './cast.ts';

const compartment = compartmentOf();
const lane = laneIndexKey(compartment.ix, watch.id);

describe('search tags', () => {
  it('are the same for the writer with her kit and for a reader with the index key', () => {
    const kit = writerKit(nativeBackend, compartment, watch.id, 0);
    expect(searchTag(keywordKey(kit.ixLane, 'Glucose'), 5)).toEqual(
      searchTag(keywordKey(lane, 'glucose'), 5),
    );
  });

  it('differ for every counter, keyword, lane, period and patient', () => {
    const keys = [
      keywordKey(lane, 'glucose'),
      keywordKey(lane, 'insulin'),
      keywordKey(laneIndexKey(compartment.ix, alice.id), 'glucose'),
      keywordKey(laneIndexKey(compartmentOf({ period: '2026-10' }).ix, watch.id), 'glucose'),
      keywordKey(laneIndexKey(compartmentOf({}, bytesOf('other patient')).ix, watch.id), 'glucose'),
    ];
    const tags = keys.flatMap((key) => [0, 1, 2, 2 ** 32, 2 ** 40].map((n) => toHex(searchTag(key, n))));
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags[0]).toHaveLength(32);
  });

  it('hide the keyword: a dictionary finds it with the leaked index key and never without', () => {
    const dictionary = ['hiv', 'glucose', 'pregnancy', 'loinc:4548-4'];
    const published = [0, 1].map((n) => toHex(searchTag(keywordKey(lane, 'hiv'), n)));
    const guesses = (laneKey: Uint8Array) =>
      dictionary.filter((word) => published.includes(toHex(searchTag(keywordKey(laneKey, word), 0))));
    // What others hold: the writer's public id, another lane's key, another period's index key, the compartment's A.
    const outside = [
      watch.id,
      compartment.A,
      compartment.kappa,
      laneIndexKey(compartment.ix, alice.id),
      laneIndexKey(compartmentOf({ period: '2026-10' }).ix, watch.id),
      laneIndexKey(compartment.A, watch.id),
      laneIndexKey(compartment.kappa, watch.id),
    ];
    expect(outside.flatMap(guesses)).toEqual([]);
    expect(guesses(laneIndexKey(compartment.ix, watch.id))).toEqual(['hiv']);
  });
});

describe('keyword normalisation', () => {
  it('gives both sides one form', () => {
    const pairs: [string, string][] = [
      ['  Hemoglobin\tA1c ', 'hemoglobin a1c'],
      ['LOINC:4548-4', 'loinc:4548-4'],
      ['http://loinc.org|4548-4', 'loinc:4548-4'],
      ['urn:oid:2.16.840.1.113883.6.1|4548-4', 'loinc:4548-4'],
      ['http://snomed.info/sct|44054006', 'snomed:44054006'],
      ['SCT:44054006', 'snomed:44054006'],
      ['ﬁbrosis', 'fibrosis'],
      ['Ａ１ｃ', 'a1c'],
      ['caf\u0065\u0301', 'café'],
      ['zero\u200bwidth', 'zerowidth'],
      ['*', '*'],
      ['8867-4>=100', '8867-4>=100'],
    ];
    for (const [text, keyword] of pairs) expect(normaliseKeyword(text)).toBe(keyword);
  });
  it('refuses what is empty or too long', () => {
    for (const wrong of ['', ' \n', '\u200b', 'x'.repeat(257), 'é'.repeat(129), 'x'.repeat(1e6)]) {
      expect(() => normaliseKeyword(wrong)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
    }
    expect(normaliseKeyword('x'.repeat(256))).toHaveLength(256);
  });
});
