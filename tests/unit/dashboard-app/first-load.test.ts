import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIST } from '../../../dashboard/assets.ts';
import { ensureBuilt } from '../../../dashboard/build.ts';
import { LoadPath, STEPS } from './load-path.ts';

const KIB = 1024;
/** What the issue allows for a first load with the worker in it, in bytes: 120 KB. */
const FIRST_LOAD_BYTES_MAX = 120_000;
/** Page, styles and the worker before anybody typed: the first page stands. */
const START_BYTES_MAX = 38 * KIB;
/** The first page of who comes to apply. */
const APPLY_BYTES_MAX = 48 * KIB;
/** And the keys, the proofs and Argon2id, which a sign-in with a passphrase brings. */
const SIGNED_IN_BYTES_MAX = 112 * KIB;
/** And the patient's home. */
const HOME_BYTES_MAX = 144 * KIB;

let path: LoadPath;
beforeAll(async () => {
  await ensureBuilt();
  path = new LoadPath();
});

const bytesFor = (...steps: (keyof typeof STEPS)[]): number =>
  path.pageBytes + path.bytesOf(path.filesFor(steps.flatMap((step) => STEPS[step])));

describe('the first load', () => {
  it('is what the page names, and the worker', () => {
    const html = readFileSync(new URL('index.html', DIST), 'utf8');
    const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(
      ([, name = '']) => name,
    );
    expect(named.length).toBeGreaterThanOrEqual(2);
    const first = path.filesFor(STEPS.first);
    expect([...first]).toEqual(expect.arrayContaining(named));
  });

  it('is within 120 KB, worker included: the start page, an application, and all of a sign-in', () => {
    for (const step of ['start', 'apply', 'signIn'] as const) {
      expect(bytesFor('first', 'start', step), step).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
    }
    // A count that could not go over it would say nothing.
    expect(bytesFor('first', 'start', 'signIn', 'patientHome')).toBeGreaterThan(FIRST_LOAD_BYTES_MAX);
  });

  it('stands with 38 KiB compressed, page, styles, scripts and the worker; an application with 48', () => {
    const bytes = bytesFor('first', 'start');
    expect(bytes).toBeLessThanOrEqual(START_BYTES_MAX);
    expect(bytesFor('first', 'start', 'apply')).toBeLessThanOrEqual(APPLY_BYTES_MAX);
    // And it is not empty: what is counted is what runs.
    expect(bytes).toBeGreaterThan(20 * KIB);
  });

  it('brings everything that a sign-in needs in 112 KiB, and the patient’s home in 144', () => {
    expect(bytesFor('first', 'start', 'signIn')).toBeLessThanOrEqual(SIGNED_IN_BYTES_MAX);
    expect(bytesFor('first', 'start', 'signIn', 'patientHome')).toBeLessThanOrEqual(HOME_BYTES_MAX);
    expect(bytesFor('first', 'start', 'signIn')).toBeGreaterThan(60 * KIB);
  });

  it('leaves what few people need for those who ask for it', () => {
    const files = path.filesFor([...STEPS.first, ...STEPS.start, ...STEPS.signIn, ...STEPS.patientHome]);
    const sources = [...path.sourcesIn(files)];
    const rare =
      /uplot|lean-qr|zod|scrypt|\/oprf\.|classic\/schemas|importer|client\/(upload|emergency|recovery|identity)\.|rules\/|pages\/(doctor|administrator|auditor|researcher)\/(?!routes)|\/ar\.ts/;
    expect(sources.filter((source) => rare.test(source))).toEqual([]);
    // The same sources are in the build: a name that was changed would make the line above say nothing.
    for (const source of ['node/client/upload.ts', 'node/client/recovery.ts', 'node/client/identity.ts']) {
      expect(path.filesFor([source]).size).toBeGreaterThan(0);
    }
  });
});
