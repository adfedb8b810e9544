import { useEffect } from 'preact/hooks';
import {
  Button,
  CopyCode,
  Data,
  Failure,
  Loading,
  Notice,
  Page as Frame,
  Summary,
} from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import { blocks } from '../../state/network.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { StateTag } from './overview.tsx';

/** Where the own application stands; looks again with every block. */
export function Page() {
  const application = useCall('account.application', undefined);
  const refresh = useAction('account.refresh');
  const newest = blocks.value[0]?.height ?? 0;
  const { reload } = application;
  useEffect(() => {
    if (newest > 0) reload();
  }, [newest, reload]);
  if (application.kind === 'loading') return <Loading />;
  if (application.kind === 'failed') return <Failure error={application.error} onRetry={reload} />;
  const { state, role, home, registeredHeight, approvals, approvalsNeeded, person } = application.value;
  const isActive = state === 'active';
  const go = async (): Promise<void> => {
    const entry = await refresh.run(undefined);
    if (entry?.kind === 'in') navigate(`/${entry.person.role}`, 'replace');
  };
  return (
    <Frame
      title={t('account.application.title')}
      lead={t(isActive ? 'account.application.approved' : 'account.application.lead')}
    >
      <Summary
        rows={[
          { label: t('account.state'), value: <StateTag state={state} /> },
          { label: t('account.role'), value: t(`shell.role.${knownRole(role)}`) },
          { label: t('account.application.home'), value: <Data>{home}</Data> },
          {
            label: t('account.application.registered'),
            value: t('design.commit.agreed', { height: registeredHeight }),
          },
          {
            label: t('account.application.approvals'),
            value: t('account.application.of', { approvals, needed: approvalsNeeded }),
          },
          { label: t('account.number'), value: <CopyCode code={person} label={t('account.number')} /> },
        ]}
      />
      {refresh.error === undefined ? null : <Failure error={refresh.error} />}
      {isActive ? (
        <Button isBusy={refresh.isRunning} onClick={() => void go()}>
          {t('account.application.go')}
        </Button>
      ) : (
        <Notice title={t('account.application.next')}>
          <p>{t('account.application.next.text')}</p>
        </Notice>
      )}
    </Frame>
  );
}

const ROLES = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'] as const;
const knownRole = (role: string): (typeof ROLES)[number] => ROLES.find((each) => each === role) ?? 'patient';
