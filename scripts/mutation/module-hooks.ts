/**
 * Loads test files and the room under test afresh, as often as asked, in this process: every address of ours carries
 * the number of its generation, so that no module-level value of one mutant is seen by the next.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ROOT, stripped } from './room.ts';

const TEST_INTERFACE = new URL('test-interface.ts', import.meta.url).href;
const HERE = new URL('.', import.meta.url).href;
const ROOT_URL = pathToFileURL(ROOT).href;

let generation = 0;
let isKept = false;
const withoutTypes = new Map<string, string>();

function isOurs(url: string): boolean {
  return url.startsWith(ROOT_URL) && !url.includes('/node_modules/') && !url.startsWith(HERE);
}

/** `sources` stand in for the files that they name. */
export function installHooks(sources: ReadonlyMap<string, string>): void {
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? '';
      if (specifier === 'vitest' && isOurs(parent)) return { url: TEST_INTERFACE, shortCircuit: true };
      const resolved = next(specifier, context);
      const age = new URL(parent === '' ? resolved.url : parent).searchParams.get('generation');
      if (age === null || !isOurs(resolved.url)) return resolved;
      return { ...resolved, url: `${resolved.url.split('?')[0]}?generation=${age}` };
    },
    load(url, context, next) {
      const [address = ''] = url.split('?');
      if (!url.includes('?generation=') || !address.endsWith('.ts')) return next(url, context);
      const path = fileURLToPath(address);
      const file = relative(ROOT, path).replaceAll('\\', '/');
      const source = sources.get(file) ?? withoutTypes.get(file) ?? stripped(readFileSync(path, 'utf8'));
      if (!sources.has(file)) withoutTypes.set(file, source);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** From now on every file of ours is loaded once. */
export function keepGeneration(): void {
  isKept = true;
}

/** Imports a file and everything of ours behind it anew. */
export async function importAfresh(file: string): Promise<unknown> {
  if (!isKept) generation++;
  return import(`${pathToFileURL(join(ROOT, file)).href}?generation=${generation}`);
}
