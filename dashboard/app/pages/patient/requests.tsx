import './patient.css';
import { Empty, Page as Frame, Panel, Tag } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { RequestLine } from '../../worker/patient/sharing.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';
import { statusText } from './request-status.ts';

export function Page() {
  const state = useCall('patient.requests', undefined);
  return (
    <Frame title={t('patient.requests.title')} lead={t('patient.requests.lead')}>
      <Ready state={state}>
        {(requests) =>
          requests.length === 0 ? (
            <Empty title={t('patient.requests.empty')}>
              <p>{t('patient.requests.empty.text')}</p>
            </Empty>
          ) : (
            <>
              <Group
                title={t('patient.requests.open')}
                requests={requests.filter(({ status }) => status === 'open')}
              />
              <Group
                title={t('patient.requests.answered')}
                requests={requests.filter(({ status }) => status !== 'open')}
              />
            </>
          )
        }
      </Ready>
    </Frame>
  );
}

function Group({ title, requests }: { title: string; requests: readonly RequestLine[] }) {
  return (
    <Panel title={title}>
      {requests.length === 0 ? <p class="soft">{t('patient.requests.none')}</p> : null}
      <ul class="lines">
        {requests.map((request) => (
          <li key={request.id}>
            <a class="line-title" href={`/patient/requests/${request.id}`}>
              {whoText(request.fromName, request.from, false)}
            </a>
            <span class="line-facts">
              <span>{request.home}</span>
              <span>{t('patient.requests.asked', { date: dateText(request.timeMs) })}</span>
              <Tag tone={request.status === 'open' ? 'busy' : 'plain'}>{statusText(request.status)}</Tag>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
