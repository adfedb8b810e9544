import { signal } from '@preact/signals';

/** Where the person is: path without the query. */
export const path = signal(location.pathname);
/** The part after `?`, as it was when the person came here. */
export const query = signal(location.search);

/**
 * Goes to a page of the app; `replace` when the present one is no place to come back to. Once to where one is already:
 * a link that is pressed twice must not make the way back dead.
 */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(to, location.href);
  if (how === 'push' && url.href !== location.href) history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  follow();
}

function follow(): void {
  path.value = location.pathname;
  query.value = location.search;
}

window.addEventListener('popstate', follow);

/** Makes every plain link within the app change the page without loading it anew. */
export function followLinks(root: HTMLElement): void {
  root.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.origin !== location.origin || link.hasAttribute('download')) return;
    if (link.target !== '' || link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/'))
      return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    navigate(link.href);
  });
}
