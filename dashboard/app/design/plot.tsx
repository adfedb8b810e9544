import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { minuteText, numberText } from '../words/dates.ts';
import { t } from '../words/translate.ts';
import { Button } from './button.tsx';
import { Time } from './data.tsx';
import { Loading } from './loading.tsx';
import { extremesOf } from './plot-series.ts';
import type { PlotSeries } from './plot-series.ts';
import { Table } from './table.tsx';

type Canvas = ComponentType<{ series: PlotSeries; height: number; syncKey: string | undefined }>;

/** Values over time with their usual range, and the same as a table for who can not see it. */
export function Plot({
  series,
  height = 220,
  syncKey,
}: {
  series: PlotSeries;
  height?: number;
  syncKey?: string;
}) {
  const [isTable, setTable] = useState(false);
  const [Drawn, setDrawn] = useState<{ Canvas: Canvas }>();
  useEffect(() => {
    let isCurrent = true;
    void import('./plot-canvas.tsx').then(({ PlotCanvas }) => {
      if (isCurrent) setDrawn({ Canvas: PlotCanvas });
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  const extremes = extremesOf(series.values);
  const [first, last] = [series.timesMs[0], series.timesMs.at(-1)];
  return (
    <figure class="plot">
      {isTable ? (
        <PlotTable series={series} />
      ) : Drawn === undefined ? (
        <Loading />
      ) : (
        <Drawn.Canvas series={series} height={height} syncKey={syncKey} />
      )}
      <figcaption>
        {extremes === undefined || first === undefined || last === undefined
          ? null
          : t('design.plot.summary', {
              count: numberText(series.values.length),
              first: minuteText(first),
              last: minuteText(last),
              low: numberText(extremes.low),
              high: numberText(extremes.high),
              unit: series.unit,
            })}{' '}
        {series.reference === undefined
          ? null
          : t('design.plot.reference', { ...series.reference, unit: series.unit })}
      </figcaption>
      <Button kind="quiet" onClick={() => setTable(!isTable)}>
        {t(isTable ? 'design.plot.plot' : 'design.plot.table')}
      </Button>
    </figure>
  );
}

function PlotTable({ series }: { series: PlotSeries }) {
  const { reference, values, timesMs, isEntered } = series;
  const rows = Array.from(values, (value, i) => ({ value, atMs: timesMs[i] ?? 0, i }))
    .filter(({ value }) => !Number.isNaN(value))
    .toReversed();
  const isOutside = (value: number): boolean =>
    reference !== undefined && (value < reference.low || value > reference.high);
  return (
    <Table
      caption={series.label}
      rows={rows}
      keyOf={({ i }) => String(i)}
      columns={[
        {
          id: 'time',
          label: t('design.plot.time'),
          isHead: true,
          cell: ({ atMs }) => <Time atMs={atMs} withSeconds />,
          sort: ({ atMs }) => atMs,
        },
        {
          id: 'value',
          label: `${t('design.plot.value')} (${series.unit})`,
          isNumber: true,
          cell: ({ value }) => (
            <>
              <bdi translate={false}>{numberText(value)}</bdi>
              {isOutside(value) ? ` ${t('design.plot.outside')}` : ''}
            </>
          ),
          sort: ({ value }) => value,
        },
        ...(isEntered === undefined
          ? []
          : [
              {
                id: 'origin',
                label: t('design.plot.origin'),
                cell: ({ i }: { i: number }) =>
                  t(isEntered[i] === 1 ? 'design.plot.entered' : 'design.plot.sensed'),
              },
            ]),
      ]}
    />
  );
}
