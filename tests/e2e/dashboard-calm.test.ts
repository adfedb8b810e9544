import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPatientWorld, PASSPHRASE } from './dashboard-patient-world.ts';
import type { PatientWorld } from './dashboard-patient-world.ts';
import { signIn } from './dashboard-world.ts';
import { LoadPath, STEPS } from '../unit/dashboard-app/load-path.ts';

const KIB = 1024;

let all: PatientWorld;

beforeAll(async () => {
  all = await openPatientWorld('calm pages', 24_500);
});
afterAll(async () => all.world.close());

/** Bytes of every asset as they came over the wire, by path; a worker's too. */
function countTransfers(page: Page): Map<string, number> {
  const received = new Map<string, number>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    const length = Number(response.headers()['content-length'] ?? '0');
    received.set(pathname, Math.max(received.get(pathname) ?? 0, length));
  });
  return received;
}

describe('what a browser loads', () => {
  it('until the patient’s home stands is what the budget counts, and no more than 162 KiB', async () => {
    const { page, context } = await all.world.window();
    const received = countTransfers(page);
    await signIn(page, 'maria', PASSPHRASE);
    await page.getByText('No measurements in the last two months').waitFor();
    const files = [...received].filter(([path]) => path === '/' || path.startsWith('/assets/'));
    const bytes = files.reduce((sum, [, length]) => sum + length, 0);
    expect(files.filter(([, length]) => length === 0)).toEqual([]);
    // The worker and what it loads are among them.
    const path = new LoadPath();
    const expected = [...path.filesFor(Object.values(STEPS).flat())].map((name) => `/${name}`);
    const got = files.map(([name]) => name);
    expect(got.filter((name) => /\.(js|css)$/.test(name) && !expected.includes(name))).toEqual([]);
    expect(expected.filter((name) => !got.includes(name))).toEqual([]);
    expect(bytes).toBeLessThanOrEqual(162 * KIB);
    await context.close();
  });
});
