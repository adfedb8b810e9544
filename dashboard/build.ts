import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DIST, loadAssets, servedFiles, SERVICE_WORKER_PATH } from './assets.ts';
import { releaseOf } from './release.ts';
import { lotsOf, noteChunks, splittingOf } from './build-chunks.ts';
import type { Chunks, Lot } from './build-chunks.ts';

const DASHBOARD = fileURLToPath(new URL('./', import.meta.url));
const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Everything that the app is made of: its own files, the rooms that run in a browser, and the packages. */
const INPUTS = [
  'dashboard/app',
  'dashboard/build.ts',
  'dashboard/build-chunks.ts',
  'dashboard/assets.ts',
  'dashboard/release.ts',
  'crypto',
  'consensus',
  'node/client',
  'node/records',
  'package.json',
  'package-lock.json',
];
const INPUT_FILE = /\.(ts|tsx|css|html|svg|json)$/;
const STAMP = 'inputs.sha256';
/** The hash of everything that is served: what `phr dashboard verify` compares a node with. */
const MANIFEST = 'manifest.json';
/** What each script is made of: for tests, never served. */
const CHUNKS = 'chunks.json';
/** Loaded after the page, and still of the shell: the start page with its words. */
const SHELL_SOURCES = [
  'dashboard/app/worker/worker.ts',
  'dashboard/app/pages/public/start.tsx',
  'dashboard/app/pages/public/words/en-start.ts',
];
const LOCK = join(DASHBOARD, 'dist.lock');
const LOCK_POLL_MS = 100;
/** Far longer than a build takes. */
const LOCK_WAIT_MAX_MS = 180_000;
/** Smaller ones gain nothing. */
const GZIP_BYTES_MIN = 512;

/** SHA-256 over names and contents of all inputs, hex: the same inputs need no second build. */
export function inputsHash(root: string = ROOT): string {
  const hash = createHash('sha256');
  for (const path of INPUTS.flatMap((input) => filesUnder(join(root, input))).toSorted()) {
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && INPUT_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Whether `dist` was built from the inputs as they are now. */
export function isFresh(dist: string = fileURLToPath(DIST)): boolean {
  const stamp = join(dist, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === inputsHash();
}

/** Builds the app unless it is fresh; returns whether it had to. Two processes that ask at once build once. */
export async function ensureBuilt(): Promise<boolean> {
  if (isFresh()) return false;
  await takeLock();
  try {
    if (isFresh()) return false;
    await buildApp();
    return true;
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** A file with the number of the process that builds; one of a process that is gone counts for nothing. */
async function takeLock(): Promise<void> {
  const sinceMs = Date.now();
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!isRunning(LOCK) || Date.now() - sinceMs > LOCK_WAIT_MAX_MS) rmSync(LOCK, { force: true });
    else await delay(LOCK_POLL_MS);
  }
}

function isRunning(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Signal 0 asks only whether there is such a process. An empty file is one that is just being written.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Builds the app into `dashboard/dist`: hashed scripts and styles, each with a gzip beside it, and the list of the
 * paths that are pages. Made aside and put in place at the end, so that nobody ever serves half of it.
 */
export async function buildApp(): Promise<void> {
  const dist = fileURLToPath(DIST);
  const suffix = randomBytes(4).toString('hex');
  const made = join(DASHBOARD, `dist.new-${suffix}`);
  try {
    await makeApp(made);
    const old = join(DASHBOARD, `dist.old-${suffix}`);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(made, dist);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** The same files to the byte for the same sources and packages, wherever and whenever it is made. */
export async function makeApp(outDir: string): Promise<void> {
  const inputs = inputsHash();
  await inProduction(() => bundle(outDir));
  await writeRoutes(outDir);
  compress(outDir);
  const release = releaseOf(servedFiles(loadAssets(pathToFileURL(`${outDir}/`))));
  writeFileSync(join(outDir, MANIFEST), JSON.stringify(release, null, 1));
  writeFileSync(join(outDir, STAMP), inputs);
}

/** Whatever the caller's environment says: in another, names of source files would be in the scripts. */
async function inProduction(run: () => Promise<void>): Promise<void> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await run();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/**
 * Twice: the first time says which sources are loaded together, the second puts each such lot into one script, which
 * compresses better than twenty and is asked for once.
 */
async function bundle(outDir: string): Promise<void> {
  const chunks = await bundleApp(outDir, lotsOf(await bundleApp(outDir, { page: [], worker: [] })));
  await bundleServiceWorker(outDir, shellOf(outDir, chunks));
  writeFileSync(join(outDir, CHUNKS), JSON.stringify(sortedByName(chunks), null, 1));
}

async function bundleApp(
  outDir: string,
  lots: { page: readonly Lot[]; worker: readonly Lot[] },
): Promise<Chunks> {
  // Only who builds needs the bundler: a node that serves what was built does not have it.
  const { build } = await import('vite');
  const chunks: Chunks = {};
  const names = {
    entryFileNames: 'assets/[name].[hash].js',
    chunkFileNames: 'assets/[name].[hash].js',
    assetFileNames: 'assets/[name].[hash][extname]',
  };
  const outputOf = (list: readonly Lot[]) => ({ ...names, codeSplitting: splittingOf(ROOT, list) });
  await build({
    configFile: false,
    root: join(DASHBOARD, 'app'),
    base: '/',
    logLevel: 'warn',
    publicDir: false,
    plugins: [noteChunks(ROOT, chunks)],
    worker: {
      format: 'es',
      plugins: () => [noteChunks(ROOT, chunks)],
      // A lot holds on purpose what some ask for by its name as well.
      rollupOptions: { output: outputOf(lots.worker), checks: { ineffectiveDynamicImport: false } },
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // An inlined picture or style would be a `data:` address or a style element, which the policy forbids.
      assetsInlineLimit: 0,
      cssCodeSplit: true,
      // Which scripts each page brings along is as long as a page; what is left in the list are the styles.
      modulePreload: { polyfill: false, resolveDependencies: (_, names) => names.filter(isStyle) },
      reportCompressedSize: false,
      // How long the bundler's own parts take concerns nobody who only wants the pages.
      rollupOptions: { output: outputOf(lots.page), checks: { pluginTimings: false } },
    },
  });
  return chunks;
}

/** What the page needs to stand where the node is out of reach: itself and what it names, with what that brings along. */
function shellOf(outDir: string, chunks: Chunks): string[] {
  const html = readFileSync(join(outDir, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name = '']) => name);
  const found = new Set<string>();
  const start = Object.keys(chunks).filter((name) => SHELL_SOURCES.includes(chunks[name]?.entry ?? ''));
  const waiting = [...named, ...start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...(chunks[name]?.imports ?? []), ...(chunks[name]?.styles ?? []));
  }
  return ['/', ...[...found].toSorted().map((name) => `/${name}`)];
}

/** One file of its own, with the list of what it keeps; the name of its cache changes with the page or the list. */
async function bundleServiceWorker(outDir: string, shell: readonly string[]): Promise<void> {
  const { build } = await import('vite');
  const html = readFileSync(join(outDir, 'index.html'));
  const name = createHash('sha256').update(html).update(JSON.stringify(shell)).digest('hex').slice(0, 16);
  await build({
    configFile: false,
    root: join(DASHBOARD, 'app'),
    logLevel: 'warn',
    publicDir: false,
    define: { SHELL: JSON.stringify(shell), SHELL_NAME: JSON.stringify(`phr-shell-${name}`) },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      modulePreload: false,
      reportCompressedSize: false,
      rollupOptions: {
        input: join(DASHBOARD, 'app/service-worker.ts'),
        output: { entryFileNames: SERVICE_WORKER_PATH.slice(1), codeSplitting: false },
        checks: { pluginTimings: false },
      },
    },
  });
}

function sortedByName<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The routes import their pages when they are opened, so that Node can read them without the pages. */
async function writeRoutes(outDir: string): Promise<void> {
  const { ALL_ROUTES } = await import('./app/router/all-routes.ts');
  writeFileSync(join(outDir, 'routes.json'), JSON.stringify(ALL_ROUTES.map(({ path }) => path)));
}

const isStyle = (name: string): boolean => name.endsWith('.css');

function compress(outDir: string): void {
  for (const name of readdirSync(join(outDir, 'assets'))) {
    const path = join(outDir, 'assets', name);
    const bytes = readFileSync(path);
    if (bytes.length >= GZIP_BYTES_MIN) writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

if (import.meta.main) {
  const isForced = process.argv.includes('--force');
  const wasStale = isForced ? (await buildApp(), true) : await ensureBuilt();
  process.stdout.write(wasStale ? 'dashboard built\n' : 'dashboard is up to date\n');
}
