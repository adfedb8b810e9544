import { measure, measureBloodPressure } from '../fhir/measure.ts';
import { RecordsError } from '../records-error.ts';
import {
  BODY_MASS_INDEX,
  DIASTOLIC,
  GLUCOSE,
  HEART_RATE,
  HEIGHT,
  OXYGEN_SATURATION,
  RESPIRATION,
  STEPS,
  SYSTOLIC,
  TEMPERATURE,
  WEIGHT,
} from '../vital-sign-codes.ts';
import type { VitalSign } from '../vital-sign-codes.ts';
import { linesOf } from './byte-lines.ts';
import { foundReading } from './found-reading.ts';
import type { ByteSource, Found, ImportItem, ImportOptions } from './import-item.ts';
import { sortOut } from './sort-out.ts';
import type { Reading } from './sort-out.ts';

const ROW_BYTES_MAX = 64 * 1024;
const COLUMNS_MAX = 64;

const NAMES: Readonly<Record<string, VitalSign>> = {
  'heart rate': HEART_RATE,
  pulse: HEART_RATE,
  hr: HEART_RATE,
  'respiratory rate': RESPIRATION,
  respiration: RESPIRATION,
  temperature: TEMPERATURE,
  temp: TEMPERATURE,
  spo2: OXYGEN_SATURATION,
  'oxygen saturation': OXYGEN_SATURATION,
  systolic: SYSTOLIC,
  diastolic: DIASTOLIC,
  glucose: GLUCOSE,
  weight: WEIGHT,
  height: HEIGHT,
  bmi: BODY_MASS_INDEX,
  steps: STEPS,
};
const TIMES = new Set(['time', 'date', 'datetime', 'timestamp']);

/** One column of the wide form, its unit from the heading: `temperature [degF]` or `weight (lb)`. */
interface Column {
  readonly sign: VitalSign;
  readonly unit: string | undefined;
}

interface Layout {
  readonly separator: string;
  readonly time: number;
  readonly columns: ReadonlyMap<number, Column>;
}

/** Fields of one row (RFC 4180; quoted fields may not span rows). Undefined when a quote does not end. */
export function fieldsOf(row: string, separator: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (row[at] === '"') {
      let text = '';
      for (at += 1; ; at += 1) {
        if (at >= row.length) return undefined;
        if (row[at] !== '"') text += row[at];
        else if (row[at + 1] === '"') {
          text += '"';
          at += 1;
        } else break;
      }
      at += 1;
      if (at < row.length && row[at] !== separator) return undefined;
      fields.push(text);
    } else {
      const end = row.indexOf(separator, at);
      fields.push(row.slice(at, end < 0 ? row.length : end).trim());
      at = end < 0 ? row.length : end;
    }
    if (at >= row.length) return fields;
    at += 1;
    if (at === row.length) return [...fields, ''];
  }
}

function columnOf(heading: string): Column | undefined {
  const match = /^([^[(]+?)\s*(?:[[(]\s*([^\])]+?)\s*[\])])?$/.exec(heading.trim());
  const name = (match?.[1] ?? '').toLowerCase().replaceAll('_', ' ');
  const sign = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return sign && { sign, unit: match?.[2] };
}

/** @throws RecordsError `format-unknown` without a time and a measure among the headings. */
function layoutOf(header: string): Layout {
  const separator = [';', '\t', ','].find((candidate) => header.includes(candidate)) ?? ',';
  const headings = fieldsOf(header, separator) ?? [];
  const time = headings.findIndex((heading) => TIMES.has(heading.trim().toLowerCase()));
  const columns = new Map(
    headings.flatMap((heading, i) => {
      const column = i === time ? undefined : columnOf(heading);
      return column ? [[i, column] as const] : [];
    }),
  );
  if (time < 0 || columns.size === 0 || headings.length > COLUMNS_MAX)
    throw new RecordsError('format-unknown', { line: 1 });
  return { separator, time, columns };
}

/** A decimal comma is one where the comma does not separate. */
function numberOf(text: string, separator: string): number | undefined {
  const plain = separator === ',' ? text : text.replace(',', '.');
  return /^-?\d{1,9}(?:\.\d{1,9})?$/.test(plain) ? Number(plain) : undefined;
}

const ZONED = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s?(?:Z|[+-]\d{2}:?\d{2})$/;

/** A time with its zone, as FHIR writes it. Without a zone the moment is not known, and is not guessed. */
function timeOf(text: string): string | undefined {
  if (!ZONED.test(text)) return undefined;
  const iso = text
    .replace(' ', 'T')
    .replace(/\s/, '')
    .replace(/T(\d{2}:\d{2})(?=Z|[+-])/, 'T$1:00')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}

interface Cell extends Column {
  readonly value: number;
}

function* rowOf(line: number, row: string, layout: Layout, subject: string): Generator<Found> {
  const fields = fieldsOf(row, layout.separator);
  const effective = timeOf(fields?.[layout.time] ?? '');
  if (!fields) return yield { kind: 'reject', line, code: 'bad-row' };
  if (effective === undefined) return yield { kind: 'reject', line, code: 'bad-time' };
  const context = { subject, effective, performer: subject };
  const cells: Cell[] = [];
  for (const [i, column] of layout.columns) {
    const text = fields[i] ?? '';
    if (text === '') continue;
    const value = numberOf(text, layout.separator);
    if (value === undefined) yield { kind: 'reject', line, code: 'bad-value' };
    else cells.push({ ...column, value });
  }
  const [systolic, diastolic] = [SYSTOLIC, DIASTOLIC].map((sign) => cells.find((cell) => cell.sign === sign));
  if (systolic && diastolic) {
    const key = `pressure|${effective}|${systolic.value}|${diastolic.value}`;
    yield foundReading(line, key, (id) => measureBloodPressure(systolic, diastolic, { ...context, id }));
  } else if (systolic ?? diastolic) yield { kind: 'reject', line, code: 'bad-value' };
  for (const { sign, unit, value } of cells) {
    if (sign === SYSTOLIC || sign === DIASTOLIC) continue;
    const reading = unit === undefined ? { value } : { value, unit };
    yield foundReading(line, `${sign.code}|${effective}|${unit ?? ''}|${value}`, (id) =>
      measure(sign, reading, { ...context, id }),
    );
  }
}

async function* foundInRows(source: ByteSource, subject: string, reading: Reading): AsyncGenerator<Found> {
  let layout: Layout | undefined;
  for await (const { line, bytes } of linesOf(source, reading, ROW_BYTES_MAX)) {
    let text: string | undefined;
    try {
      text = bytes === null ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      text = undefined;
    }
    if (layout === undefined) layout = layoutOf(text ?? '');
    else if (text === undefined)
      yield { kind: 'reject', line, code: bytes === null ? 'too-large' : 'bad-row' };
    else if (text.trim() !== '') yield* rowOf(line, text, layout, subject);
  }
  if (layout === undefined) throw new RecordsError('format-unknown', { line: 1 });
}

/**
 * Vital signs as a table: a heading row with `time` and measures (`heart rate`, `systolic`, `temperature [degF]`, ...),
 * then a row a moment. Commas, semicolons or tabs; with semicolons and tabs a decimal comma as well. Times need their
 * zone. A row gives an Observation for each measure, and one for both pressures.
 * @throws RecordsError `format-unknown` when the headings name no time or no measure.
 */
export function importCsv(
  source: ByteSource,
  options: ImportOptions & { readonly subject: string },
): AsyncGenerator<ImportItem> {
  const reading: Reading = { bytesRead: 0 };
  return sortOut('csv', foundInRows(source, options.subject, reading), reading, options);
}
