import {
  Button,
  Failure,
  Link,
  Loading,
  Notice,
  Page as Frame,
  Table,
  Tag,
  Time,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';

type Session = OutputOf<'account.sessions'>[number];

const BROWSERS = ['chrome', 'firefox', 'safari', 'edge', 'opera', 'program'] as const;
const SYSTEMS = ['windows', 'macos', 'linux', 'android', 'ios'] as const;

/** Where this account is signed in now, and the way to end it there. */
export function Page() {
  const sessions = useCall('account.sessions', undefined);
  const end = useAction('account.end-session');
  const endOthers = useAction('account.end-other-sessions');
  const error = end.error ?? endOthers.error;
  return (
    <Frame isWide title={t('account.sessions.title')} lead={t('account.sessions.lead')}>
      {sessions.kind === 'loading' ? <Loading /> : null}
      {sessions.kind === 'failed' ? <Failure error={sessions.error} onRetry={sessions.reload} /> : null}
      {error === undefined ? null : <Failure error={error} />}
      {sessions.kind !== 'ready' ? null : (
        <>
          <SessionTable
            sessions={sessions.value}
            onEnd={({ id }) => void end.run({ id }).then(sessions.reload)}
          />
          {sessions.value.length > 1 ? (
            <div class="actions">
              <Button
                kind="danger"
                isBusy={endOthers.isRunning}
                onClick={() => void endOthers.run(undefined).then(sessions.reload)}
              >
                {t('account.sessions.end-others')}
              </Button>
            </div>
          ) : (
            <p class="soft">{t('account.sessions.only')}</p>
          )}
        </>
      )}
      <Notice>
        <p>{t('account.sessions.stolen')}</p>
        <p>
          <Link to="/account/passkeys">{t('account.passkeys.title')}</Link>
        </p>
      </Notice>
    </Frame>
  );
}

function SessionTable({ sessions, onEnd }: { sessions: Session[]; onEnd: (session: Session) => void }) {
  return (
    <Table
      caption={t('account.sessions.title')}
      isCaptionHidden
      rows={sessions}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'device',
          label: t('account.sessions.device'),
          isHead: true,
          cell: (session) => (
            <>
              {deviceText(session)}{' '}
              {session.current ? <Tag tone="good">{t('account.sessions.here')}</Tag> : null}
            </>
          ),
        },
        {
          id: 'opened',
          label: t('account.sessions.opened'),
          cell: ({ openedAtMs }) => <Time atMs={openedAtMs} />,
        },
        { id: 'used', label: t('account.sessions.used'), cell: ({ usedAtMs }) => <Time atMs={usedAtMs} /> },
        {
          id: 'end',
          label: t('account.sessions.action'),
          cell: (session) =>
            session.current ? null : (
              <Button
                kind="quiet"
                label={`${t('account.sessions.end')}: ${deviceText(session)}`}
                onClick={() => onEnd(session)}
              >
                {t('account.sessions.end')}
              </Button>
            ),
        },
      ]}
    />
  );
}

function deviceText({ browser, system }: Session): string {
  const knownBrowser = BROWSERS.find((each) => each === browser) ?? 'other';
  const knownSystem = SYSTEMS.find((each) => each === system) ?? 'other';
  return t('account.sessions.on', {
    browser: t(`account.browser.${knownBrowser}`),
    system: t(`account.system.${knownSystem}`),
  });
}
