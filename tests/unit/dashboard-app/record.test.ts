import { describe as group, expect, it } from 'vitest';
import {
  clinicalTimeOf,
  describe,
  loincOf,
  samplesIn,
} from '../../../dashboard/app/worker/record/describe.ts';
import { parseJson } from '../../../dashboard/app/worker/record/json.ts';
import { attachmentIn, shownText } from '../../../dashboard/app/worker/record/shown.ts';
import { recentMonths } from '../../../dashboard/app/worker/record/chart.ts';

const observation = (more: object) => ({ resourceType: 'Observation', ...more });
const coded = (code: string, display: string) => ({
  coding: [{ system: 'http://loinc.org', code, display }],
});

group('what a list says of a record', () => {
  it('is its own words: text before display, value with unit', () => {
    const weight = observation({
      code: coded('29463-7', 'Body weight'),
      valueQuantity: { value: 70.5, unit: 'kg' },
      effectiveDateTime: '2026-10-03T08:00:00+02:00',
    });
    expect(describe(weight)).toEqual({
      type: 'Observation',
      title: 'Body weight',
      value: '70.5 kg',
      timeMs: Date.UTC(2026, 9, 3, 6),
    });
    expect(loincOf(weight)).toBe('29463-7');
  });

  it('joins both pressures', () => {
    const part = (value: number) => ({ valueQuantity: { value, unit: 'mmHg' } });
    expect(describe(observation({ component: [part(128), part(82)] })).value).toBe('128/82 mmHg');
  });

  it('counts samples, gaps not among them', () => {
    const row = { valueSampledData: { data: '60 E 61  62' } };
    expect(samplesIn(observation(row))).toBe(3);
    expect(samplesIn(observation({ component: [row, row] }))).toBe(3);
    expect(samplesIn(observation({}))).toBe(0);
  });

  it('never takes the narrative, and takes what has the wrong shape for nothing', () => {
    const hostile = {
      resourceType: 'Condition',
      text: { div: '<div>Diabetes</div>' },
      code: 'no concept',
      name: 7,
      valueQuantity: { value: '70' },
      onsetDateTime: 'yesterday',
    };
    expect(describe(hostile)).toEqual({ type: 'Condition', title: '', value: '', timeMs: null });
    expect(describe({ resourceType: ['Patient'], name: [null] })).toMatchObject({ type: '', title: '' });
    expect(clinicalTimeOf({ period: [{ start: '2020-01-01' }] })).toBe(Date.UTC(2020, 0, 1));
  });

  it('is nothing for bytes that are no JSON object', () => {
    for (const text of ['', '[]', 'null', '{"a":', '\u0000'])
      expect(parseJson(new TextEncoder().encode(text))).toBeUndefined();
    expect(parseJson(new Uint8Array([0xff, 0x7b, 0x7d]))).toBeUndefined();
  });
});

group('months that are looked through', () => {
  it('end with the one that has already begun somewhere, and hold what has none', () => {
    const newYear = Date.UTC(2025, 11, 31, 22);
    expect(recentMonths(2, newYear)).toEqual(['2025-11', '2025-12', '2026-01', 'all']);
    expect(recentMonths(1, Date.UTC(2026, 5, 15))).toEqual(['2026-06', 'all']);
    expect(recentMonths(12, Date.UTC(2026, 5, 15))).toHaveLength(13);
  });
});

group('what of a record is shown', () => {
  it('is never its narrative, however deep', () => {
    const div = '<div><script>alert(1)</script></div>';
    const text = shownText({
      resourceType: 'Bundle',
      text: { div },
      entry: [{ resource: { text: { div } } }],
    });
    expect(text).not.toContain('script');
    expect(text).toContain('Bundle');
    expect(shownText({ data: 'A'.repeat(5000) }).length).toBeLessThan(100);
  });

  it.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml', '', 'application/javascript'])(
    'is no file of the type %j',
    (type) => expect(attachmentIn(type, btoa('x'), '')).toBeNull(),
  );

  it('is a file of a type of ours, without what the record adds to it', () => {
    expect(attachmentIn('Text/Plain; charset=utf-7', btoa('hello'), 'Note')).toEqual({
      mediaType: 'text/plain',
      title: 'Note',
      bytes: new TextEncoder().encode('hello'),
    });
    expect(attachmentIn('image/png', '%%%', '')).toBeNull();
    expect(attachmentIn(undefined, '', '')).toBeNull();
  });
});
