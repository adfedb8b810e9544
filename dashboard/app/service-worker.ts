import { answerOf } from './offline/answer.ts';
import type { Kept } from './offline/answer.ts';

/** Put in by the build: what the page needs to stand, and the name of the cache, which changes with any of it. */
declare const SHELL: readonly string[];
declare const SHELL_NAME: string;

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

/**
 * Keeps the app itself, so that it opens where the node is out of reach and says so. Only what the build made, by names
 * that are the hash of their content, and the one page, which is the same for everybody: no answer of the API is ever
 * looked at, let alone kept.
 */
const scope = globalThis as unknown as {
  readonly location: Location;
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
};

/** Caches of earlier builds go when no window uses them any more: the browser waits with this event until then. */
async function dropOlder(): Promise<void> {
  for (const name of await caches.keys()) if (name !== SHELL_NAME) await caches.delete(name);
}

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL_NAME).then((cache) => cache.addAll(SHELL)));
});
scope.addEventListener('activate', (event) => event.waitUntil(dropOlder()));
scope.addEventListener('fetch', (event) => {
  const kept: Kept = {
    match: async (path) => (await caches.open(SHELL_NAME)).match(path),
    put: async (path, response) => (await caches.open(SHELL_NAME)).put(path, response),
  };
  const answer = answerOf(event.request, scope.location.origin, kept, (request) => fetch(request));
  if (answer !== undefined) event.respondWith(answer);
});
