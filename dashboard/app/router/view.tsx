import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Failure, Loading } from '../design/index.ts';
import { NotFound, NotYours, SignInFirst } from '../shell/doors.tsx';
import { connection } from '../state/network.ts';
import { session } from '../state/session.ts';
import { CallError } from '../worker/call-error.ts';
import { language, loadWords, sectionOf, t } from '../words/translate.ts';
import { ALL_ROUTES } from './all-routes.ts';
import { path } from './location.ts';
import { matchRoute } from './match.ts';
import type { PageProps, Route } from './routes.ts';

interface Shown {
  route: Route;
  Page: ComponentType<PageProps>;
}

/** The page of the present path, for who may see it. */
export function RouterView() {
  const match = matchRoute(path.value, ALL_ROUTES);
  const door = match === undefined ? 'open' : doorOf(match.route);
  const loaded = useLoaded(door === 'open' ? match?.route : undefined);
  const { key } = useArrival(match !== undefined && loaded.kind === 'shown' && loaded.route === match.route);
  useEffect(() => {
    if (match === undefined) nameDocument(t('shell.not-found.title'));
    else if (door !== 'open') nameDocument(t('shell.sign-in'));
  });
  if (match === undefined) return <NotFound />;
  if (door === 'sign-in') return <SignInFirst />;
  if (door === 'other-role') return <NotYours />;
  if (loaded.kind === 'failed') {
    return <Failure error={new CallError({ code: 'unreachable', facts: {} })} onRetry={loaded.retry} />;
  }
  if (loaded.kind === 'loading' || loaded.route !== match.route) return <Loading />;
  return <loaded.Page key={key} parameters={match.parameters} />;
}

type Door = 'open' | 'sign-in' | 'other-role';

function doorOf({ role }: Route): Door {
  if (role === 'public') return 'open';
  const now = session.value;
  // A locked window keeps what is on it, blurred; the lock screen lies over it.
  if (now.kind === 'locked') return 'open';
  if (now.kind !== 'signed-in') return 'sign-in';
  return role === 'signed-in' || now.person.role === role ? 'open' : 'other-role';
}

type Loaded = { kind: 'loading' } | { kind: 'failed'; retry: () => void } | ({ kind: 'shown' } & Shown);

function useLoaded(route: Route | undefined): Loaded {
  const [shown, setShown] = useState<Shown>();
  const [failed, setFailed] = useState<Route>();
  const [round, setRound] = useState(0);
  const chosen = language.value;
  useEffect(() => {
    if (route === undefined) return;
    let isCurrent = true;
    const section = route.section ?? sectionOf(route.title);
    const sections = [...(section === undefined ? [] : [section]), ...(route.words ?? [])];
    Promise.all([route.page(), loadWords(sections)]).then(
      ([{ Page }]) => {
        if (!isCurrent) return;
        setFailed(undefined);
        // Before the page is shown: it may know a better name for itself.
        nameDocument(t(route.title));
        setShown({ route, Page });
      },
      () => {
        if (isCurrent) setFailed(route);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [route, chosen, round]);
  const isConnected = connection.value === 'connected';
  useEffect(() => {
    // The node is back: the page that could not be fetched is asked for again.
    if (isConnected && failed !== undefined) setRound((n) => n + 1);
  }, [isConnected]);
  if (route !== undefined && failed === route) return { kind: 'failed', retry: () => setRound((n) => n + 1) };
  return shown === undefined ? { kind: 'loading' } : { kind: 'shown', ...shown };
}

/**
 * A new page begins at its top, with its name in the title and the focus on its heading, as if it had been loaded:
 * a screen reader then says where the person is. Before it is painted: what is typed as soon as the page shows must go
 * to the field that was chosen, and not find the focus moved away.
 */
function useArrival(isShown: boolean): { key: string } {
  const here = path.value;
  const arrived = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (!isShown || arrived.current === here) return;
    const isFirst = arrived.current === undefined;
    arrived.current = here;
    if (isFirst) return;
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [here, isShown]);
  return { key: here };
}

function nameDocument(title: string): void {
  document.title = `${title} · ${t('shell.name')}`;
}
