import './patient.css';
import { Link, Page as Frame } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Opened } from './record.tsx';
import { WardReady } from './ward-ready.tsx';

/** One record of somebody for whom the reader acts. */
export function WardRecord({ parameters }: PageProps) {
  const [patient, id] = [parameters['patient'] ?? '', parameters['id'] ?? ''];
  const state = useCall('patient.ward-record', { patient, id });
  const title = state.kind === 'ready' ? (state.value.description?.title ?? '') : '';
  const base = `/patient/wards/${patient}`;
  return (
    <Frame title={title === '' ? t('patient.record.title') : title} isWide>
      <WardReady state={state}>{(record) => <Opened record={record} base={base} />}</WardReady>
      <p>
        <Link to={base}>{t('ties.guardian.ward.back')}</Link>
      </p>
    </Frame>
  );
}
