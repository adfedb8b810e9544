/** The cache of one build. */
export interface Kept {
  match(path: string): Promise<Response | undefined>;
  put(path: string, response: Response): Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly mode: string;
}

/** Where the app begins, whatever the address. */
const PAGE = '/';
/** A name that changes with its content: what is kept under it is what the build made. */
const HASHED = /^\/assets\/[\w-]+(\.[\w-]+)*\.[\w-]{8}\.(js|css|svg)$/;

/**
 * What the service worker answers: undefined for everything that is none of its business, which then goes to the node as
 * if there were no service worker. A page is always asked of the node first, so that a new build is taken at once.
 */
export function answerOf<R extends Asked>(
  request: R,
  origin: string,
  kept: Kept,
  ask: (request: R) => Promise<Response>,
): Promise<Response> | undefined {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== origin) return undefined;
  if (HASHED.test(url.pathname)) return assetOf(request, url.pathname, kept, ask);
  if (request.mode === 'navigate' && !url.pathname.startsWith('/api/')) return pageOf(request, kept, ask);
  return undefined;
}

async function assetOf<R extends Asked>(
  request: R,
  path: string,
  kept: Kept,
  ask: (request: R) => Promise<Response>,
): Promise<Response> {
  const known = await kept.match(path);
  if (known !== undefined) return known;
  const response = await ask(request);
  // A refusal is not kept, nor what somebody answers under a name of ours without being asked for it.
  if (response.status === 200 && response.type === 'basic') {
    await kept.put(path, response.clone()).catch(() => undefined);
  }
  return response;
}

async function pageOf<R extends Asked>(
  request: R,
  kept: Kept,
  ask: (request: R) => Promise<Response>,
): Promise<Response> {
  try {
    return await ask(request);
  } catch (error) {
    const page = await kept.match(PAGE);
    if (page === undefined) throw error;
    return page;
  }
}
