import { SaxesParser } from 'saxes';
import type { SaxesTagPlain } from 'saxes';
import { measure, measureBloodPressure } from '../fhir/measure.ts';
import { RecordsError } from '../records-error.ts';
import {
  BODY_MASS_INDEX,
  GLUCOSE,
  HEART_RATE,
  HEIGHT,
  OXYGEN_SATURATION,
  RESPIRATION,
  STEPS,
  TEMPERATURE,
  WEIGHT,
} from '../vital-sign-codes.ts';
import type { VitalSign } from '../vital-sign-codes.ts';
import { foundReading } from './found-reading.ts';
import type { ByteSource, Found, ImportItem, ImportOptions, RejectCode } from './import-item.ts';
import { sortOut } from './sort-out.ts';
import type { Reading } from './sort-out.ts';

/** More text than any element of an export has between two tags: beyond it the file is no export. */
const ELEMENT_BYTES_MAX = 4 * 1024 * 1024;
/** What is parsed at a time: few enough records that they die young, before a collection keeps them. */
const SLICE_BYTES = 16 * 1024;
/** Systolic values that wait for their diastolic ones: the file has first all of the one, then all of the other. */
const PRESSURES_MAX = 500_000;

const QUANTITY = 'HKQuantityTypeIdentifier';
const SYSTOLIC = `${QUANTITY}BloodPressureSystolic`;
const DIASTOLIC = `${QUANTITY}BloodPressureDiastolic`;
const SIGNS: Readonly<Record<string, VitalSign>> = {
  [`${QUANTITY}HeartRate`]: HEART_RATE,
  [`${QUANTITY}RespiratoryRate`]: RESPIRATION,
  [`${QUANTITY}OxygenSaturation`]: OXYGEN_SATURATION,
  [`${QUANTITY}BodyTemperature`]: TEMPERATURE,
  [`${QUANTITY}BodyMass`]: WEIGHT,
  [`${QUANTITY}Height`]: HEIGHT,
  [`${QUANTITY}BodyMassIndex`]: BODY_MASS_INDEX,
  [`${QUANTITY}BloodGlucose`]: GLUCOSE,
  [`${QUANTITY}StepCount`]: STEPS,
};

const TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/;
/** `2026-11-22 08:00:00 +0100` with a T and a colon; undefined when it is no time. */
function timeOf(text: string | undefined): string | undefined {
  const match = TIME.exec(text ?? '');
  if (!match) return undefined;
  const iso = `${match[1]}T${match[2]}${match[3]}:${match[4]}`;
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}

interface RecordTag {
  readonly type: string;
  readonly source: string;
  readonly unit: string;
  readonly start: string;
  readonly end: string;
  readonly value: number;
}

const refusal = (line: number, code: RejectCode): Found => ({ kind: 'reject', line, code });

/** Reads tags into findings; what was found waits in `found` until it is taken. */
class ExportReader {
  found: Found[] = [];
  readonly #subject: string;
  readonly #systolic = new Map<string, { tag: RecordTag; line: number }>();
  #inCorrelation = 0;
  #isRooted = false;

  constructor(subject: string) {
    this.#subject = subject;
  }

  open(tag: SaxesTagPlain, line: number): void {
    if (!this.#isRooted && tag.name !== 'HealthData') throw new RecordsError('format-unknown', { line });
    this.#isRooted = true;
    if (tag.name === 'Correlation') this.#inCorrelation += 1;
    // What stands in a correlation stands at the top level as well (the export's own DTD says so).
    if (tag.name === 'Record' && this.#inCorrelation === 0) this.#record(tag.attributes, line);
  }

  close(name: string): void {
    if (name === 'Correlation') this.#inCorrelation -= 1;
  }

  /** Systolic values that nothing came for. */
  finish(): void {
    for (const { line } of this.#systolic.values()) this.found.push(refusal(line, 'bad-value'));
    this.#systolic.clear();
  }

  #record(attributes: Readonly<Record<string, string>>, line: number): void {
    const type = attributes['type'] ?? '';
    const sign = Object.hasOwn(SIGNS, type) ? SIGNS[type] : undefined;
    if (!sign && type !== SYSTOLIC && type !== DIASTOLIC) {
      this.found.push(refusal(line, 'measure-unknown'));
      return;
    }
    const start = timeOf(attributes['startDate']);
    const end = timeOf(attributes['endDate']);
    const text = attributes['value'] ?? '';
    const value = /^-?\d{1,12}(?:\.\d{1,20})?(?:e-?\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN;
    if (start === undefined || end === undefined || Date.parse(end) < Date.parse(start)) {
      this.found.push(refusal(line, 'bad-time'));
    } else if (Number.isNaN(value)) {
      this.found.push(refusal(line, 'bad-value'));
    } else {
      const tag = {
        type,
        source: attributes['sourceName'] ?? '',
        unit: attributes['unit'] ?? '',
        start,
        end,
        value,
      };
      if (sign) this.found.push(this.#reading(sign, tag, line));
      else this.#pressure(tag, line);
    }
  }

  #reading(sign: VitalSign, tag: RecordTag, line: number): Found {
    const { type, source, unit, start, end, value } = tag;
    const key = `${type}|${source}|${unit}|${start}|${end}|${value}`;
    return foundReading(line, key, (id) => {
      const context = { id, subject: this.#subject, effective: start, performer: this.#subject };
      if (sign === STEPS) {
        const { effectiveDateTime: _, ...steps } = measure(sign, { value, unit }, context);
        return { ...steps, effectivePeriod: { start, end } };
      }
      // Saturation is a share of one under the unit %, and the body mass index has no unit but "count".
      if (sign === OXYGEN_SATURATION && value <= 1) return measure(sign, { value: value * 100 }, context);
      if (sign === BODY_MASS_INDEX && unit === 'count') return measure(sign, { value }, context);
      return measure(sign, { value, unit }, context);
    });
  }

  #pressure(tag: RecordTag, line: number): void {
    const place = `${tag.source}|${tag.start}|${tag.end}`;
    if (tag.type === SYSTOLIC) {
      if (this.#systolic.size >= PRESSURES_MAX) this.found.push(refusal(line, 'too-large'));
      else this.#systolic.set(place, { tag, line });
      return;
    }
    const systolic = this.#systolic.get(place);
    if (!systolic) {
      this.found.push(refusal(line, 'bad-value'));
      return;
    }
    this.#systolic.delete(place);
    const key = `pressure|${place}|${systolic.tag.value}|${tag.value}`;
    this.found.push(
      foundReading(line, key, (id) =>
        measureBloodPressure(systolic.tag, tag, {
          id,
          subject: this.#subject,
          effective: tag.start,
          performer: this.#subject,
        }),
      ),
    );
  }
}

async function* foundInExport(source: ByteSource, subject: string, reading: Reading): AsyncGenerator<Found> {
  const parser = new SaxesParser();
  const reader = new ExportReader(subject);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sinceTag = 0;
  parser.on('opentag', (tag) => {
    sinceTag = 0;
    reader.open(tag, parser.line);
  });
  parser.on('closetag', ({ name }) => reader.close(name));
  const parse = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (error instanceof RecordsError) throw error;
      // The parser's and decoder's messages quote the text, which is a patient's data.
      throw new RecordsError('format-unknown', { line: parser.line });
    }
  };
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      const slice = chunk.subarray(at, at + SLICE_BYTES);
      reading.bytesRead += slice.length;
      sinceTag += slice.length;
      parse(() => parser.write(decoder.decode(slice, { stream: true })));
      if (sinceTag > ELEMENT_BYTES_MAX) throw new RecordsError('too-large', { bytesMax: ELEMENT_BYTES_MAX });
      yield* reader.found;
      reader.found = [];
    }
  }
  parse(() => {
    parser.write(decoder.decode());
    parser.close();
  });
  reader.finish();
  yield* reader.found;
}

/**
 * Apple Health's `export.xml` as Observations: heart and respiratory rate, saturation, temperature, weight, height,
 * body mass index, glucose, steps and blood pressure, each in the unit of our table. Other measures are reported as
 * `measure-unknown`. Memory does not grow with the file but for 14 bytes a reading, which find duplicates.
 *
 * @param subject FHIR reference of the patient whose phone it is
 * @throws RecordsError `format-unknown` where the XML ends to be an export; what came before it stands.
 */
export function importAppleHealth(
  source: ByteSource,
  options: ImportOptions & { readonly subject: string },
): AsyncGenerator<ImportItem> {
  const reading: Reading = { bytesRead: 0 };
  return sortOut('apple-health', foundInExport(source, options.subject, reading), reading, options);
}
