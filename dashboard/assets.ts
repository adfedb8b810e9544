import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DashboardError } from './options.ts';

export const ASSETS_PREFIX = '/assets/';
/** Its name stays, since a browser finds the next one under it. */
export const SERVICE_WORKER_PATH = '/service-worker.js';
/** What `npm run build` makes. */
export const DIST = new URL('./dist/', import.meta.url);

export interface Asset {
  type: string;
  bytes: Uint8Array;
  /** The same, compressed when the app was built; absent when that gains nothing. */
  gzip?: Uint8Array;
}

/** What the node serves to a browser besides the API. */
export interface Assets {
  /** By path, hash in the name: `/assets/main.0123abcd.js`. */
  files: ReadonlyMap<string, Asset>;
  page: Asset;
  /** The script that keeps the app for when the node is out of reach; asked anew each time. */
  serviceWorker: Asset;
  /** True for the path of a page of the app. */
  isPage: (path: string) => boolean;
}

const HTML = 'text/html; charset=utf-8';
const TYPES = new Map([
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml; charset=utf-8'],
  ['json', 'application/json; charset=utf-8'],
]);
/** A name whose hash changes with its content: it may be kept for ever. */
const HASHED = /^[\w-]+(\.[\w-]+)*\.[\w-]{8}\.([a-z]+)$/;
/** Markup that would run or style something without a hashed file, or lead off the node. */
const INLINE = /<style|\sstyle=|\son[a-z]+=|javascript:|https?:|<script(?![^>]*\ssrc=)/i;

/**
 * Reads the built app once, at start.
 *
 * @param directory file URL of the built app, with a slash at the end
 * @throws DashboardError `assets-missing` when it was never built, `assets-invalid` when it is not what our build makes
 */
export function loadAssets(directory: URL = DIST): Assets {
  const index = new URL('index.html', directory);
  if (!existsSync(index)) {
    throw new DashboardError('assets-missing', 'The dashboard app is not built: run "npm run build".');
  }
  const html = readFileSync(index, 'utf8');
  if (INLINE.test(html))
    throw new DashboardError('assets-invalid', 'The page holds inline code or a foreign address.');
  const routes: unknown = JSON.parse(readFileSync(new URL('routes.json', directory), 'utf8'));
  if (!Array.isArray(routes)) throw new DashboardError('assets-invalid', 'The list of pages is no list.');
  return {
    files: readFiles(new URL('assets/', directory)),
    page: { type: HTML, bytes: Buffer.from(html) },
    serviceWorker: serviceWorkerOf(directory),
    isPage: matcherOf(routes.map(String)),
  };
}

function serviceWorkerOf(directory: URL): Asset {
  const file = new URL(`.${SERVICE_WORKER_PATH}`, directory);
  if (!existsSync(file)) throw new DashboardError('assets-invalid', 'There is no service worker.');
  return { type: 'text/javascript; charset=utf-8', bytes: readFileSync(file) };
}

function readFiles(directory: URL): ReadonlyMap<string, Asset> {
  const names = readdirSync(directory);
  const files = new Map<string, Asset>();
  for (const name of names.filter((each) => !each.endsWith('.gz'))) {
    const type = TYPES.get(HASHED.exec(name)?.at(-1) ?? '');
    if (type === undefined)
      throw new DashboardError('assets-invalid', `${name} is not named by its content.`);
    const asset: Asset = { type, bytes: readFileSync(new URL(name, directory)) };
    if (names.includes(`${name}.gz`)) asset.gzip = readFileSync(new URL(`${name}.gz`, directory));
    files.set(`${ASSETS_PREFIX}${name}`, asset);
  }
  return files;
}

/** Everything that a browser gets of the app, as it is served. */
export function servedFiles({ files, page, serviceWorker }: Assets): ReadonlyMap<string, Uint8Array> {
  const assets = [...files].map(([path, { bytes }]): [string, Uint8Array] => [path, bytes]);
  return new Map([['/', page.bytes], [SERVICE_WORKER_PATH, serviceWorker.bytes], ...assets]);
}

/** `/patient/records/:id` takes anything but a slash for the part with the colon. */
function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const wanted = patterns.map((pattern) => pattern.split('/'));
  return (path) => {
    const parts = path.split('/');
    return wanted.some(
      (pattern) =>
        pattern.length === parts.length &&
        pattern.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : part === parts[i])),
    );
  };
}

/** What a browser gets from a node without the app: the API works all the same. */
export const MISSING_PAGE: Asset = {
  type: HTML,
  bytes: Buffer.from(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>PHR Mesh</title></head><body>' +
      '<h1>The pages of this node are not built</h1>' +
      '<p>The node itself works and so does its API. Nothing is lost.</p>' +
      '<p>The operator runs <code>npm run build</code> where the node is installed and starts the node again.</p>' +
      '</body></html>',
  ),
};
