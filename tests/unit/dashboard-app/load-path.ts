import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Chunks } from '../../../dashboard/build-chunks.ts';
import { DIST, loadAssets } from '../../../dashboard/assets.ts';

/** What each step asks for, by source: the bundler's own list says in which script it ended up. */
export const STEPS = {
  first: ['dashboard/app/main.tsx', 'dashboard/app/worker/worker.ts'],
  start: ['dashboard/app/pages/public/start.tsx', 'dashboard/app/pages/public/words/en-start.ts'],
  /** The form of an application, which asks the worker at whom one applies. */
  apply: [
    'dashboard/app/pages/public/register-patient.tsx',
    'dashboard/app/pages/public/words/en.ts',
    'dashboard/app/worker/account/calls.ts',
  ],
  signIn: [
    'dashboard/app/worker/account/calls.ts',
    'dashboard/app/worker/account/entry.ts',
    'node_modules/@noble/hashes/argon2.js',
    // Who belongs to the network is read at every sign-in.
    'node/client/roster.ts',
  ],
  patientHome: [
    'dashboard/app/pages/patient/home.tsx',
    'dashboard/app/pages/patient/words/en-home.ts',
    'dashboard/app/words/clinical/en.ts',
    // Whether somebody recovers the account is asked at every sign-in.
    'dashboard/app/worker/account/application.ts',
    'dashboard/app/worker/patient/calls.ts',
    'dashboard/app/worker/patient/home.ts',
    'dashboard/app/worker/patient/reading.ts',
    'dashboard/app/worker/patient/self.ts',
    'node/client/opening.ts',
    'node/client/audit.ts',
    'node/client/care.ts',
    'node/client/sharing.ts',
    'node/client/records.ts',
    'node/client/keyring.ts',
  ],
} as const;

/** The scripts and styles of the built app, and what a browser fetches of them. */
export class LoadPath {
  readonly #chunks: Chunks;
  readonly #assets = loadAssets().files;

  constructor() {
    this.#chunks = JSON.parse(readFileSync(new URL('chunks.json', DIST), 'utf8')) as Chunks;
  }

  /** Names of everything that is fetched when these sources are asked for, as `assets/...`. */
  filesFor(sources: readonly string[]): Set<string> {
    const found = new Set<string>();
    const waiting = sources.flatMap((source) => this.#chunksWith(source));
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      const chunk = this.#chunks[name];
      if (chunk === undefined) throw new Error(`${name} is not of this build`);
      for (const style of chunk.styles) found.add(style);
      waiting.push(...chunk.imports);
    }
    return found;
  }

  /** Sources in all of these scripts. */
  sourcesIn(files: Iterable<string>): Set<string> {
    return new Set([...files].flatMap((name) => this.#chunks[name]?.modules ?? []));
  }

  bytesOf(files: Iterable<string>): number {
    return [...files].reduce((sum, name) => sum + this.#gzipBytes(name), 0);
  }

  /** Bytes of the page itself. */
  get pageBytes(): number {
    return gzipSync(readFileSync(new URL('index.html', DIST))).length;
  }

  #chunksWith(source: string): string[] {
    const names = Object.entries(this.#chunks).flatMap(([name, { modules, entry }]) =>
      modules.includes(source) || entry === source ? [name] : [],
    );
    if (names.length === 0) throw new Error(`${source} is in no script of the build`);
    return names;
  }

  #gzipBytes(name: string): number {
    const asset = this.#assets.get(`/${name}`);
    if (asset === undefined) throw new Error(`${name} is not served`);
    return (asset.gzip ?? gzipSync(asset.bytes)).length;
  }
}
