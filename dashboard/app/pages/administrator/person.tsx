import { useState } from 'preact/hooks';
import { Agreed, Button, Failure, Link, Notice, Page as Frame, Panel, Summary } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { CareTable } from './care-table.tsx';
import { History } from './history.tsx';
import { profileRows } from './profile-rows.tsx';
import { StandingDialog } from './standing-dialog.tsx';

type Detail = OutputOf<'administrator.person'>;

/** One person of the institution: who she is, who treats whom, what was decided, and what can be. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const person = useCall('administrator.person', { id });
  const [height, setHeight] = useState<number>();
  const decided = (at: number): void => {
    setHeight(at);
    person.reload();
  };
  return (
    <Frame isWide title={t('administrator.person.title')} lead={t('administrator.person.lead')}>
      <Agreed height={height} />
      <Ready of={person} what={t('administrator.reading')}>
        {(detail) => (
          <>
            <Summary rows={profileRows(detail)} />
            {detail.isOurs ? <Standing detail={detail} onDone={decided} /> : null}
            <Care detail={detail} onDone={decided} />
            <Panel title={t('administrator.history.title')}>
              <History history={detail.history} />
            </Panel>
          </>
        )}
      </Ready>
      <p>
        <Link to="/administrator/people">{t('administrator.person.back')}</Link>
      </p>
    </Frame>
  );
}

/** Suspending, reinstating, ending sessions: at once, and with a reason that only the person can open. */
function Standing({ detail, onDone }: { detail: Detail; onDone: (height: number) => void }) {
  const [asked, setAsked] = useState<'suspend' | 'reinstate'>();
  const end = useAction('administrator.end-sessions');
  const [ended, setEnded] = useState(false);
  const { id, state, isSelf, needed, approvals, recovery } = detail;
  if (isSelf) {
    return <Notice title={t('administrator.person.self')}>{t('administrator.person.self.text')}</Notice>;
  }
  return (
    <Panel title={t('administrator.standing.title')}>
      {state === 'suspended' ? (
        <p>
          {t('administrator.standing.suspended')}{' '}
          {needed > 1 ? t('administrator.voices', { count: approvals, needed }) : null}
        </p>
      ) : null}
      {recovery?.status === 'open' ? (
        <p>
          <Link to="/administrator/recovery">{t('administrator.standing.recovery')}</Link>
        </p>
      ) : null}
      <div class="actions">
        {state === 'pending' ? (
          <Link kind="primary" to={`/administrator/approvals/${id}`}>
            {t('administrator.standing.decide')}
          </Link>
        ) : null}
        {state === 'active' ? (
          <>
            <Link kind="secondary" to={`/administrator/people/${id}/slip`}>
              {t('administrator.slip.make')}
            </Link>
            <Button
              kind="secondary"
              isBusy={end.isRunning}
              onClick={() => void end.run({ id }).then((done) => setEnded(done !== undefined))}
            >
              {t('administrator.standing.end-sessions')}
            </Button>
            <Button kind="danger" onClick={() => setAsked('suspend')}>
              {t('administrator.standing.suspend')}
            </Button>
          </>
        ) : null}
        {state === 'suspended' ? (
          <Button onClick={() => setAsked('reinstate')}>{t('administrator.standing.reinstate')}</Button>
        ) : null}
      </div>
      {ended ? (
        <p role="status" class="soft">
          {t('administrator.standing.ended')}
        </p>
      ) : null}
      {end.error === undefined ? null : <Failure error={end.error} />}
      <StandingDialog
        detail={detail}
        asked={asked}
        onClose={() => setAsked(undefined)}
        onDone={(height) => {
          setAsked(undefined);
          onDone(height);
        }}
      />
    </Panel>
  );
}

function Care({ detail, onDone }: { detail: Detail; onDone: (height: number) => void }) {
  const { id, role, state, isOurs, care, devices } = detail;
  if (role !== 'patient' && role !== 'doctor') return null;
  const canAssign = role === 'patient' && state === 'active' && isOurs;
  return (
    <Panel
      title={t(role === 'patient' ? 'administrator.care.patient' : 'administrator.care.doctor')}
      actions={
        canAssign ? (
          <Link to={`/administrator/people/${id}/assign`}>{t('administrator.assign.title')}</Link>
        ) : null
      }
    >
      <CareTable care={care} of={role} canEnd={isOurs && role === 'patient'} onEnded={onDone} />
      {role === 'patient' ? (
        <p class="soft small">{t('administrator.care.devices', { count: devices })}</p>
      ) : null}
    </Panel>
  );
}
