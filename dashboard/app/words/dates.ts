import { language, t } from './translate.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Parts {
  day: string;
  month: string;
  year: string;
  clock: string;
  seconds: string;
  zone: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(tag: string, timeZone: string | undefined): Intl.DateTimeFormat {
  const key = `${tag} ${timeZone ?? ''}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: tag === 'en-GB' ? 'numeric' : 'long',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  formats.set(key, format);
  return format;
}

function partsOf(timeMs: number, timeZone: string | undefined): Parts {
  const tag = language.value === 'ar' ? 'ar-u-nu-latn-ca-gregory' : 'en-GB';
  const found = new Map(
    formatOf(tag, timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => found.get(type) ?? '';
  const month = tag === 'en-GB' ? (MONTHS[Number(part('month')) - 1] ?? '') : part('month');
  return {
    day: part('day').padStart(2, '0'),
    month,
    year: part('year'),
    clock: `${part('hour')}:${part('minute')}`,
    seconds: part('second'),
    zone: part('timeZoneName'),
  };
}

/** `22-Nov-2026`: the month in letters, so that nobody takes it for the day. */
export function dateText(timeMs: number, timeZone?: string): string {
  const { day, month, year } = partsOf(timeMs, timeZone);
  return `${day}-${month}-${year}`;
}

const weekdays = new Map<string, Intl.DateTimeFormat>();

/** `Sun 22-Nov-2026`: for the heads of a list of days. */
export function dayText(timeMs: number, timeZone?: string): string {
  const tag = language.value === 'ar' ? 'ar' : 'en-GB';
  const key = `${tag} ${timeZone ?? ''}`;
  const format =
    weekdays.get(key) ??
    new Intl.DateTimeFormat(tag, {
      weekday: tag === 'ar' ? 'long' : 'short',
      ...(timeZone === undefined ? {} : { timeZone }),
    });
  weekdays.set(key, format);
  return `${format.format(timeMs)} ${dateText(timeMs, timeZone)}`;
}

/** `22-Nov-2026 13:05 UTC`: 24 hours, with the zone. */
export function minuteText(timeMs: number, timeZone?: string): string {
  const { clock, zone } = partsOf(timeMs, timeZone);
  return `${dateText(timeMs, timeZone)} ${clock} ${zone}`;
}

/** `22-Nov-2026 13:05:07 UTC`. */
export function timeText(timeMs: number, timeZone?: string): string {
  const { clock, seconds, zone } = partsOf(timeMs, timeZone);
  return `${dateText(timeMs, timeZone)} ${clock}:${seconds} ${zone}`;
}

/** `13:05:07`, for a table whose dates are in the tooltip. */
export function clockText(timeMs: number, timeZone?: string): string {
  const { clock, seconds } = partsOf(timeMs, timeZone);
  return `${clock}:${seconds}`;
}

const numbers = new Map<string, Intl.NumberFormat>();

/** A number as it is read: grouped, with at most `digits` after the point. */
export function numberText(value: number, digits = 2): string {
  const tag = language.value === 'ar' ? 'ar-u-nu-latn' : 'en-GB';
  const key = `${tag} ${digits}`;
  const format = numbers.get(key) ?? new Intl.NumberFormat(tag, { maximumFractionDigits: digits });
  numbers.set(key, format);
  return format.format(value);
}

/** How long ago, coarse: nobody reads seconds of an hour. */
export function agoText(elapsedMs: number): string {
  const seconds = Math.max(0, Math.round(elapsedMs / 1000));
  if (seconds < 2) return t('design.ago.now');
  if (seconds < 60) return t('design.ago.seconds', { count: seconds });
  if (seconds < 3600) return t('design.ago.minutes', { count: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t('design.ago.hours', { count: Math.floor(seconds / 3600) });
  return t('design.ago.days', { count: Math.floor(seconds / 86_400) });
}
