import '../patient/patient.css';
import { Link, Page as Frame } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Sealed } from '../patient/node-view.tsx';
import { WardReady } from './ward-ready.tsx';

/** The encrypted medical record: what lies at the institutions. */
export function Page({ parameters }: PageProps) {
  const [patient, id] = [parameters['patient'] ?? '', parameters['id'] ?? ''];
  const state = useCall('doctor.node-view', { patient, id });
  return (
    <Frame title={t('doctor.node.title')} lead={t('patient.node.lead')} isWide>
      <WardReady state={state} patient={patient}>
        {(view) => <Sealed view={view} />}
      </WardReady>
      <p>
        <Link to={`/doctor/patients/${patient}/records/${id}`}>{t('design.back')}</Link>
      </p>
    </Frame>
  );
}
