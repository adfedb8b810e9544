import { vitalSignOf } from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/** `value * factor + offset` gives the value in the unit to which it is converted. */
interface Conversion {
  readonly factor: number;
  readonly offset?: number;
}

/** A mole of glucose weighs 180.156 g: one mmol/L is 18.0156 mg/dL. */
const GLUCOSE_MG_PER_MMOL = 18.0156;

/** UCUM code to convert to, then from. Inch, pound and degree are exact by definition; pascal and glucose are rounded. */
const CONVERSIONS: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  Cel: {
    '[degF]': { factor: 5 / 9, offset: -160 / 9 },
    K: { factor: 1, offset: -273.15 },
  },
  'mm[Hg]': { kPa: { factor: 7.500_616_827 } },
  'mmol/L': { 'mg/dL': { factor: 1 / GLUCOSE_MG_PER_MMOL } },
  '/min': { Hz: { factor: 60 }, '/s': { factor: 60 }, '{beats}/min': { factor: 1 } },
  kg: {
    g: { factor: 0.001 },
    '[lb_av]': { factor: 0.453_592_37 },
    '[stone_av]': { factor: 6.350_293_18 },
  },
  cm: { m: { factor: 100 }, mm: { factor: 0.1 }, '[in_i]': { factor: 2.54 }, '[ft_i]': { factor: 30.48 } },
  '%': { '1': { factor: 100 } },
  '{steps}': { '1': { factor: 1 }, '{count}': { factor: 1 } },
};

/** Units as devices, files and people write them, as UCUM codes. Case counts first, since `Cel` and `cel` do not clash. */
const SPELLINGS: Readonly<Record<string, string>> = {
  bpm: '/min',
  'beats/min': '/min',
  'beats/minute': '/min',
  'breaths/min': '/min',
  'breaths/minute': '/min',
  'count/min': '/min',
  '1/min': '/min',
  hz: 'Hz',
  mmhg: 'mm[Hg]',
  kpa: 'kPa',
  c: 'Cel',
  '°c': 'Cel',
  degc: 'Cel',
  cel: 'Cel',
  celsius: 'Cel',
  f: '[degF]',
  '°f': '[degF]',
  degf: '[degF]',
  '[degf]': '[degF]',
  fahrenheit: '[degF]',
  lb: '[lb_av]',
  lbs: '[lb_av]',
  pound: '[lb_av]',
  st: '[stone_av]',
  in: '[in_i]',
  inch: '[in_i]',
  ft: '[ft_i]',
  percent: '%',
  'mg/dl': 'mg/dL',
  'mmol/l': 'mmol/L',
  'mmol<180.1558800000541>/l': 'mmol/L',
  count: '{steps}',
  steps: '{steps}',
  'kg/m^2': 'kg/m2',
  'kg/m²': 'kg/m2',
};

/** The UCUM code of a unit as it was written; what is not known stays as it is. */
export function ucumOf(written: string): string {
  const unit = written.trim();
  const known = unit.toLowerCase();
  return Object.hasOwn(SPELLINGS, known) ? (SPELLINGS[known] ?? unit) : unit;
}

/**
 * A value in another unit of the same quantity; undefined when this pair is not in the table.
 * @param from UCUM code @param to UCUM code
 */
export function convertUnit(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  const row = Object.hasOwn(CONVERSIONS, to) ? CONVERSIONS[to] : undefined;
  const conversion = row && Object.hasOwn(row, from) ? row[from] : undefined;
  if (!conversion) return undefined;
  // Twelve digits: what binary fractions add behind them is not a measurement.
  return Number((value * conversion.factor + (conversion.offset ?? 0)).toPrecision(12));
}

/** LOINC codes of the same quantity in another unit or by another way, to the one of our table. */
const SAME_QUANTITY: Readonly<Record<string, string>> = {
  '2339-0': '15074-8',
  '41950-7': '55423-8',
  '3141-9': '29463-7',
  '8331-1': '8310-5',
};

/** The sign of a LOINC code, other methods of the same quantity included. */
export const measuredSignOf = (code: string): VitalSign | undefined =>
  vitalSignOf(Object.hasOwn(SAME_QUANTITY, code) ? (SAME_QUANTITY[code] ?? code) : code);
