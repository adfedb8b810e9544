import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { eventually, serveFake } from '../unit/dashboard/harness.ts';
import { go, signIn } from './dashboard-world.ts';
import { openPatientWorld, PASSPHRASE } from './dashboard-patient-world.ts';
import type { PatientWorld } from './dashboard-patient-world.ts';
import { LoadPath, STEPS } from '../unit/dashboard-app/load-path.ts';

const KIB = 1024;
/** An application is another way. */
const WAY_HOME = ['first', 'start', 'signIn', 'patientHome'] as const;
/** 120 KB, worker included. */
const FIRST_LOAD_BYTES_MAX = 120_000;

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

/** Those of the app, with what each took; a page is one of them. */
function appFiles(received: ReadonlyMap<string, number>): [string, number][] {
  return [...received].filter(([path]) => !path.startsWith('/api/') && path !== '/service-worker.js');
}

const bytesOf = (received: ReadonlyMap<string, number>): number =>
  appFiles(received).reduce((sum, [, length]) => sum + length, 0);

describe('what a browser loads', () => {
  it('for a sign-in, all but the stretching of the passphrase, is no more than 120 KB', async () => {
    const { page, context } = await all.world.window();
    const received = countTransfers(page);
    await page.goto('/');
    const keys = new LoadPath().filesFor(['dashboard/app/worker/account/entry.ts']);
    const hasKeys = (): boolean => [...keys].every((name) => received.has(`/${name}`));
    await page.getByLabel('Account name').waitFor();
    expect(hasKeys()).toBe(false);
    // Fetched when somebody begins to type.
    await page.getByLabel('Account name').focus();
    await eventually(() => Promise.resolve(hasKeys())).toBe(true);
    expect(bytesOf(received)).toBeGreaterThan(60 * KIB);
    expect(bytesOf(received)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
    await context.close();
  });

  it('for an application, with the worker that names the institutions, is no more than 120 KB', async () => {
    const { page, context } = await all.world.window();
    const received = countTransfers(page);
    await page.goto('/register/patient');
    await page.getByLabel('Family name').waitFor();
    const worker = [...received.keys()].filter((path) => /\/assets\/worker\./.test(path));
    expect(worker).toHaveLength(1);
    expect(bytesOf(received)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
    await context.close();
  });

  it('until the patient’s home stands is what the budget counts, and no more than 144 KiB', async () => {
    const { page, context } = await all.world.window();
    const received = countTransfers(page);
    await signIn(page, 'maria', PASSPHRASE);
    await page.getByText('No measurements in the last two months').waitFor();
    const files = appFiles(received);
    expect(files.filter(([, length]) => length === 0)).toEqual([]);
    // The worker and what it loads are among them.
    const path = new LoadPath();
    const expected = [...path.filesFor(WAY_HOME.flatMap((step) => STEPS[step]))].map((name) => `/${name}`);
    const got = files.map(([name]) => name);
    expect(got.filter((name) => /\.(js|css)$/.test(name) && !expected.includes(name))).toEqual([]);
    expect(expected.filter((name) => !got.includes(name))).toEqual([]);
    expect(bytesOf(received)).toBeLessThanOrEqual(144 * KIB);
    await context.close();
  });
});

/** Every byte that the page's origin keeps in this browser, as text: names, keys and values. */
async function keptText(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const parts: string[] = [
      document.cookie,
      JSON.stringify(Object.entries(localStorage)),
      JSON.stringify(Object.entries(sessionStorage)),
    ];
    const textOf = (value: unknown): string =>
      JSON.stringify(value, (_, one: unknown) =>
        one instanceof Uint8Array ? Array.from(one, (byte) => String.fromCharCode(byte)).join('') : one,
      );
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name ?? '');
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(new Error('no database')));
      });
      for (const store of database.objectStoreNames) {
        const all = await new Promise<unknown>((resolve) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.addEventListener('success', () => resolve(request.result));
        });
        parts.push(store, textOf(all));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        parts.push(request.url, (await (await cache.match(request))?.text()) ?? '');
      }
    }
    return parts.join('\n');
  });
}

async function countOf(page: Page, store: 'drafts' | 'heights'): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve) => {
        const request = indexedDB.open('phr-mesh');
        request.addEventListener('success', () => {
          const database = request.result;
          if (!database.objectStoreNames.contains(name)) return resolve(-1);
          const asked = database.transaction(name).objectStore(name).count();
          asked.addEventListener('success', () => {
            database.close();
            resolve(asked.result);
          });
        });
      }),
    store,
  );
}

describe('a form that was not sent', () => {
  const CANARY = 'systolicum murmurans apicem quaerit';
  let page: Page;
  let note: string;

  beforeAll(async () => {
    await all.maria.care.acceptAssignment(all.alice.keys.id);
    await all.alice.account.addPassphrase({ name: 'alice', passphrase: PASSPHRASE });
    ({ page } = await all.world.window());
    note = `/doctor/patients/${toHex(all.maria.keys.id)}/note`;
    await signIn(page, 'alice', PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/doctor');
  });

  it('lies sealed in the browser and comes back after a reload and a new sign-in', async () => {
    await go(page, note);
    await page.getByLabel('Note', { exact: true }).fill(CANARY);
    await eventually(() => countOf(page, 'drafts')).toBe(1);
    const kept = await keptText(page);
    expect(kept).toContain('/assets/');
    const telling = [...CANARY.split(' '), toHex(all.maria.keys.id), 'KELLER'];
    expect(telling.filter((word) => kept.includes(word))).toEqual([]);
    await page.reload();
    await signIn(page, 'alice', PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/doctor');
    await go(page, note);
    await page.getByText(/^Brought back: what you typed until/).waitFor();
    expect(await page.getByLabel('Note', { exact: true }).inputValue()).toBe(CANARY);
  });

  it('is another person’s no more than any other secret, in the same browser', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('heading', { name: 'One form is not sent yet' }).waitFor();
    await page.getByRole('button', { name: 'Keep it sealed and sign out' }).click();
    await page.getByLabel('Account name').waitFor();
    expect(await countOf(page, 'drafts')).toBe(1);
    await signIn(page, 'maria', PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/patient');
    // Nothing is asked: she has none.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Account name').waitFor();
    expect(await countOf(page, 'drafts')).toBe(1);
  });

  it('goes when its owner says so on the way out', async () => {
    await signIn(page, 'alice', PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/doctor');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Remove it and sign out' }).click();
    await page.getByLabel('Account name').waitFor();
    expect(await countOf(page, 'drafts')).toBe(0);
  });

  it('goes when it was sent', async () => {
    await signIn(page, 'maria', PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/patient');
    await go(page, '/patient/add');
    await page.getByLabel('Upper value (systolic)').fill('121');
    await eventually(() => countOf(page, 'drafts')).toBe(1);
    await page.getByLabel('Lower value (diastolic)').fill('79');
    await page.getByRole('button', { name: 'Add the reading' }).click();
    await page.getByText('The reading is in your record.').waitFor();
    await eventually(() => countOf(page, 'drafts')).toBe(0);
  });
});

describe('an older copy of the network', () => {
  it('is refused in a later visit, in clear words', async () => {
    const { page, context } = await all.world.window();
    await signIn(page, 'maria', PASSPHRASE);
    await page.getByText('Your health record').waitFor();
    await eventually(() => countOf(page, 'heights')).toBe(1);
    // As if this browser had seen the network further on: for it, the node now shows an older copy.
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const request = indexedDB.open('phr-mesh');
          request.addEventListener('success', () => {
            const transaction = request.result.transaction('heights', 'readwrite');
            const heights = transaction.objectStore('heights');
            const known = heights.getAll();
            known.addEventListener('success', () => {
              const [first] = known.result as { chain: string; height: number }[];
              if (first !== undefined) heights.put({ ...first, height: first.height + 1_000_000 });
            });
            transaction.addEventListener('complete', () => {
              request.result.close();
              resolve();
            });
          });
        }),
    );
    await page.reload();
    await signIn(page, 'maria', PASSPHRASE);
    await page.getByText('The node shows an older state than this browser has already seen.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    await context.close();
  });
});

describe('without the node', () => {
  it('the app opens from what the browser kept, says what is safe, and goes on by itself', async () => {
    const served = await serveFake({});
    const context = await all.world.browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://north.localhost:${served.port}/`);
    await page.getByLabel('Account name').waitFor();
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    const paths = await page.evaluate(async () => {
      const [name = ''] = await caches.keys();
      return (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
    });
    expect(
      paths.filter((path) => path !== '/' && !/^\/assets\/.+\.[\w-]{8}\.(js|css|svg)$/.test(path)),
    ).toEqual([]);
    // Page, styles, script, worker, start page and its words.
    expect(paths.length).toBeGreaterThanOrEqual(7);
    await served.dashboard.stop();
    await page.reload();
    await page.getByText('Your institution’s node is out of reach').waitFor();
    await page.getByLabel('Account name').waitFor();
    // What was not kept can not be shown; as soon as the node answers it is, and nobody has to ask again.
    await page.getByRole('link', { name: 'Verify a proof' }).first().click();
    await page.getByText('The node does not answer.').waitFor();
    const again = await serveFake({ services: served.services, options: { port: served.port } });
    await page.getByRole('heading', { level: 1, name: 'Verify a proof' }).waitFor();
    await page.getByText('is out of reach').waitFor({ state: 'detached' });
    await again.dashboard.stop();
    await context.close();
  });
});
