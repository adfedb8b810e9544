import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/devnet/poll.ts';
import { go, signIn } from './dashboard-world.ts';
import { openPatientWorld, PASSPHRASE } from './dashboard-patient-world.ts';
import type { PatientWorld } from './dashboard-patient-world.ts';

/** Three parts of 16 blocks. */
const SIZE = 40_000_000;
/** In the second part. */
const BLOCKS_BEFORE_PAUSE = 24;
/** Two parts, of which the first has 16 blocks. */
const SMALL = 18_000_000;
const BLOCKS_OF_A_PART = 19;
const WAIT = { timeout: 180_000 };

const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-upload-'));
const file = join(scratch, 'scan.dcm');
const bytes = randomBytes(SIZE);
const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
let all: PatientWorld;
let page: Page;

beforeAll(async () => {
  writeFileSync(file, bytes);
  all = await openPatientWorld('uploads', 28_300);
  ({ page } = all);
});

afterAll(async () => {
  await all.world.close();
  rmSync(scratch, { recursive: true, force: true });
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const lineOf = (title: string) => page.getByRole('region', { name: title, exact: true });
const goOn = () => button('Go on: Scan of the knee');

describe('a document of 40 MB in the browser', () => {
  it('is paused, outlives the death of the node, and goes on behind what is stored', async () => {
    const { world } = all;
    // Nothing here depends on speed: the blocks behind the first part and a half wait until the button was pressed.
    const pressed = Promise.withResolvers<void>();
    let sent = 0;
    await page.context().route('**/api/v1/store', async (route) => {
      sent += 1;
      if (sent > BLOCKS_BEFORE_PAUSE) await pressed.promise;
      await route.continue();
    });
    await go(page, '/patient/add');
    await page.getByRole('tab', { name: 'A document' }).click();
    await page.locator('#file').setInputFiles(file);
    await page.getByLabel('What it is').fill('Scan of the knee');
    await button('Seal and store').click();
    await page.getByText(/Stored on [234] of 4 nodes/).waitFor(WAIT);
    await button('Pause: Scan of the knee').click();
    await page.getByText('Paused. What is stored stays stored.').waitFor();
    pressed.resolve();
    const bar = page.getByRole('progressbar', { name: 'Scan of the knee' });
    const before = Number(await bar.getAttribute('value'));
    expect(before).toBeGreaterThan(15_000_000);
    expect(before).toBeLessThan(SIZE);
    const blocks = world.blocksAt();
    await world.kill('north');
    await world.restart('north');
    // What a person does: unlock when asked, since the session at the node ended with it, and go on.
    const arrived = page.getByText('The document is in your record.');
    const done = await poll(
      async () => {
        if (await arrived.isVisible()) return true;
        if (await page.locator('#locked-title').isVisible()) await unlock();
        else if (await goOn().isVisible()) await goOn().click();
        return undefined;
      },
      { timeoutMs: 240_000 },
    );
    expect(done).toBe(true);
    expect(await page.locator('.commit-line').innerText()).toMatch(/Stored on [234] of 4 nodes/);
    // 43 blocks of the file, headers, lists, a manifest: the 16 of the part that was committed did not come again.
    expect(world.blocksAt() - blocks).toBeLessThan(43);
    await page.context().unroute('**/api/v1/store');
    await page.getByRole('link', { name: 'Open the record' }).click();
  });

  it('is named in the record, and is saved as it was', async () => {
    await page.getByRole('heading', { level: 1, name: 'Scan of the knee' }).waitFor();
    // A dialogue of the system is out of reach of a test: the way of browsers that have none.
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
    const saved = await all.downloadsOf(() => button('Open and save').click());
    // Browsers differ in the types that they know.
    expect(saved.name).toMatch(/^Scan of the knee\.(dcm|bin)$/);
    expect(digestOf(saved.bytes)).toBe(digestOf(bytes));
    expect(all.world.complaints).toEqual([]);
  });

  it('is known when it is chosen again: nothing is sent', async () => {
    const blocks = all.world.blocksAt();
    await go(page, '/patient/add');
    await page.getByRole('tab', { name: 'A document' }).click();
    await page.locator('#file').setInputFiles(file);
    await page.getByLabel('What it is').fill('The same');
    await button('Seal and store').click();
    await expect
      .poll(async () => await page.getByText('The document is in your record.').count(), { timeout: 60_000 })
      .toBe(2);
    expect(all.world.blocksAt()).toBe(blocks);
  });

  it('is listed as unfinished after a reload and a new sign-in, goes on with the same file, or is discarded', async () => {
    const begun = { name: 'film.dcm', mimeType: '', buffer: randomBytes(SMALL) };
    const left = page.getByText('Begun in an earlier visit and not finished.');
    for (const title of ['Film of the heart', 'Film of the lung']) {
      await begin(title, begun);
      await expect.poll(keptDrafts, { timeout: 60_000 }).toBe(1);
      await comeBack();
      await left.waitFor();
      expect(await page.locator('.progress').last().innerText()).toMatch(/^[\d.]+ (B|MB) of 18 MB$/);
      if (title.endsWith('lung')) break;
      const again = page.getByLabel('Go on: choose the same file again', { exact: true });
      await again.setInputFiles({ ...begun, buffer: randomBytes(SMALL - 1) });
      await page.getByText(/This is another file/).waitFor();
      await again.setInputFiles(begun);
      await page.getByText('The document is in your record.').waitFor(WAIT);
    }
    await button('Discard: Film of the lung').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard', exact: true }).click();
    // Its line goes last, when it is erased and forgotten; until then a reload would leave it as it was.
    await lineOf('Film of the lung').waitFor({ state: 'detached', timeout: 60_000 });
    const erased = page.locator('.notice', { hasText: 'Discarded. What was stored of it is erased.' });
    expect(await erased.innerText()).toMatch(/Film of the lung\s+✓? ?Agreed by the network in block \d+/);
    await comeBack();
    await page.locator('#file').waitFor();
    expect(await left.count()).toBe(0);
    expect(all.world.complaints).toEqual([]);
  });
});

/** Begins an upload whose last blocks never leave, and waits until a part of it is stored. */
async function begin(
  title: string,
  chosen: { name: string; mimeType: string; buffer: Buffer },
): Promise<void> {
  // Another file each time, or what the first one stored would be found.
  chosen.buffer = randomBytes(SMALL);
  let sent = 0;
  await page.context().route('**/api/v1/store', async (route) => {
    sent += 1;
    if (sent <= BLOCKS_OF_A_PART) await route.continue();
  });
  await openDocuments();
  await page.locator('#file').setInputFiles(chosen);
  await page.getByLabel('What it is').fill(title);
  await button('Seal and store').click();
  // Of this one: what arrived before says so as well.
  await lineOf(title)
    .getByText(/Stored on [234] of 4 nodes/)
    .waitFor(WAIT);
}

/** What this browser keeps of the person, sealed: the list of uploads is one of it. */
const keptDrafts = (): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('phr-mesh');
        opening.addEventListener('error', () => reject(new Error('no storage')));
        opening.addEventListener('success', () => {
          const count = opening.result.transaction('drafts').objectStore('drafts').count();
          count.addEventListener('success', () => {
            opening.result.close();
            resolve(count.result);
          });
        });
      }),
  );

async function openDocuments(): Promise<void> {
  await go(page, '/patient/add');
  await page.getByRole('tab', { name: 'A document' }).click();
}

/** The window is loaded anew: nothing is left in it, and the person signs in again. */
async function comeBack(): Promise<void> {
  page.once('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.context().unroute('**/api/v1/store');
  await signIn(page, 'maria', PASSPHRASE);
  await page.waitForURL((url) => url.pathname.startsWith('/patient'));
  await openDocuments();
}

async function unlock(): Promise<void> {
  await page.getByLabel('Account name').fill('maria');
  await page.getByLabel('Passphrase').fill(PASSPHRASE);
  await button('Unlock').click();
  // Open again, or the node is not back yet.
  await poll(
    async () => {
      const isOpen = !(await page.locator('#locked-title').isVisible());
      return isOpen || (await page.locator('.dialog .failure').isVisible()) ? true : undefined;
    },
    { timeoutMs: 60_000 },
  );
}
