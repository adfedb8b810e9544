import '../patient/patient.css';
import { Link, Page as Frame } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Opened } from '../patient/record.tsx';
import { WardReady } from './ward-ready.tsx';

/** One record of a patient of this doctor, in full. */
export function Page({ parameters }: PageProps) {
  const [patient, id] = [parameters['patient'] ?? '', parameters['id'] ?? ''];
  const state = useCall('doctor.record', { patient, id });
  const title = state.kind === 'ready' ? (state.value.description?.title ?? '') : '';
  const base = `/doctor/patients/${patient}`;
  return (
    <Frame title={title === '' ? t('doctor.record.title') : title} isWide>
      <WardReady state={state} patient={patient}>
        {(record) => <Opened record={record} base={base} />}
      </WardReady>
      <p>
        <Link to={base}>{t('doctor.record.back')}</Link>
      </p>
    </Frame>
  );
}
