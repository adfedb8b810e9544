/** One measured quantity over time. */
export interface PlotSeries {
  /** Unix milliseconds, rising. */
  timesMs: Float64Array | readonly number[];
  /** NaN where the sensor gave nothing. */
  values: Float64Array | readonly number[];
  /** 1 where somebody typed the value in; absent when all are of one kind. */
  isEntered?: Uint8Array | readonly number[];
  /** UCUM unit as people write it. */
  unit: string;
  label: string;
  reference?: { low: number; high: number };
  /** Times further apart than this are a gap: no line is drawn over it. Default: four times the usual distance. */
  gapMs?: number;
}

/** The same points with an empty one in every gap, times in seconds as uPlot takes them. */
export function withGaps({ timesMs, values, isEntered, gapMs }: PlotSeries): {
  times: number[];
  values: (number | null)[];
  /** The same where it was typed in, nothing elsewhere. */
  entered: (number | null)[];
} {
  const widest = gapMs ?? usualDistanceMs(timesMs) * 4;
  const out: ReturnType<typeof withGaps> = { times: [], values: [], entered: [] };
  for (let i = 0; i < timesMs.length; i++) {
    const at = timesMs[i] ?? 0;
    const before = timesMs[i - 1];
    if (before !== undefined && at - before > widest) {
      out.times.push((before + 1) / 1000);
      out.values.push(null);
      out.entered.push(null);
    }
    const value = values[i] ?? Number.NaN;
    out.times.push(at / 1000);
    out.values.push(Number.isNaN(value) ? null : value);
    out.entered.push(isEntered?.[i] === 1 && !Number.isNaN(value) ? value : null);
  }
  return out;
}

/** Median distance between neighbours; a few samples of it are enough. */
function usualDistanceMs(timesMs: ArrayLike<number>): number {
  if (timesMs.length < 3) return Number.POSITIVE_INFINITY;
  const stride = Math.max(1, Math.floor(timesMs.length / 501));
  const distances: number[] = [];
  for (let i = 1; i < timesMs.length; i += stride) distances.push((timesMs[i] ?? 0) - (timesMs[i - 1] ?? 0));
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? Number.POSITIVE_INFINITY;
}

export function extremesOf(values: ArrayLike<number>): { low: number; high: number } | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? undefined : { low, high };
}
