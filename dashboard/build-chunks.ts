import { relative } from 'node:path';
import type { Plugin } from 'vite';

/** One script of the built app: what it was made of and what it brings along. Names as under `dist/`. */
export interface Chunk {
  /** Sources in it, relative to the repository, packages as `node_modules/...`. */
  modules: string[];
  /** The source that it is loaded for, when it is the door to one. */
  entry: string | null;
  /** Scripts that a browser fetches before the first line of this one runs. */
  imports: string[];
  /** Scripts that it may fetch later. */
  dynamicImports: string[];
  styles: string[];
}

/** By name of the script. The page and the worker are bundled apart; both are in here. */
export type Chunks = Record<string, Chunk>;

const PACKAGES = '/node_modules/';

function nameOf(root: string, id: string): string {
  const at = id.lastIndexOf(PACKAGES);
  return at < 0 ? relative(root, id) : id.slice(at + 1);
}

/** Notes for every script what is in it: the budget of what a browser loads is counted by this. */
export function noteChunks(root: string, chunks: Chunks): Plugin {
  return {
    name: 'phr-note-chunks',
    // After the bundler has taken out the scripts that held nothing but a style.
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type !== 'chunk') continue;
        const modules = Object.keys(output.modules).map((id) => nameOf(root, id));
        chunks[name] = {
          modules: modules.filter((id) => !id.startsWith('\0') && !id.includes('\0')).toSorted(),
          entry: output.facadeModuleId === null ? null : nameOf(root, output.facadeModuleId),
          imports: output.imports.toSorted(),
          dynamicImports: output.dynamicImports.toSorted(),
          styles: [...(output.viteMetadata?.importedCss ?? [])].toSorted(),
        };
      }
    },
  };
}

/** Sources that go into one script. */
export interface Lot {
  readonly name: string;
  readonly modules: ReadonlySet<string>;
}

/** What stands first, what a sign-in brings, and what reads a record: fetched by everybody who gets that far. */
const PAGE_LOTS = { shell: ['dashboard/app/main.tsx', 'dashboard/app/pages/public/start.tsx'] };
const WORKER_LOTS = {
  /** What the worker needs before it is asked for more than a word of the node. */
  door: ['dashboard/app/worker/worker.ts', 'dashboard/app/worker/account/calls.ts'],
  keys: ['dashboard/app/worker/account/entry.ts', 'node/client/roster.ts'],
  record: [
    'dashboard/app/worker/account/application.ts',
    'dashboard/app/worker/record/describe.ts',
    'dashboard/app/worker/record/chart.ts',
    'node/records/series.ts',
    'node/client/care.ts',
    'node/client/keyring.ts',
    'node/client/opening.ts',
    'node/client/records.ts',
    'node/client/sharing.ts',
  ],
};
/** The questions of an application, which a patient who moves answers too: one script for both, and no part for each. */
const FORM: Lot = {
  name: 'register',
  modules: new Set([
    'dashboard/app/pages/public/register.tsx',
    'dashboard/app/pages/public/register-steps.tsx',
    'dashboard/app/pages/public/passphrase-fields.tsx',
    'dashboard/app/pages/public/passphrase-quality.ts',
    'dashboard/app/pages/public/common-passphrase.ts',
  ]),
};
/** @param chunks of a bundle without lots: there, a script holds only what all who ask for it need */
export function lotsOf(chunks: Chunks): { page: Lot[]; worker: Lot[] } {
  const taken = new Set<string>();
  const lotOf = ([name, sources]: [string, string[]]): Lot => {
    const needed = sources.flatMap((source) => [...neededBy(chunks, source)]);
    const modules = new Set(needed.filter((module) => !taken.has(module)));
    for (const module of modules) taken.add(module);
    return { name, modules };
  };
  const worker = Object.entries(WORKER_LOTS).map(lotOf);
  taken.clear();
  return { page: [...Object.entries(PAGE_LOTS).map(lotOf), FORM], worker };
}

/** Every source that is loaded with this one. */
function neededBy(chunks: Chunks, source: string): Set<string> {
  const found = new Set<string>();
  const waiting = Object.keys(chunks).filter((name) => chunks[name]?.modules.includes(source));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...(chunks[name]?.imports ?? []));
  }
  return new Set([...found].flatMap((name) => chunks[name]?.modules ?? []));
}

/** How the bundler puts each lot into one script: the lots alone, without what their sources only name. */
export function splittingOf(root: string, lots: readonly Lot[]) {
  if (lots.length === 0) return true;
  const groups = lots.map(({ name, modules }) => ({
    name,
    test: (id: string) => modules.has(nameOf(root, id)),
  }));
  return { groups, includeDependenciesRecursively: false };
}
