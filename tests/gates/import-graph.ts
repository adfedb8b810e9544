import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { z } from 'zod';
import { ROOT } from './planted-tree.ts';

/**
 * A second pair of eyes beside the linter: the linter judges how an import is written, this judges where it leads.
 * It sees what a pattern on the text cannot: paths that wander, and what a browser room reaches through others.
 */
const Manifest = z.object({ imports: z.record(z.string(), z.string()) });
const ALIASES = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).imports;

/** Rooms, the narrower first, with the rooms that each may enter besides itself. */
const ROOMS: { room: string; may: string[] }[] = [
  { room: 'crypto/backend/native', may: ['crypto'] },
  { room: 'crypto/native.ts', may: ['crypto', 'crypto/backend/native'] },
  { room: 'crypto', may: [] },
  { room: 'consensus/pbft', may: ['crypto', 'consensus'] },
  { room: 'consensus/ledger', may: ['crypto', 'consensus'] },
  { room: 'consensus', may: ['crypto', 'consensus/pbft', 'consensus/ledger'] },
  { room: 'storage', may: ['crypto'] },
  { room: 'node/client', may: ['crypto', 'consensus', 'consensus/ledger', 'node/records'] },
  { room: 'node/records', may: ['crypto', 'node/client'] },
  { room: 'node/gateway', may: ['crypto', 'crypto/native.ts', 'node/client', 'node/records'] },
  { room: 'node/services', may: ['NODE'] },
  { room: 'node/network', may: ['NODE'] },
  { room: 'node/runtime', may: ['NODE'] },
  { room: 'node/proxy', may: ['NODE'] },
  { room: 'node/main.ts', may: ['NODE', 'dashboard'] },
  { room: 'node', may: ['NODE'] },
  { room: 'dashboard/app', may: ['crypto', 'consensus/ledger', 'node/client', 'node/records'] },
  { room: 'dashboard/build.ts', may: ['dashboard', 'dashboard/app'] },
  { room: 'dashboard', may: ['crypto', 'node/services', 'node/client', 'node/records'] },
];
const BROWSER_ROOMS = [
  'crypto',
  'consensus/pbft',
  'consensus/ledger',
  'consensus',
  'node/client',
  'node/records',
  'dashboard/app',
];
const SERVER_PACKAGES =
  /^(libp2p|helia|koa|pino|sodium-native|libsodium-wrappers-sumo|blockstore-core|datastore-core|@libp2p\/|@chainsafe\/|@helia\/|@koa\/)/;

export const roomOf = (path: string): string =>
  ROOMS.find(({ room }) => path === room || path.startsWith(`${room}/`))?.room ?? '';

export interface Import {
  specifier: string;
  /** Erased at run time: `import type`, `export type`. */
  typeOnly: boolean;
}

/** Every literal import, re-export and dynamic import of a source text; a computed one is reported as `(computed)`. */
export function importsOf(text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  const statements = /\b(?:import|export)\b(\s+type\b(?!\s*,))?[^'";()=]*?\bfrom\s*['"]([^'"]+)['"]/g;
  for (const [, type, specifier] of code.matchAll(statements)) {
    found.push({ specifier: specifier ?? '', typeOnly: type !== undefined });
  }
  for (const [, specifier] of code.matchAll(/(?<![\w.#'"])import\s*['"]([^'"]+)['"]/g)) {
    found.push({ specifier: specifier ?? '', typeOnly: false });
  }
  for (const [, specifier] of code.matchAll(/(?<![\w.#])import\s*\(\s*(?:['"]([^'"]+)['"])?/g)) {
    found.push({ specifier: specifier ?? '(computed)', typeOnly: false });
  }
  for (const [, specifier] of code.matchAll(/(?<![\w.#])require\s*\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ specifier: specifier ?? '', typeOnly: false });
  }
  return found;
}

/** The file of the project that a specifier leads to, relative to the root; undefined for a package or builtin. */
export function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return normalize(ALIASES[specifier] ?? `unknown${specifier}`);
  // A query tells the bundler how to load it; the file is the same.
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier.split('?')[0] ?? ''));
  return undefined;
}

function mayEnter(from: string, target: string): boolean {
  const [here, there] = [roomOf(from), roomOf(target)];
  if (here === there) return true;
  const may = ROOMS.find(({ room }) => room === here)?.may ?? [];
  if (may.includes('NODE') && there !== 'dashboard' && there !== '') return true;
  return may.includes(there);
}

/** What is wrong with the imports of one file of a room. */
export function importFaults(path: string, text: string): string[] {
  const browser = BROWSER_ROOMS.includes(roomOf(path));
  return importsOf(text).flatMap(({ specifier }) => {
    if (specifier === '(computed)') return ['a computed import'];
    const target = targetOf(path, specifier);
    if (target !== undefined) {
      const byPath = specifier.startsWith('.') && target.split('/')[0] !== path.split('/')[0];
      return mayEnter(path, target) && !byPath ? [] : [`${specifier} leads to ${target}`];
    }
    return browser && (isBuiltin(specifier) || SERVER_PACKAGES.test(specifier)) ? [specifier] : [];
  });
}

/** Everything that running `entry` loads: files of the project, and packages or builtins by name. */
export function reach(
  entry: string,
  read: (path: string) => string,
): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    for (const { specifier, typeOnly } of importsOf(read(path))) {
      if (typeOnly) continue;
      const target = targetOf(path, specifier);
      if (target === undefined) packages.add(specifier);
      else waiting.push(target);
    }
  }
  return { files, packages };
}
