import { Page as Frame } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { EmergencyList } from '../parts/emergency-list.tsx';
import { Ready } from '../parts/ready.tsx';

/** Emergency accesses in which the institution has a part: to vouch for, to end, to judge. */
export function Page() {
  const emergencies = useCall('administrator.emergencies', undefined);
  return (
    <Frame isWide title={t('administrator.emergencies.title')} lead={t('administrator.emergencies.lead')}>
      <Ready of={emergencies} what={t('administrator.reading')}>
        {(lines) => (
          <EmergencyList lines={lines} action="administrator.emergency-act" onDone={emergencies.reload} />
        )}
      </Ready>
    </Frame>
  );
}
