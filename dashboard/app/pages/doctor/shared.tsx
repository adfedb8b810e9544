import '../patient/patient.css';
import './doctor.css';
import { Data, Empty, Link, Page as Frame, Panel, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { SharedGrant } from '../../worker/doctor/shared.ts';
import { categoryNames, purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { StateTag } from './delegations.tsx';
import { personText } from './names.ts';

/** What others share with this doctor, under which condition and until when. */
export function Page() {
  const state = useCall('doctor.shared', undefined);
  return (
    <Frame title={t('doctor.shared.title')} lead={t('doctor.shared.lead')} isWide>
      <Ready state={state}>
        {(grants) =>
          grants.length === 0 ? (
            <Empty title={t('doctor.shared.none')}>
              <p>{t('doctor.shared.none.text')}</p>
              <Link to="/doctor/requests/new">{t('doctor.request.title')}</Link>
            </Empty>
          ) : (
            <Panel>
              <ul class="lines">
                {grants.map((grant) => (
                  <Line key={grant.id} grant={grant} />
                ))}
              </ul>
            </Panel>
          )
        }
      </Ready>
    </Frame>
  );
}

function Line({ grant }: { grant: SharedGrant }) {
  const { id, issuer, issuerName, home, patient, purpose, categories, expiresAtMs, state } = grant;
  return (
    <li>
      <span class="line-title">
        {state === 'running' ? (
          <Link to={`/doctor/shared/${id}`}>{t('doctor.shared.of', { id: patient.slice(0, 8) })}</Link>
        ) : (
          t('doctor.shared.of', { id: patient.slice(0, 8) })
        )}
      </span>
      <span class="line-end">
        <StateTag state={state} height={grant.revokedHeight} />
      </span>
      <span class="line-facts">
        <span>
          {issuer === patient ? (
            t('doctor.shared.own')
          ) : (
            <>
              {t('doctor.shared.by')} <Data>{personText(issuerName, issuer)}</Data>
            </>
          )}
          , <Data>{home}</Data>
        </span>
        <span>{purpose === '' ? t('design.unknown') : purposeName(purpose)}</span>
        <span>
          {t('doctor.granted.until')} <Time atMs={expiresAtMs} />
        </span>
      </span>
      <p class="soft small">{categoryNames(categories)}</p>
    </li>
  );
}
