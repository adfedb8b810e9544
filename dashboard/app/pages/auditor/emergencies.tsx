import { Page as Frame } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { EmergencyList } from '../parts/emergency-list.tsx';
import { Ready } from '../parts/ready.tsx';

/** Every emergency access of the network; those of the auditor's own institution can be judged here. */
export function Page() {
  const emergencies = useCall('auditor.emergencies', undefined);
  return (
    <Frame isWide title={t('auditor.emergencies.title')} lead={t('auditor.emergencies.lead')}>
      <Ready of={emergencies} what={t('administrator.reading')}>
        {(lines) => <EmergencyList lines={lines} action="auditor.review" onDone={emergencies.reload} />}
      </Ready>
    </Frame>
  );
}
