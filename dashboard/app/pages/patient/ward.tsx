import './patient.css';
import { useState } from 'preact/hooks';
import { Button, Link, Page as Frame, PatientBanner, ProofLine } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { CategoryField } from '../parts/category-field.tsx';
import { Lines } from './timeline.tsx';
import { WardReady } from './ward-ready.tsx';

/** The record of somebody for whom the reader acts. */
export function WardPage({ parameters }: PageProps) {
  const patient = parameters['patient'] ?? '';
  const [months, setMonths] = useState(12);
  const [category, setCategory] = useState('');
  const categories = category === '' ? [] : [category];
  const state = useCall('patient.ward', { patient, months, categories });
  return (
    <Frame title={t('ties.guardian.ward.title')} lead={t('ties.guardian.ward.lead')} isWide>
      <div class="narrow">
        <CategoryField value={category} onChange={setCategory} />
      </div>
      <WardReady state={state}>
        {(chart) => (
          <>
            <PatientBanner patient={chart.banner} />
            <p class="soft">{t('patient.records.from', { count: chart.months })}</p>
            <Lines lines={chart.lines} base={`/patient/wards/${patient}`} />
            {chart.isComplete ? <ProofLine {...chart.proof} /> : <p>{t('patient.records.incomplete')}</p>}
            <div class="actions">
              <Button kind="secondary" disabled={months >= 60} onClick={() => setMonths(months + 12)}>
                {t('patient.records.earlier')}
              </Button>
            </div>
          </>
        )}
      </WardReady>
      <p>
        <Link to="/patient/guardians">{t('ties.guardian.ward.all')}</Link>
      </p>
    </Frame>
  );
}
