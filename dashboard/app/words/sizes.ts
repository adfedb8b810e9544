import { numberText } from './dates.ts';

const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** Bytes in a unit that people know, such as `12.5 MB`; units of a thousand. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${numberText(value, unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}
