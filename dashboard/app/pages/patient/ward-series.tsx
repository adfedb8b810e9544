import './patient.css';
import { useState } from 'preact/hooks';
import { Empty, Link, Page as Frame, PatientBanner, SelectField } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { signName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { OneSeries, SPANS } from './series.tsx';
import { WardReady } from './ward-ready.tsx';

/** One vital sign over time, of somebody for whom the reader acts. */
export function WardSeries({ parameters }: PageProps) {
  const [patient, code] = [parameters['patient'] ?? '', parameters['code'] ?? ''];
  const [span, setSpan] = useState<(typeof SPANS)[number]>('3');
  const state = useCall('patient.ward-series', { patient, code, months: Number(span) });
  const isPressure = code === '8480-6' || code === '8462-4';
  return (
    <Frame title={signName(isPressure ? '85354-9' : code)} isWide>
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
      <WardReady state={state}>
        {({ banner, found }) => (
          <>
            <PatientBanner patient={banner} />
            {found.length === 0 ? <Empty title={t('patient.series.empty')} /> : null}
            {found.map((one) => (
              <OneSeries key={one.code} one={one} />
            ))}
          </>
        )}
      </WardReady>
      <p>
        <Link to={`/patient/wards/${patient}`}>{t('ties.guardian.ward.back')}</Link>
      </p>
    </Frame>
  );
}
