import { fromHex } from '#crypto';
import { monthsBetween, PERIOD_ALL } from '#node/records';
import { textOption, UsageError } from './command.ts';
import type { OptionValues } from './command.ts';

/** Years back when nobody says from when. */
export const YEARS_DEFAULT = 10;

/** 32 bytes that an option names as hex. @throws UsageError */
export function idOption(values: OptionValues, name: string): Uint8Array | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UsageError(`--${name} takes 64 hex digits`);
  return fromHex(text);
}

/** The months of `--from` and `--to`, and what has none. @throws UsageError */
export function monthsOf(values: OptionValues, nowMs: number): string[] {
  const to = textOption(values, 'to') ?? new Date(nowMs).toISOString().slice(0, 7);
  const from = textOption(values, 'from') ?? `${Number(to.slice(0, 4)) - YEARS_DEFAULT}${to.slice(4)}`;
  try {
    return [...monthsBetween(from, to), PERIOD_ALL];
  } catch {
    throw new UsageError('--from and --to take months as YYYY-MM, in order, a hundred years at most');
  }
}
