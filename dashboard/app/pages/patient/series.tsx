import './patient.css';
import { useState } from 'preact/hooks';
import {
  Empty,
  Link,
  Page as Frame,
  Panel,
  PatientBanner,
  Plot,
  ProofLine,
  SelectField,
} from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { SeriesView } from '../../worker/patient/reading.ts';
import { hasUsual, signName } from '../../words/clinical/names.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from './ready.tsx';

export const SPANS = ['1', '3', '12', '36'] as const;

export function Page({ parameters }: PageProps) {
  const code = parameters['code'] ?? '';
  const [span, setSpan] = useState<(typeof SPANS)[number]>('3');
  const state = useCall('patient.series', { code, months: Number(span) });
  const isPressure = code === '8480-6' || code === '8462-4';
  return (
    <Frame title={code === 'all' ? t('patient.series.all') : signName(isPressure ? '85354-9' : code)} isWide>
      <div class="narrow">
        <SelectField
          name="span"
          label={t('patient.series.span')}
          value={span}
          onChange={setSpan}
          options={SPANS.map((value) => ({
            value,
            label: t('patient.series.months', { count: Number(value) }),
          }))}
        />
      </div>
      <Ready state={state}>
        {({ banner, found }) => (
          <>
            <PatientBanner patient={banner} />
            {found.length === 0 ? (
              <Empty title={t('patient.series.empty')}>
                <p>{t('patient.series.empty.text')}</p>
                <Link to="/patient/add">{t('patient.home.add')}</Link>
              </Empty>
            ) : null}
            {found.map((one) => (
              <OneSeries key={one.code} one={one} {...(code === 'all' ? { height: 150 } : {})} />
            ))}
          </>
        )}
      </Ready>
    </Frame>
  );
}

export function OneSeries({ one, height = 260 }: { one: SeriesView; height?: number }) {
  const { code, unit, usual, timesMs, values, isEntered, sensed, entered, doubted, proof, isComplete } = one;
  const isUsual = hasUsual(code);
  return (
    <Panel title={signName(code)}>
      <Plot
        series={{
          timesMs,
          values,
          isEntered,
          unit,
          label: signName(code),
          ...(isUsual ? { reference: { low: usual[0], high: usual[1] } } : {}),
        }}
        syncKey="series"
        height={height}
      />
      <p class="soft small">
        {t('patient.series.counts', { sensed: numberText(sensed), entered: numberText(entered) })}{' '}
        {doubted === 0 ? null : t('patient.series.doubted', { count: doubted })} {t('design.plot.gap')}{' '}
        {isUsual ? t('patient.series.usual') : null}
      </p>
      {isComplete ? <ProofLine {...proof} /> : <p>{t('patient.records.incomplete')}</p>}
    </Panel>
  );
}
