import { extremesOf } from '../../design/plot-series.ts';

const WIDTH = 100;
const HEIGHT = 30;

/** A small line without numbers, beside its newest value; it says nothing that the plot page does not say in words. */
export function SparkLine({
  timesMs,
  values,
  usual,
}: {
  timesMs: Float64Array;
  values: Float64Array;
  usual: [number, number] | undefined;
}) {
  const extremes = extremesOf(values);
  const [first, last] = [timesMs[0], timesMs.at(-1)];
  if (extremes === undefined || first === undefined || last === undefined || last === first) return null;
  const low = Math.min(extremes.low, usual?.[0] ?? extremes.low);
  const high = Math.max(extremes.high, usual?.[1] ?? extremes.high);
  const x = (timeMs: number): number => ((timeMs - first) / (last - first)) * WIDTH;
  const y = (value: number): number => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const path = Array.from(
    values,
    (value, i) => `${i === 0 ? 'M' : 'L'}${x(timesMs[i] ?? 0).toFixed(2)} ${y(value).toFixed(2)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {usual === undefined ? null : (
        <rect x="0" width={WIDTH} y={y(usual[1])} height={Math.max(0, y(usual[0]) - y(usual[1]))} />
      )}
      <path d={path.join('')} />
    </svg>
  );
}
