import { scriptUrl } from '../trusted.ts';

/** Where the build puts it: at the root, since it answers for every page. */
const SERVICE_WORKER = '/service-worker.js';

/** Lets the browser keep the app for when the node is out of reach. A browser that does not is none the worse. */
export function keepApp(): void {
  if (!('serviceWorker' in navigator)) return;
  const register = (): void => {
    const url = scriptUrl(SERVICE_WORKER) as unknown as URL;
    // Every start asks the node whether there is a newer one, never a cache on the way.
    navigator.serviceWorker.register(url, { updateViaCache: 'none' }).catch(() => undefined);
  };
  // After the page stands: what is kept for later must not delay what is needed now.
  if (document.readyState === 'complete') register();
  else window.addEventListener('load', register, { once: true });
}
