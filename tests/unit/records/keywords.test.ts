import { normaliseKeyword } from '#crypto';
import { describe, expect, it } from 'vitest';
import {
  categoryOf,
  clinicalMonthOf,
  flagsOf,
  keywordsOf,
  KEYWORDS_MAX,
  searchKeywordsOf,
  wordsOf,
} from '#node/records';
import { BUNDLES, entriesOf } from './synthea.ts';

const LOINC = 'http://loinc.org';
const context = { category: 'vital-signs', month: '2026-11' };
const observation = (extra: object): object => ({
  resourceType: 'Observation',
  code: { coding: [{ system: LOINC, code: '8867-4', display: 'Heart rate' }] },
  ...extra,
});

describe('keywordsOf', () => {
  it.each(BUNDLES)(
    'gives every entry of $name its listing keyword, at most 64, normalised, none twice',
    ({ url }) => {
      for (const { resource } of entriesOf(url)) {
        const found = keywordsOf(resource, {
          category: categoryOf(resource),
          month: clinicalMonthOf(resource),
        });
        expect(found[0]).toBe('*');
        expect(found).toContain(`type:${resource.resourceType.toLowerCase()}`);
        expect(found.length).toBeLessThanOrEqual(KEYWORDS_MAX);
        expect(new Set(found).size).toBe(found.length);
        for (const keyword of found) expect(normaliseKeyword(keyword)).toBe(keyword);
      }
    },
  );

  it('finds a real reading by code, words, category, month and author', () => {
    const reading = entriesOf(BUNDLES[0].url).find(({ resource }) =>
      JSON.stringify(resource).includes('"8302-2"'),
    );
    const found = keywordsOf(reading?.resource, {
      category: 'vital-signs',
      month: '2010-01',
      author: 'ab12',
    });
    expect(found).toEqual(
      expect.arrayContaining([
        'loinc:8302-2',
        'body',
        'height',
        'category:vital-signs',
        'month:2010-01',
        'author:ab12',
      ]),
    );
  });

  it('finds a real immunisation and a real prescription by their own code systems', () => {
    const kinds = [
      ['Immunization', /^cvx:\d+$/, 35],
      ['MedicationRequest', /^rxnorm:\d+$/, 4],
      ['Procedure', /^snomed:\d+$/, 10],
    ] as const;
    for (const [type, code, count] of kinds) {
      const all = entriesOf(BUNDLES[1].url).filter(({ resource }) => resource.resourceType === type);
      const found = all.map(({ resource }) => keywordsOf(resource, context));
      expect(found.filter((keywords) => keywords.some((keyword) => code.test(keyword)))).toHaveLength(count);
    }
  });

  it('says nothing of names, addresses, identifiers and billing', () => {
    const [patient] = entriesOf(BUNDLES[0].url);
    expect(keywordsOf(patient?.resource, { category: 'demographics', month: 'all' })).toEqual([
      '*',
      'category:demographics',
      'month:all',
      'type:patient',
    ]);
    const claims = entriesOf(BUNDLES[0].url).filter(
      ({ resource }) => resource.resourceType === 'ExplanationOfBenefit',
    );
    for (const { resource } of claims) {
      expect(keywordsOf(resource, context).join(' ')).not.toMatch(/bluebutton|adjudication|allowed/);
    }
  });

  it('finds both parts of a blood pressure', () => {
    const component = [
      { code: { coding: [{ system: LOINC, code: '8480-6', display: 'Systolic Blood Pressure' }] } },
      { code: { coding: [{ system: LOINC, code: '8462-4', display: 'Diastolic Blood Pressure' }] } },
    ];
    const found = keywordsOf({ resourceType: 'Observation', component }, context);
    expect(found).toEqual(expect.arrayContaining(['loinc:8480-6', 'loinc:8462-4', 'systolic', 'diastolic']));
  });

  it('finds German display words, umlauts and sharp s in any spelling of case', () => {
    const code = { coding: [{ system: LOINC, code: '8302-2', display: 'Körpergröße im Stehen' }] };
    const found = keywordsOf({ resourceType: 'Observation', code }, context);
    expect(found).toContain('stehen');
    expect(found).not.toContain('im');
    for (const typed of ['Körpergröße', 'KÖRPERGRÖSSE', 'körpergrösse', 'Ko\u0308rpergro\u0308ße']) {
      expect(found).toEqual(expect.arrayContaining(searchKeywordsOf(typed)));
      expect(searchKeywordsOf(typed)).toHaveLength(1);
    }
  });

  it('finds Hindi words whole, vowel signs and conjuncts included, with and without joiners', () => {
    const code = {
      coding: [{ system: LOINC, code: '8867-4', display: 'हृदय गति' }],
      text: 'रक्तचाप (सिस्टोलिक)',
    };
    const found = keywordsOf({ resourceType: 'Observation', code }, context);
    expect(found).toEqual(expect.arrayContaining(['हृदय', 'गति', 'रक्तचाप', 'सिस्टोलिक']));
    expect(searchKeywordsOf('रक्\u200dतचाप')).toEqual(['रक्तचाप']);
  });

  it('takes translations of a display', () => {
    const translation = {
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/translation',
          extension: [
            { url: 'lang', valueCode: 'de' },
            { url: 'content', valueString: 'Herzfrequenz' },
          ],
        },
      ],
    };
    const coding = { system: LOINC, code: '8867-4', display: 'Heart rate', _display: translation };
    expect(keywordsOf({ resourceType: 'Observation', code: { coding: [coding] } }, context)).toContain(
      'herzfrequenz',
    );
  });

  it('cuts words first when there are too many, never codes or the listing keyword', () => {
    const coding = Array.from({ length: 30 }, (_, i) => ({
      system: LOINC,
      code: `${i}-0`,
      display: `eins${i} zwei${i} drei${i}`,
    }));
    const found = keywordsOf({ resourceType: 'Observation', code: { coding } }, context);
    expect(found).toHaveLength(KEYWORDS_MAX);
    expect(found[0]).toBe('*');
    for (let i = 0; i < 30; i += 1) expect(found).toContain(`loinc:${i}-0`);
  });

  it('survives anything that is no resource', () => {
    for (const value of [
      undefined,
      null,
      1,
      'x',
      [[[]]],
      { code: { coding: 'x' } },
      { code: { coding: [null, 3] } },
    ]) {
      expect(keywordsOf(value, context)).toEqual(['*', 'category:vital-signs', 'month:2026-11']);
    }
  });
});

describe('flagsOf', () => {
  const quantity = (value: number, code = '/min') => ({
    valueQuantity: { value, system: 'http://unitsofmeasure.org', code },
  });

  it.each([
    [49, ['abnormal', 'low']],
    [50, []],
    [100, []],
    [101, ['abnormal', 'high']],
  ])('judges a heart rate of %i by the adult table', (value, flags) => {
    expect(flagsOf(observation(quantity(value)))).toEqual(flags);
  });

  it('is silent when the unit is another one', () => {
    expect(flagsOf(observation(quantity(300, '/h')))).toEqual([]);
  });

  it('judges a temperature in Fahrenheit as the same one in Celsius', () => {
    const code = { coding: [{ system: LOINC, code: '8310-5' }] };
    const warm = (value: number) => ({ resourceType: 'Observation', code, ...quantity(value, '[degF]') });
    expect(flagsOf(warm(103))).toEqual(['abnormal', 'high']);
    expect(flagsOf(warm(98.6))).toEqual([]);
  });

  it('prefers the reference range, and the interpretation to both', () => {
    const referenceRange = [{ low: { value: 40 }, high: { value: 120 } }];
    expect(flagsOf(observation({ ...quantity(110), referenceRange }))).toEqual([]);
    const interpretation = [{ coding: [{ code: 'N' }] }];
    expect(flagsOf(observation({ ...quantity(180), interpretation }))).toEqual([]);
    expect(flagsOf(observation({ ...quantity(80), interpretation: [{ coding: [{ code: 'HH' }] }] }))).toEqual(
      ['abnormal', 'high'],
    );
  });

  it('does not choose among several ranges, and reads none in another unit', () => {
    const two = [{ high: { value: 90 } }, { high: { value: 95 } }];
    expect(flagsOf(observation({ ...quantity(99), referenceRange: two }))).toEqual([]);
    const other = [{ high: { value: 1, code: 'Hz' } }];
    expect(flagsOf(observation({ ...quantity(99), referenceRange: other }))).toEqual([]);
  });

  it('becomes a keyword', () => {
    expect(keywordsOf(observation(quantity(140)), context)).toEqual(
      expect.arrayContaining(['flag:abnormal', 'flag:high']),
    );
  });
});

describe('searchKeywordsOf', () => {
  it('leaves labelled keywords whole and cuts the rest into words', () => {
    expect(searchKeywordsOf('loinc:8867-4  Heart rate, *')).toEqual(['loinc:8867-4', 'heart', 'rate', '*']);
  });
  it('writes a FHIR token as the writer did', () => {
    expect(searchKeywordsOf('http://loinc.org|8867-4')).toEqual(['loinc:8867-4']);
  });
  it('gives nothing for nothing', () => {
    expect(searchKeywordsOf(' ... 12 a of ')).toEqual([]);
  });
  it.each(BUNDLES)('finds again what was extracted from $name', ({ url }) => {
    for (const { resource } of entriesOf(url).slice(0, 60)) {
      for (const keyword of keywordsOf(resource, context))
        expect(searchKeywordsOf(keyword)).toEqual([keyword]);
    }
  });
});

describe('wordsOf', () => {
  it('keeps digits inside words and drops bare numbers, single letters and endless runs', () => {
    expect(wordsOf(`SARS-CoV-2 IgG 0.4 ML x B12 ${'a'.repeat(65)}`)).toEqual([
      'sars',
      'cov',
      'igg',
      'ml',
      'b12',
    ]);
  });
});
