import './patient.css';
import { Link, Page as Frame } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Sealed } from './node-view.tsx';
import { WardReady } from './ward-ready.tsx';

/** What lies at the institutions of a record of somebody for whom the reader acts. */
export function WardNodeView({ parameters }: PageProps) {
  const [patient, id] = [parameters['patient'] ?? '', parameters['id'] ?? ''];
  const state = useCall('patient.ward-node-view', { patient, id });
  return (
    <Frame title={t('patient.node.title')} lead={t('patient.node.lead')} isWide>
      <WardReady state={state}>{(view) => <Sealed view={view} />}</WardReady>
      <p>
        <Link to={`/patient/wards/${patient}/records/${id}`}>{t('design.back')}</Link>
      </p>
    </Frame>
  );
}
