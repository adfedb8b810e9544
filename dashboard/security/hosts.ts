import type { IncomingHttpHeaders } from 'node:http';

/**
 * Under which names the node answers, and which pages may change something through it.
 *
 * A page of another site can point a name of its own at 127.0.0.1 (DNS rebinding): it then speaks to the node
 * with its own name in the Host header, and is refused here before anything else is looked at.
 */
export class AllowedHosts {
  readonly #origins = new Map<string, string>();

  constructor(init: { name: string; port: number; publicOrigin?: string | undefined }) {
    for (const host of ['127.0.0.1', 'localhost', `${init.name}.localhost`]) {
      this.#origins.set(`${host}:${init.port}`, `http://${host}:${init.port}`);
      // A browser leaves the default port out.
      if (init.port === 80) this.#origins.set(host, `http://${host}`);
    }
    if (init.publicOrigin !== undefined) {
      this.#origins.set(new URL(init.publicOrigin).host, init.publicOrigin);
    }
  }

  /** The origin that belongs to a Host header, or undefined when the node does not answer under it. */
  originOf(host: string | undefined): string | undefined {
    return host === undefined ? undefined : this.#origins.get(host.toLowerCase());
  }
}

/** Methods that may change something. */
export function changesState(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** A request that carries one of these headers comes out of a browser. */
export function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

/**
 * Whether a browser sent this on behalf of a foreign page.
 *
 * Changing methods: only from a page of this very origin. Reading the API: the same, as far as the browser says.
 * A page itself may be opened from anywhere (a link, a bookmark). Programs send neither header and pass.
 */
export function isForeign(init: {
  headers: IncomingHttpHeaders;
  method: string;
  isPage: boolean;
  origin: string;
}): boolean {
  const { headers } = init;
  const site = headers['sec-fetch-site'];
  if (changesState(init.method)) {
    if (headers.origin !== undefined && headers.origin !== init.origin) return true;
    return site !== undefined && site !== 'same-origin';
  }
  if (init.isPage) return false;
  if (headers.origin !== undefined && headers.origin !== init.origin) return true;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
