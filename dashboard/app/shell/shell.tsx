import { useEffect, useState } from 'preact/hooks';
import { RouterView } from '../router/view.tsx';
import { followNetwork } from '../state/network.ts';
import { session } from '../state/session.ts';
import { language, loadWords, t } from '../words/translate.ts';
import { Footer } from './footer.tsx';
import { watchIdleness } from './idle.ts';
import { LockScreen } from './lock-screen.tsx';
import { Masthead } from './masthead.tsx';
import { Navigation } from './navigation.tsx';
import { NetworkBanner } from './network-banner.tsx';

/** What surrounds every page. */
export function Shell() {
  const now = session.value;
  const role = now.kind === 'signed-in' ? now.person.role : undefined;
  const [menuRole, setMenuRole] = useState<typeof role>();
  const chosen = language.value;
  useEffect(() => {
    followNetwork();
    return watchIdleness();
  }, []);
  useEffect(() => {
    // The menu speaks with the words of the role, which come when the role is known.
    if (role === undefined) setMenuRole(undefined);
    else void loadWords([role, 'account']).then(() => setMenuRole(role));
  }, [role, chosen]);
  const isLocked = now.kind === 'locked';
  return (
    <>
      <a class="skip" href="#content">
        {t('shell.skip')}
      </a>
      <div class={isLocked ? 'app is-locked' : 'app'} inert={isLocked}>
        <Masthead />
        <NetworkBanner />
        <div class={menuRole === undefined ? 'frame' : 'frame has-menu'}>
          {menuRole === undefined ? null : <Navigation role={menuRole} />}
          <main id="content" tabIndex={-1}>
            <RouterView />
          </main>
        </div>
        <Footer />
      </div>
      {isLocked ? <LockScreen name={now.name} /> : null}
    </>
  );
}
