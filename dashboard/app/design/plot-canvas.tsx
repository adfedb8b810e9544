import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockText, dateText, minuteText, numberText } from '../words/dates.ts';
import { t } from '../words/translate.ts';
import { withGaps } from './plot-series.ts';
import type { PlotSeries } from './plot-series.ts';

const DAY_S = 86_400;

/** The drawing itself, loaded when the first plot is shown. */
export function PlotCanvas({
  series,
  height,
  syncKey,
}: {
  series: PlotSeries;
  height: number;
  syncKey: string | undefined;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { times, values, entered } = withGaps(series);
    const data: UPlot.AlignedData = isMixed(series) ? [times, values, entered] : [times, values];
    const plot = new UPlot(optionsOf(series, element, height, syncKey), data, element);
    const observer = new ResizeObserver(() => {
      // Its own drawing changes the height of the box, and the first report is of the size that it has.
      if (element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.redraw(false);
    scheme.addEventListener('change', redraw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [series, height, syncKey]);
  return (
    <div ref={box} class="plot-canvas" role="img" aria-label={series.label} dir="ltr" translate={false} />
  );
}

function optionsOf(
  series: PlotSeries,
  element: HTMLElement,
  height: number,
  syncKey: string | undefined,
): UPlot.Options {
  const color = (name: string): string => getComputedStyle(element).getPropertyValue(name);
  const axis = {
    stroke: () => color('--plot-text'),
    grid: { stroke: () => color('--plot-grid'), width: 1 },
    ticks: { stroke: () => color('--plot-grid'), width: 1 },
    font: '13px system-ui, sans-serif',
  };
  return {
    width: Math.max(1, element.clientWidth),
    height,
    // Seconds of the browser's own zone: the same as in every other time of the page.
    series: [
      {
        value: (_, at: number | null) => (at === null ? '' : minuteText(at * 1000)),
        label: t('design.plot.time'),
      },
      {
        label: series.unit === '' ? series.label : `${series.label} (${series.unit})`,
        stroke: () => color('--plot-line'),
        width: 1.75,
        spanGaps: false,
        points: { size: 6, filter: (plot, i, isShown) => (isShown ? null : alone(plot.data[i])) },
        value: (_, value: number | null) => (value === null ? '–' : numberText(value)),
      },
      ...(isMixed(series) ? [enteredPoints(color)] : []),
    ],
    scales: { y: { range: (_, low, high) => rangeOf(low, high, series.reference) } },
    axes: [
      { ...axis, values: (_, splits) => timeLabels(splits), space: 84 },
      { ...axis, size: 52 },
    ],
    cursor: { ...(syncKey === undefined ? {} : { sync: { key: syncKey } }), drag: { x: true, y: false } },
    hooks: { drawClear: [(plot) => drawReference(plot, series.reference, color('--plot-band'))] },
  };
}

/** Some were typed in and some were measured: only then a mark tells something. */
const isMixed = ({ isEntered }: PlotSeries): boolean => isEntered !== undefined && isEntered.includes(1);

/** Open diamonds on the line of what was measured. */
function enteredPoints(color: (name: string) => string): UPlot.Series {
  return {
    label: t('design.plot.entered'),
    paths: () => null,
    points: {
      show: true,
      size: 9,
      width: 2,
      stroke: () => color('--plot-line'),
      fill: () => color('--plot-hole'),
    },
    value: (_, value: number | null) => (value === null ? '–' : numberText(value)),
  };
}

/** A value between two gaps has no line: it is drawn as a point. */
function alone(values: ArrayLike<number | null | undefined> | undefined): number[] {
  const found: number[] = [];
  for (let i = 0; i < (values?.length ?? 0); i++) {
    if (values?.[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  }
  return found;
}

function rangeOf(
  low: number | null,
  high: number | null,
  reference: PlotSeries['reference'],
): [number, number] {
  const from = Math.min(low ?? Infinity, reference?.low ?? Infinity);
  const to = Math.max(high ?? -Infinity, reference?.high ?? -Infinity);
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  const room = Math.max((to - from) * 0.08, 0.5);
  return [from - room, to + room];
}

/** The band in which values usually lie, under the line. */
function drawReference(plot: UPlot, reference: PlotSeries['reference'], fill: string): void {
  if (reference === undefined) return;
  const { ctx, bbox } = plot;
  const top = plot.valToPos(reference.high, 'y', true);
  const bottom = plot.valToPos(reference.low, 'y', true);
  ctx.save();
  ctx.fillStyle = fill;
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  ctx.restore();
}

/** The day where it begins or nothing but days is shown, the time of day elsewhere. */
function timeLabels(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  let before = '';
  return splits.map((at) => {
    // Without its year.
    const day = dateText(at * 1000).slice(0, -5);
    if (step >= DAY_S) return day;
    const isNew = day !== before;
    before = day;
    const clock = clockText(at * 1000).slice(0, 5);
    return isNew ? `${clock}\n${day}` : clock;
  });
}
