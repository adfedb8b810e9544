import { describe, expect, it } from 'vitest';
import { isProtocol, purposeOf, studyPurpose } from '#node/records';

describe('the purpose of a grant', () => {
  it('names a study and is read back', () => {
    const study = { protocol: 'PHR-2026-014', title: 'Night-time heart rate after 50' };
    expect(studyPurpose(study)).toBe('HRESCH PHR-2026-014 Night-time heart rate after 50');
    expect(purposeOf(studyPurpose(study))).toEqual({ code: 'HRESCH', study });
  });
  it('is read when there is a code alone, and is none when the code is unknown', () => {
    expect(purposeOf('TREAT')).toEqual({ code: 'TREAT', study: null });
    expect(purposeOf('HRESCH')).toEqual({ code: 'HRESCH', study: null });
    expect(purposeOf('HRESCH for science')).toEqual({ code: 'HRESCH', study: null });
    expect(purposeOf('TREAT PHR-2026-014 x')).toEqual({ code: 'TREAT', study: null });
    expect(purposeOf('curiosity')).toBeUndefined();
    expect(purposeOf('')).toBeUndefined();
  });
  it.each(['', 'AB', 'no digits', 'NODIGITS', `A${'1'.repeat(40)}`, '<b>1'])(
    'takes %j for no protocol',
    (text) => {
      expect(isProtocol(text)).toBe(false);
      expect(() => studyPurpose({ protocol: text, title: 'x' })).toThrow(RangeError);
    },
  );
});
