import { toHex } from '#crypto';
import type { OpenedRecord } from '#node/client';
import { seriesOf } from '#node/records';
import type { Series } from '#node/records';
import { chartOf, recentMonths, recordsOf } from '../record/chart.ts';
import type { Chart } from '../record/chart.ts';
import type { BannerView } from '../record/banner.ts';
import { parseJson } from '../record/json.ts';
import type { ProofView } from '../record/proof.ts';
import type { WorkerContext } from '../context.ts';
import { bannerFor, selfOf } from './self.ts';
import type { Self } from './self.ts';

/** The newest value of one sign. */
export interface VitalView {
  code: string;
  unit: string;
  value: number;
  timeMs: number;
  /** Typed in by somebody, or measured by a device. */
  origin: 'sensed' | 'entered';
  isOutside: boolean;
  usual: [number, number];
  /** A few values before it, oldest first, for the small line. */
  recent: { timesMs: Float64Array; values: Float64Array };
}

export interface SeriesView {
  code: string;
  unit: string;
  usual: [number, number];
  timesMs: Float64Array;
  values: Float64Array;
  /** 1 where a value was typed in. */
  isEntered: Uint8Array;
  sensed: number;
  entered: number;
  /** Readings that the gateway did not believe. */
  doubted: number;
  proof: ProofView;
  isComplete: boolean;
}

const VITAL_CATEGORIES = ['vital-signs', 'laboratory', 'device', 'other'];
const MONTHS_MAX = 60;
const RECENT_MAX = 240;

export interface TimelineInput {
  months: number;
  categories?: string[];
  keywords?: string[];
}

export async function timeline(
  context: WorkerContext,
  input: TimelineInput,
): Promise<Chart & { banner: BannerView; months: number }> {
  return timelineOf(selfOf(context), input);
}

export async function timelineOf(
  self: Self,
  input: TimelineInput,
): Promise<Chart & { banner: BannerView; months: number }> {
  const months = Math.min(MONTHS_MAX, Math.max(1, Math.trunc(input.months)));
  const chart = await chartOf(
    self.client,
    {
      patient: self.patient,
      months: recentMonths(months, Date.now()),
      ...(input.categories === undefined || input.categories.length === 0
        ? {}
        : { categories: input.categories }),
      ...(input.keywords === undefined || input.keywords.length === 0 ? {} : { keywords: input.keywords }),
    },
    self.options,
  );
  return { ...chart, banner: await bannerFor(self), months };
}

export async function vitals(self: Self, months: number): Promise<{ vitals: VitalView[]; proof: ProofView }> {
  const { series, proof } = await seriesOfSelf(self, months);
  return { vitals: series.flatMap((one) => vitalOf(one) ?? []), proof };
}

export async function series(
  context: WorkerContext,
  input: { code: string; months: number },
): Promise<{ banner: BannerView; found: SeriesView[] }> {
  return seriesFor(selfOf(context), input);
}

export async function seriesFor(
  self: Self,
  input: { code: string; months: number },
): Promise<{ banner: BannerView; found: SeriesView[] }> {
  const months = Math.min(MONTHS_MAX, Math.max(1, Math.trunc(input.months)));
  const { series: all, proof, isComplete } = await seriesOfSelf(self, months);
  // Both pressures belong together.
  const codes =
    input.code === 'all'
      ? all.map(({ sign }) => sign.code)
      : input.code === '8480-6' || input.code === '8462-4'
        ? ['8480-6', '8462-4']
        : [input.code];
  const found = codes.flatMap((code) => all.filter(({ sign }) => sign.code === code));
  return {
    banner: await bannerFor(self),
    found: found.map(({ sign, readings }) => ({
      code: sign.code,
      unit: unitOf(sign.ucum),
      usual: [sign.usual[0], sign.usual[1]],
      timesMs: Float64Array.from(readings, ({ timeMs }) => timeMs),
      values: Float64Array.from(readings, ({ value }) => value),
      isEntered: Uint8Array.from(readings, ({ origin }) => (origin === 'entered' ? 1 : 0)),
      sensed: readings.filter(({ origin }) => origin === 'sensed').length,
      entered: readings.filter(({ origin }) => origin === 'entered').length,
      doubted: readings.filter(({ flags }) => flags.length > 0).length,
      proof,
      isComplete,
    })),
  };
}

async function seriesOfSelf(self: Self, months: number) {
  const { client, patient, options } = self;
  const init = { patient, categories: VITAL_CATEGORIES, months: recentMonths(months, Date.now()) };
  const { records, proof, isComplete } = await recordsOf(client, init, options);
  return { series: seriesOf(records.map(seriesRecord)), proof, isComplete };
}

function seriesRecord({ hit, resource }: OpenedRecord) {
  return {
    recordId: toHex(hit.recordId),
    writer: toHex(hit.writer),
    isAmended: hit.amendedBy !== null,
    resource: parseJson(resource),
  };
}

function vitalOf({ sign, readings }: Series): VitalView | undefined {
  const newest = readings.at(-1);
  if (newest === undefined) return undefined;
  const recent = readings.slice(-RECENT_MAX);
  const [low, high] = sign.usual;
  return {
    code: sign.code,
    unit: unitOf(sign.ucum),
    value: newest.value,
    timeMs: newest.timeMs,
    origin: newest.origin,
    isOutside: newest.value < low || newest.value > high,
    usual: [low, high],
    recent: {
      timesMs: Float64Array.from(recent, ({ timeMs }) => timeMs),
      values: Float64Array.from(recent, ({ value }) => value),
    },
  };
}

const UNITS: Readonly<Record<string, string>> = {
  Cel: '°C',
  'mm[Hg]': 'mmHg',
  '/min': '/min',
  'kg/m2': 'kg/m²',
  '{steps}': '',
};

/** UCUM as people write it. */
export const unitOf = (ucum: string): string => UNITS[ucum] ?? ucum;
