import type { Problem } from '../../design/index.ts';
import { signName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';

/** What a person can type in: LOINC code, unit as people write it, and what a body can have. */
export const MEASURES = [
  { code: '85354-9', unit: 'mmHg', low: 20, high: 300 },
  { code: '8867-4', unit: '/min', low: 20, high: 300 },
  { code: '8310-5', unit: '°C', low: 25, high: 45 },
  { code: '2708-6', unit: '%', low: 30, high: 100 },
  { code: '9279-1', unit: '/min', low: 2, high: 100 },
  { code: '29463-7', unit: 'kg', low: 0.2, high: 640 },
  { code: '8302-2', unit: 'cm', low: 20, high: 272 },
  { code: '15074-8', unit: 'mmol/L', low: 0.5, high: 80 },
] as const;
export type MeasureCode = (typeof MEASURES)[number]['code'];

export interface ReadingForm {
  code: MeasureCode;
  value: string;
  /** Diastolic. */
  second: string;
  /** `2026-11-22T10:30`, where the person is. */
  when: string;
}

/** A number as it is typed: with a point or a comma, Latin or Arabic-Indic digits. */
export function typedNumber(text: string): number {
  const latin = text
    .trim()
    .replaceAll(/[٠-٩]/g, (digit) => String('٠١٢٣٤٥٦٧٨٩'.indexOf(digit)))
    .replace(/[,٫]/, '.');
  return /^\d{1,6}(\.\d{1,4})?$/.test(latin) ? Number(latin) : Number.NaN;
}

export function checkReading(form: ReadingForm, nowMs: number): Problem[] {
  const measure = MEASURES.find(({ code }) => code === form.code) ?? MEASURES[0];
  const isPressure = form.code === '85354-9';
  const { low, high, unit } = measure;
  const wrong = (field: string, text: string, code: string): Problem[] => {
    const value = typedNumber(text);
    const facts = { sign: signName(code), low, high, unit };
    if (Number.isNaN(value)) return [{ field, text: t('patient.reading.wrong.value', facts) }];
    return value < low || value > high ? [{ field, text: t('patient.reading.wrong.range', facts) }] : [];
  };
  const timeMs = new Date(form.when).getTime();
  return [
    ...wrong('value', form.value, isPressure ? '8480-6' : measure.code),
    ...(isPressure ? wrong('second', form.second, '8462-4') : []),
    ...(Number.isNaN(timeMs) || timeMs > nowMs + 60_000
      ? [{ field: 'when', text: t('patient.reading.wrong.when') }]
      : []),
  ];
}

/** A moment of a `datetime-local` box with the zone of this browser: `2026-11-22T10:30:00+01:00`. */
export function withZone(local: string): string {
  const offset = -new Date(local).getTimezoneOffset();
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  return `${local}${local.length === 16 ? ':00' : ''}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
}

/** Now, as a `datetime-local` box takes it. */
export function localNow(nowMs: number): string {
  return new Date(nowMs - new Date(nowMs).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
