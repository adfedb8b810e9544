import '../patient/patient.css';
import { useState } from 'preact/hooks';
import { Button, Link, Page as Frame, PatientBanner, ProofLine, Tabs } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { PatientView } from '../../worker/doctor/chart.ts';
import { t } from '../../words/translate.ts';
import { Vitals } from '../patient/home.tsx';
import { Ready } from '../patient/ready.tsx';
import { CategoryField } from '../parts/category-field.tsx';
import { Lines } from '../patient/timeline.tsx';
import { WardReady } from './ward-ready.tsx';

/** The record of one patient: who she is, how she is, and everything that was written. */
export function Page({ parameters }: PageProps) {
  const patient = parameters['patient'] ?? '';
  const state = useCall('doctor.patient', { patient });
  const base = `/doctor/patients/${patient}`;
  return (
    <Frame
      title={t('doctor.patient.title')}
      isWide
      actions={
        // Of a record that does not open nothing can be done.
        state.kind === 'failed' ? undefined : (
          <>
            <Link to={`${base}/search`} kind="secondary">
              {t('doctor.patient.search')}
            </Link>
            <Link to={`/doctor/delegations/new?patient=${patient}`} kind="secondary">
              {t('doctor.patient.delegate')}
            </Link>
            <Link to={`${base}/note`} kind="primary">
              {t('doctor.patient.note')}
            </Link>
          </>
        )
      }
    >
      <WardReady state={state} patient={patient}>
        {(view) => <Record view={view} base={base} />}
      </WardReady>
    </Frame>
  );
}

function Record({ view, base }: { view: PatientView; base: string }) {
  return (
    <>
      <PatientBanner patient={view.banner} />
      <Tabs
        label={t('doctor.patient.parts')}
        tabs={[
          {
            id: 'vitals',
            label: t('clinical.vitals'),
            content: () => (
              <div class="stack">
                <Vitals vitals={view.vitals} base={base} />
                <ProofLine {...view.proof} />
              </div>
            ),
          },
          {
            id: 'timeline',
            label: t('doctor.patient.timeline'),
            content: () => <Timeline patient={view.id} base={base} />,
          },
          {
            id: 'documents',
            label: t('clinical.category.document'),
            content: () => <Timeline patient={view.id} base={base} only="document" />,
          },
        ]}
      />
    </>
  );
}

function Timeline({ patient, base, only }: { patient: string; base: string; only?: string }) {
  const [months, setMonths] = useState(12);
  const [category, setCategory] = useState(only ?? '');
  const categories = category === '' ? [] : [category];
  const state = useCall('doctor.timeline', { patient, months, categories });
  return (
    <div class="stack">
      {only === undefined ? <CategoryField value={category} onChange={setCategory} /> : null}
      <Ready state={state}>
        {(chart) => (
          <>
            <p class="soft">{t('patient.records.from', { count: chart.months })}</p>
            <Lines lines={chart.lines} base={base} />
            {chart.isComplete ? <ProofLine {...chart.proof} /> : <p>{t('patient.records.incomplete')}</p>}
            <div class="actions">
              <Button kind="secondary" disabled={months >= 60} onClick={() => setMonths(months + 12)}>
                {t('patient.records.earlier')}
              </Button>
            </div>
          </>
        )}
      </Ready>
    </div>
  );
}
