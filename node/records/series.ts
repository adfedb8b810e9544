import { at, codingsOf, isObject, numberOf, objectsOf, resourceTypeOf, textOf } from './resource.ts';
import type { JsonObject } from './resource.ts';
import { decodeSamples } from './sampled-data.ts';
import { convertUnit, measuredSignOf, ucumOf } from './units.ts';
import { LOINC } from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/** System of the tags that a gateway puts on what it seals: `segment`, `day`, and the flags of the readings. */
export const READING_TAG = 'urn:phr-mesh:reading';
/** System of the ids with which one record names another of this network. */
export const RECORD_SYSTEM = 'urn:phr-mesh:record';

/** An opened record and what the ledger says about it. Ids as hex. */
export interface SeriesRecord {
  readonly recordId: string;
  readonly writer: string;
  /** A newer version of it is there: it is not shown. */
  readonly isAmended: boolean;
  readonly resource: unknown;
}

export interface SeriesReading {
  readonly timeMs: number;
  /** In the sign's unit. */
  readonly value: number;
  readonly recordId: string;
  /** By a device, or typed in by somebody. */
  readonly origin: 'sensed' | 'entered';
  /** `implausible`, `clock`: what the gateway did not believe. */
  readonly flags: readonly string[];
}

/** Every reading of one sign, in order of time. */
export interface Series {
  readonly sign: VitalSign;
  readonly readings: readonly SeriesReading[];
}

/**
 * The readings in these records by sign, each once: a day's object stands for the segments that it covers, a newer
 * version for the older one. A record may cover only what its own writer wrote, so that nobody hides another's.
 */
export function seriesOf(records: readonly SeriesRecord[]): Series[] {
  const covered = new Set(records.flatMap(coveredBy));
  const series = new Map<VitalSign, SeriesReading[]>();
  for (const record of records) {
    if (record.isAmended || covered.has(`${record.writer}/${record.recordId}`)) continue;
    for (const { sign, ...reading } of readingsOf(record)) {
      const known = series.get(sign);
      if (known) known.push(reading);
      else series.set(sign, [reading]);
    }
  }
  return [...series].map(([sign, readings]) => ({
    sign,
    readings: readings.toSorted((a, b) => a.timeMs - b.timeMs),
  }));
}

function coveredBy({ writer, resource, isAmended }: SeriesRecord): string[] {
  if (isAmended || !isObject(resource)) return [];
  return objectsOf(resource['derivedFrom'])
    .map((reference) => reference['identifier'])
    .filter(isObject)
    .flatMap(({ system, value }) =>
      system === RECORD_SYSTEM && typeof value === 'string' ? [`${writer}/${value}`] : [],
    );
}

function readingsOf({ recordId, resource }: SeriesRecord): (SeriesReading & { sign: VitalSign })[] {
  if (!isObject(resource) || resourceTypeOf(resource) !== 'Observation') return [];
  const startMs = Date.parse(
    textOf(resource['effectiveDateTime']) ??
      textOf(resource['effectiveInstant']) ??
      textOf(at(resource, 'effectivePeriod', 'start')) ??
      '',
  );
  if (Number.isNaN(startMs)) return [];
  const origin = resource['device'] === undefined ? 'entered' : 'sensed';
  const flags = tagsOf(resource)
    .filter((tag) => tag['system'] === READING_TAG)
    .flatMap((tag) => textOf(tag['code']) ?? [])
    .filter((code) => code !== 'segment' && code !== 'day');
  return [resource, ...objectsOf(resource['component'])].flatMap((part) =>
    valuesOf(part, startMs).map(({ sign, timeMs, value }) => ({
      sign,
      timeMs,
      value,
      recordId,
      origin,
      flags,
    })),
  );
}

const tagsOf = ({ meta }: JsonObject): JsonObject[] => (isObject(meta) ? objectsOf(meta['tag']) : []);

function valuesOf(part: JsonObject, startMs: number): { sign: VitalSign; timeMs: number; value: number }[] {
  const sign = codingsOf(part['code'])
    .flatMap(({ system, code }) => (system === LOINC ? (measuredSignOf(code) ?? []) : []))
    .at(0);
  if (!sign) return [];
  const converted = (value: number, unit: unknown): number | undefined =>
    convertUnit(value, ucumOf(textOf(unit) ?? sign.ucum), sign.ucum);
  const quantity = part['valueQuantity'];
  if (isObject(quantity)) {
    const number = numberOf(quantity['value']);
    const value =
      number === undefined ? undefined : converted(number, quantity['code'] ?? quantity['unit'] ?? sign.ucum);
    return value === undefined ? [] : [{ sign, timeMs: startMs, value }];
  }
  const sampled = part['valueSampledData'];
  if (!isObject(sampled)) return [];
  const unit = at(sampled, 'origin', 'code');
  return decodeSamples(startMs, sampled).flatMap(({ timeMs, value: raw }) => {
    const value = converted(raw, unit);
    return value === undefined ? [] : [{ sign, timeMs, value }];
  });
}
