/** The sources of `crypto/` without their types, as written or with every mutant behind a switch. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';
import { instrument, type Mutant } from './instrument.ts';
import { isNode } from './syntax-tree.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROOM = 'crypto';
const SWITCH_URL = new URL('switch.ts', import.meta.url).href;

/**
 * Tests of the room that are quick enough to be asked about every mutant. Left out: the exhaustive ones
 * (`vitest.config.ts`, THOROUGH), those that run the sources in another process or build them, and the outside suites,
 * which are not on every machine.
 */
const TEST_FOLDERS = ['tests/unit/crypto', 'tests/property/crypto', 'tests/vectors/crypto'];
const NOT_ASKED = [
  'tests/unit/crypto/bit-flips.test.ts',
  'tests/unit/crypto/bundle.test.ts',
  'tests/unit/crypto/fresh-keys.test.ts',
  'tests/unit/crypto/line-coverage.test.ts',
  'tests/unit/crypto/stream-memory.test.ts',
  'tests/property/crypto/fuzz.test.ts',
  'tests/vectors/crypto/wycheproof.test.ts',
];

function filesUnder(folder: string, ending: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .toSorted();
}

export function roomFiles(): readonly string[] {
  return filesUnder(ROOM, '.ts');
}

export function testFiles(): readonly string[] {
  return TEST_FOLDERS.flatMap((folder) => filesUnder(folder, '.test.ts')).filter(
    (file) => !NOT_ASKED.includes(file),
  );
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Everything that a verdict depends on: sources, tests, vectors and this tool. 16 hex digits. */
export function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n${read(file)}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Files that the tests are made of, helpers and vectors included. */
export function testMaterial(): readonly string[] {
  return TEST_FOLDERS.flatMap((folder) => [...filesUnder(folder, '.ts'), ...filesUnder(folder, '.json')]);
}

/** For every file of the room, the files of the room that import it. */
export function importersOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const imports = new Map(
    files.map((file) => {
      const named = [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, path]) => path ?? '');
      return [file, named.map((path) => posix.join(posix.dirname(file), path))] as const;
    }),
  );
  return new Map(files.map((file) => [file, files.filter((other) => imports.get(other)?.includes(file))]));
}

/** JavaScript with every character of the TypeScript at its place. */
export function stripped(source: string): string {
  return stripTypeScriptTypes(source, { mode: 'strip' });
}

export interface InstrumentedRoom {
  readonly mutants: readonly Mutant[];
  /** Instrumented JavaScript by file. */
  readonly sources: ReadonlyMap<string, string>;
}

/** The whole room with its mutants numbered in the order of files and places. */
export function instrumentRoom(): InstrumentedRoom {
  const mutants: Mutant[] = [];
  const sources = new Map<string, string>();
  for (const file of roomFiles()) {
    const original = read(file);
    const source = stripped(original);
    const program: unknown = parseAst(source);
    if (!isNode(program)) throw new TypeError(`${file} has no syntax tree`);
    const init = { file, source, original, firstId: mutants.length + 1 };
    const instrumented = instrument(init, program, SWITCH_URL);
    mutants.push(...instrumented.mutants);
    sources.set(file, instrumented.source);
  }
  return { mutants, sources };
}
