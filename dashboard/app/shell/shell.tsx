import { useEffect, useRef, useState } from 'preact/hooks';
import { RouterView } from '../router/view.tsx';
import { followNetwork, refollowNetwork } from '../state/network.ts';
import { session } from '../state/session.ts';
import { call } from '../worker/call.ts';
import { language, loadWords, t } from '../words/translate.ts';
import { Away } from './away.tsx';
import { Footer } from './footer.tsx';
import { watchIdleness } from './idle.ts';
import { LockScreen } from './lock-screen.tsx';
import { Masthead } from './masthead.tsx';
import { Navigation } from './navigation.tsx';
import { NetworkBanner } from './network-banner.tsx';
import { PendingLines } from './pending-lines.tsx';
import { RecoveryWarning } from './recovery-warning.tsx';
import { watchPrinting } from './print-report.ts';

/** The node says that the session is over: blurred at once, and the worker wipes the keys. */
function endSession(isClosed: boolean): void {
  const now = session.value;
  if (now.kind !== 'signed-in') return;
  const reason = isClosed ? 'closed' : 'ended';
  session.value = { kind: 'locked', name: now.person.name, reason };
  void call('account.ended', { reason });
}

/** Counts up when another person takes the place of one: then no page of the first stays. */
function usePersonCount(): number {
  const now = session.value;
  const last = useRef<{ id: string | undefined; count: number }>({ id: undefined, count: 0 });
  if (now.kind === 'signed-in' && now.person.id !== last.current.id) {
    const isFirst = last.current.id === undefined;
    last.current = { id: now.person.id, count: last.current.count + (isFirst ? 0 : 1) };
  }
  return last.current.count;
}

/** What surrounds every page. */
export function Shell() {
  const now = session.value;
  const role = now.kind === 'signed-in' ? now.person.role : undefined;
  const [menuRole, setMenuRole] = useState<typeof role>();
  const chosen = language.value;
  const personCount = usePersonCount();
  useEffect(() => {
    followNetwork(endSession);
    watchPrinting();
    return watchIdleness();
  }, []);
  const person = now.kind === 'signed-in' ? now.person.id : undefined;
  useEffect(() => {
    if (person !== undefined) refollowNetwork();
  }, [person]);
  useEffect(() => {
    // The menu speaks with the words of the role, which come when the role is known.
    if (role === undefined) setMenuRole(undefined);
    else void loadWords([role === 'patient' ? 'patient-home' : role]).then(() => setMenuRole(role));
  }, [role, chosen]);
  const isLocked = now.kind === 'locked';
  const isActive = now.kind === 'signed-in' && now.person.state === 'active';
  return (
    <>
      <a class="skip" href="#content">
        {t('shell.skip')}
      </a>
      <div class={isLocked ? 'app is-locked' : 'app'} inert={isLocked}>
        <Masthead />
        <NetworkBanner />
        <div class={menuRole === undefined ? 'frame' : 'frame has-menu'}>
          {menuRole === undefined ? null : <Navigation role={menuRole} isActive={isActive} />}
          <main id="content" tabIndex={-1}>
            {menuRole !== undefined && isActive ? <RecoveryWarning key={person} /> : null}
            {menuRole === 'doctor' && isActive ? <PendingLines key={person} /> : null}
            <Away />
            {/* What a closed account had on its page goes with it; a lock alone leaves the work where it was. */}
            {isLocked && now.reason === 'closed' ? null : <RouterView key={personCount} />}
          </main>
        </div>
        <Footer />
      </div>
      {isLocked ? <LockScreen name={now.name} reason={now.reason} /> : null}
    </>
  );
}
