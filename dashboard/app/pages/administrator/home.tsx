import { Data, Link, Notice, Page as Frame, Panel } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Figures } from '../parts/figures.tsx';
import { Ready } from '../parts/ready.tsx';

const ROLES = ['patient', 'doctor', 'researcher', 'auditor', 'administrator'] as const;

/** What waits for the administrator, and who belongs to the institution. */
export function Page() {
  const home = useCall('administrator.home', undefined);
  return (
    <Frame isWide title={t('administrator.home.title')} lead={t('administrator.home.lead')}>
      <Ready of={home} what={t('administrator.reading')}>
        {(now) => {
          const mine = now.waiting - now.waitingForOthers;
          const isQuiet = mine + now.emergenciesToCountersign + now.emergenciesToReview === 0;
          return (
            <>
              {isQuiet ? (
                <Notice tone="good" title={t('administrator.home.quiet')}>
                  <p>{t('administrator.home.quiet.text')}</p>
                </Notice>
              ) : null}
              <Figures
                figures={[
                  {
                    label: t('administrator.home.waiting'),
                    value: mine,
                    isWaiting: mine > 0,
                    to: '/administrator/approvals',
                    ...(now.waitingForOthers > 0
                      ? { note: t('administrator.home.others', { count: now.waitingForOthers }) }
                      : {}),
                  },
                  {
                    label: t('administrator.home.countersign'),
                    value: now.emergenciesToCountersign,
                    isWaiting: now.emergenciesToCountersign > 0,
                    to: '/administrator/emergencies',
                  },
                  {
                    label: t('administrator.home.review'),
                    value: now.emergenciesToReview,
                    isWaiting: now.emergenciesToReview > 0,
                    to: '/administrator/emergencies',
                  },
                ]}
              />
              <Panel title={t('administrator.home.people')}>
                <p class="soft">
                  {t('administrator.home.people.at')} <Data>{now.institution}</Data>
                </p>
                <Figures
                  figures={[
                    ...ROLES.map((role) => ({
                      label: t(`administrator.count.${role}`),
                      value: now.active[role] ?? 0,
                      to: '/administrator/people',
                    })),
                    {
                      label: t('administrator.count.suspended'),
                      value: now.suspended,
                      to: '/administrator/people',
                    },
                  ]}
                />
              </Panel>
              <p>
                <Link to="/network">{t('administrator.home.network')}</Link>
              </p>
            </>
          );
        }}
      </Ready>
    </Frame>
  );
}
