import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, nobleBackend, toHex } from '#crypto';
import { encodeGenesis } from '#consensus/ledger';
import { answerOf, readEnrolmentCode, verifyAudit } from '#node/client';
import { go } from './dashboard-world.ts';
import { openPatientWorld } from './dashboard-patient-world.ts';
import type { PatientWorld } from './dashboard-patient-world.ts';

/** One red dot. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);
const CSV_ROWS = 120;

let all: PatientWorld;
let page: Page;

beforeAll(async () => {
  all = await openPatientWorld('patient pages', 24_300);
  page = all.page;
});
afterAll(async () => all.world.close());

const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const button = (name: string | RegExp) => page.getByRole('button', { name });

async function open(path: string, title: string | RegExp): Promise<void> {
  await go(page, path);
  await heading(title).waitFor();
}

/** Moves the focus with the keyboard alone until it is where it is wanted. */
async function tabTo(
  matches: (focused: { text: string; name: string; type: string }) => boolean,
): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement ? (element.labels?.[0]?.textContent ?? '') : '';
      return {
        text: `${element?.textContent ?? ''}${label}`.trim(),
        name: element?.getAttribute('name') ?? '',
        type: element?.getAttribute('type') ?? '',
      };
    });
    if (matches(focused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the keyboard does not get there');
}

/** Notes whether each question and each list of problems of a wizard has the focus at the moment in which it shows. */
async function watchFocus(): Promise<void> {
  await page.locator('form.steps').evaluate((form) => {
    const heading = form.querySelector('h2')!;
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        const added = [...addedNodes].find((node) => node instanceof HTMLElement && node.role === 'alert');
        const shown = heading.contains(target) ? heading : added;
        if (shown === undefined) continue;
        form.ariaDescription = `${form.ariaDescription ?? ''}${shown === document.activeElement ? 'focused' : 'missed'} `;
      }
    }).observe(form, { subtree: true, childList: true, characterData: true });
  });
}

describe('the patient’s home', () => {
  it('says what waits, whose record it is, and that the answer is whole', async () => {
    await open('/patient', 'Your health record');
    await page.getByText('1 doctor proposed by your institution').waitFor();
    expect(await page.locator('.patient-name').innerText()).toBe('KELLER, Maria');
    expect(await page.locator('.patient-banner').innerText()).toMatch(/Allergies\s*Not known/);
    await page.getByText('No measurements in the last two months').waitFor();
    expect(await page.locator('.proof-line').first().innerText()).toMatch(
      /^Complete: proven against block \d+, signed by [34] of 4\.$/,
    );
  });

  it('has the focus on the heading of the next page in the moment in which that shows, and once in the history', async () => {
    const before = await page.evaluate(() => history.length);
    const noted = page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          new MutationObserver((_, observer) => {
            const shown = document.querySelector('main h1');
            if (shown?.textContent !== 'My record') return;
            observer.disconnect();
            resolve(shown === document.activeElement);
          }).observe(document.body, { subtree: true, childList: true });
        }),
    );
    await page.getByRole('link', { name: 'Open the record' }).click();
    expect(await noted).toBe(true);
    await page.getByRole('navigation').getByRole('link', { name: 'My record' }).click();
    expect(await page.evaluate(() => history.length)).toBe(before + 1);
  });

  it('lets nobody in charge before the patient has accepted', async () => {
    await open('/patient/doctors', 'My doctors');
    expect((await all.alice.care.patients(all.alice.keys.id))[0]?.hasKeys).toBe(false);
    await button('Accept: Alice Berg').click();
    await page.getByRole('dialog').getByText('Your keys of all categories are sealed').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await page.getByText(/^Agreed in block \d+\.$/).waitFor();
    expect((await all.alice.care.patients(all.alice.keys.id))[0]).toMatchObject({
      status: 'active',
      hasKeys: true,
    });
  });
});

describe('adding', () => {
  it('names each problem of a reading, leads to its field, and sends nothing', async () => {
    await open('/patient/add', 'Add');
    await page.getByLabel('Upper value (systolic)').fill('1200');
    await button('Add the reading').click();
    const summary = page.locator('.error-summary');
    await summary.waitFor();
    expect(await summary.locator('a').allInnerTexts()).toEqual([
      'This value can not be right for Systolic pressure: it lies between 20 and 300 mmHg',
      'Diastolic pressure: enter a number',
    ]);
    await summary.locator('a').last().click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('second');
  });

  it('seals a reading, which is then on the pages of the record, as plot and as table', async () => {
    await page.getByLabel('Upper value (systolic)').fill('128');
    await page.getByLabel('Lower value (diastolic)').fill('82,5');
    await button('Add the reading').click();
    await page.getByText('The reading is in your record.').waitFor();
    expect(await page.locator('.commit-line').innerText()).toMatch(/Agreed by the network in block \d+/);
    expect(await page.locator('.commit-line').innerText()).toMatch(/Stored on [234] of 4 nodes/);
    await page.getByRole('link', { name: 'See all of them' }).click();
    await heading('Blood pressure').waitFor();
    await page.locator('.plot-canvas canvas').first().waitFor();
    await button('Show as table').first().click();
    expect(await page.getByRole('table').first().innerText()).toContain('128');
    await open('/patient', 'Your health record');
    await page.getByRole('link', { name: /Diastolic pressure\s*82\.5/ }).waitFor();
  });

  it('shows a picture from memory, in its own type, and what the nodes see of it', async () => {
    await open('/patient/add', 'Add');
    await page.getByRole('tab', { name: 'A document' }).click();
    await page.locator('#file').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG });
    await page.getByLabel('What it is').fill('Photo of a mole');
    await button('Seal and store').click();
    await page.getByRole('link', { name: 'Open the record' }).click();
    await heading('Photo of a mole').waitFor();
    const picture = page.getByRole('img', { name: 'Photo of a mole' });
    expect(await picture.getAttribute('src')).toMatch(/^blob:/);
    expect(
      await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBe(1);
    const saved = await all.downloadsOf(() => button('Save the file').click());
    expect(Buffer.from(saved.bytes).equals(PNG)).toBe(true);
    await page.getByRole('link', { name: 'What the nodes see of it' }).click();
    await heading('What the nodes see').waitFor();
    await page.getByText('What is not there').waitFor();
    const seen = await page.locator('main').innerText();
    expect(seen).toContain(toHex(all.maria.keys.id));
    expect(seen).not.toMatch(/mole|Keller|image\/png/i);
  });

  it('imports a table bit by bit, says what it left out, and goes on after a pause', async () => {
    const rows = Array.from({ length: CSV_ROWS }, (_, i) => {
      const at = new Date(Date.UTC(2026, 9, 1, 8) + i * 3_600_000).toISOString();
      return `${at},${60 + (i % 40)}`;
    });
    const text = [
      'time,heart rate',
      ...rows,
      rows[0],
      '2026-10-09 08:00,70',
      '2026-10-09T08:00:00Z,seventy',
    ].join('\n');
    await open('/patient/add', 'Add');
    await page.getByRole('tab', { name: 'A file from elsewhere' }).click();
    await page
      .locator('#import')
      .setInputFiles({ name: 'pulse.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    expect(await page.getByLabel('Table of vital signs').isChecked()).toBe(true);
    await button('Read, seal and store').click();
    await page
      .getByText(/bytes read and stored$/)
      .first()
      .waitFor();
    await button('Pause').click();
    await page.getByText(/^Paused\. What was stored stays stored/).waitFor();
    expect(Number(await page.locator('.summary dd').first().innerText())).toBeLessThan(CSV_ROWS);
    await button('Go on').click();
    await page.getByText('What could be taken of the file is in your record.').waitFor({ timeout: 120_000 });
    // A batch whose answer nobody waited for any more is in the record already.
    const labels = await page.locator('.summary dt').allInnerTexts();
    const counts = (await page.locator('.summary dd').allInnerTexts()).map(Number);
    const of = (label: string) => counts[labels.indexOf(label)] ?? 0;
    expect(of('Stored') + of('In your record already')).toBe(CSV_ROWS);
    expect(counts.slice(-2)).toEqual([1, 2]);
    expect(await page.getByRole('table').innerText()).toContain('has no time, or none with a zone');
    // Nothing was stored twice.
    const { hits } = await all.maria.records.search({
      patient: all.maria.keys.id,
      categories: ['vital-signs'],
      months: ['2026-10'],
      keywords: 'loinc:8867-4',
    });
    expect(hits).toHaveLength(CSV_ROWS);
  });
});

describe('sharing', () => {
  it('answers a request through the wizard with the keyboard alone', async () => {
    await all.bob.sharing.requestAccess({
      patient: all.maria.keys.id,
      to: all.maria.keys.id,
      message: 'For your visit on Monday',
    });
    await open('/patient/requests', 'Requests');
    await page.getByRole('link', { name: 'Bob Whitfield' }).click();
    await page.getByText('For your visit on Monday').waitFor();
    await tabTo(({ text }) => text === 'Choose what to share');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'With whom?' }).waitFor();
    await watchFocus();
    // Who asked is chosen already; nothing else is.
    await tabTo(({ text }) => text === 'Continue');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What?' }).waitFor();
    await tabTo(({ text }) => text === 'Continue');
    await page.keyboard.press('Enter');
    await page.locator('.error-summary').getByText('Choose at least one category').waitFor();
    await tabTo(({ text, type }) => type === 'checkbox' && text === 'Vital signs');
    await page.keyboard.press('Space');
    await tabTo(({ text }) => text === 'Continue');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Why, and until when?' }).waitFor();
    await tabTo(({ text }) => text === 'Continue');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Check your answers' }).waitFor();
    const answers = await page.locator('.summary').innerText();
    expect(answers).toMatch(/Bob Whitfield.*north/s);
    expect(answers).toContain('Vital signs');
    expect(answers).not.toContain('Laboratory');
    expect(await page.locator('.notice').innerText()).toContain(
      'What was read before you take it back stays read.',
    );
    // A key that is pressed as soon as something shows finds it: three questions, and what was missing of one.
    const noted = await page.locator('form.steps').evaluate((form) => form.ariaDescription);
    expect(noted).toBe('focused '.repeat(4));
    await tabTo(({ text }) => text === 'Sign and share');
    await page.keyboard.press('Enter');
    await page.getByText('Shared.', { exact: true }).waitFor({ timeout: 60_000 });
  });

  it('gives what was ticked, for thirty days, and no more', async () => {
    const [grant] = await all.bob.sharing.received();
    const { terms } = await all.bob.sharing.open(grant!.id);
    expect([...new Set(terms.compartments.map(({ compartment }) => compartment.name.category))]).toEqual([
      'vital-signs',
    ]);
    expect(terms.purpose).toBe('TREAT');
    const days = (terms.expiresAtMs - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31.5);
    const { hits } = await all.bob.sharing.search({ grant: grant!.id, keywords: '*', limit: 3 });
    const { records } = await all.bob.sharing.openShared({ grant: grant!.id, hits: hits.slice(0, 1) });
    expect(records).toHaveLength(1);
  });

  it('takes it back, and says what that can not undo', async () => {
    await open('/patient/sharing', 'What I share');
    await page.getByText('Vital signs').first().waitFor();
    await button('Take back: Bob Whitfield').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('What was read stays read').waitFor();
    // The key that opened it, held a moment too long, presses nothing.
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('dialog-title');
    await dialog.getByRole('button', { name: 'Take back' }).click();
    await page
      .getByText(/^Taken back in block \d+\.$/)
      .first()
      .waitFor();
    const [grant] = await all.bob.sharing.received();
    const search = all.bob.sharing.search({ grant: grant!.id, keywords: 'loinc:8867-4' });
    const opening = search.then(({ hits }) =>
      all.bob.sharing.openShared({ grant: grant!.id, hits: hits.slice(0, 1) }),
    );
    await expect(opening).rejects.toMatchObject({ code: 'refused' });
  });

  it('refuses a request only with a reason, which the one who asked reads', async () => {
    const { request } = await all.bob.sharing.requestAccess({
      patient: all.maria.keys.id,
      to: all.maria.keys.id,
    });
    await open(`/patient/requests/${toHex(request)}`, 'A request');
    await page.getByText('No reason was given').waitFor();
    await button('Refuse').click();
    await page.locator('.error-summary').getByText('Give a reason').waitFor();
    await page.getByLabel('Why you refuse').fill('We do not know each other');
    await button('Refuse').click();
    await page.getByText('refused', { exact: true }).waitFor();
    await page.getByText(/^Refused in block \d+\.$/).waitFor();
    const [refused] = (await all.bob.sharing.sent()).filter(({ status }) => status === 'refused');
    expect(await all.bob.sharing.refusal(refused!)).toBe('We do not know each other');
  });
});

describe('who has seen my data', () => {
  it('has a line for what the doctor opened, with block and signers, and says how sure it is', async () => {
    await open('/patient/accesses', 'Who has seen my data');
    await page.getByLabel('Only who has seen something').check();
    const line = page.getByRole('link', { name: 'Bob Whitfield opened 1 of your records under a grant' });
    await line.waitFor();
    const item = page.getByRole('listitem').filter({ has: line });
    expect(await item.innerText()).toContain('recorded by the network');
    const searched = page.getByRole('listitem').filter({ hasText: 'Bob Whitfield searched' });
    expect(await searched.innerText()).toContain('reported by the doctor’s program');
    await line.click();
    await heading('One line of the list').waitFor();
    await page.getByText('I don’t recognise this').waitFor();
    expect(await page.locator('.summary').innerText()).toMatch(/Transaction\s+[0-9a-f]{64}/);
  });

  it('leaves the browser as a file that proves itself, and as a table', async () => {
    await open('/patient/accesses', 'Who has seen my data');
    const { name, bytes } = await all.downloadsOf(() => button('As proof').click());
    expect(name).toBe('who-has-seen-my-data.phr-proof');
    const verified = verifyAudit(nobleBackend, encodeGenesis(all.maria.genesis), bytes);
    expect(verified.lines.some(({ kind }) => kind === 'access.request')).toBe(true);
    const table = await all.downloadsOf(() => button('As table (CSV)').click());
    const rows = Buffer.from(table.bytes).toString().trim().split('\r\n');
    expect(rows.length).toBeGreaterThanOrEqual(verified.lines.length);
  });
});

describe('precautions', () => {
  it('prepare emergency access only when the patient wants it, and take it back', async () => {
    await open('/patient/emergency', 'Emergency access');
    await page.getByText('Emergency access is not prepared.').waitFor();
    await button('Prepare emergency access').click();
    await page
      .getByText(/3 of 4 institutions together can open the emergency summary/)
      .waitFor({ timeout: 60_000 });
    expect((await all.maria.emergencies.deposit(all.maria.keys.id))?.threshold).toBe(3);
    const selection = { patient: all.maria.keys.id, categories: ['emergency'], months: ['all'] };
    const { hits } = await all.maria.records.search({ ...selection, keywords: 'summary:emergency' });
    const summary = Buffer.from((await all.maria.records.open(hits[0]!)).resource).toString();
    expect(JSON.parse(summary)).toMatchObject({ resourceType: 'Bundle', type: 'document' });
    expect(summary).toContain('Keller');
    await button('Take it back').click();
    await page.getByText('Emergency access is not prepared.').waitFor();
    expect((await all.maria.emergencies.deposit(all.maria.keys.id))?.endedHeight).not.toBeNull();
  });

  it('enrol a device by two texts, and revoke it', async () => {
    await open('/patient/devices', 'Devices');
    await button('Make a code').click();
    const code = readEnrolmentCode(await page.locator('.copy-code code').innerText());
    await page.locator('svg.qr').waitFor();
    const keys = derivePersonKeys(nobleBackend, new Uint8Array(32).fill(7));
    await page.getByLabel('Answer of the device').fill(answerOf(nobleBackend, code, keys));
    await button('Enrol the device').click();
    await page.getByText(/^The device is enrolled \(block \d+\)\.$/).waitFor({ timeout: 60_000 });
    await button(`Revoke: ${toHex(keys.id).slice(0, 16)}`).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('revoked', { exact: true }).waitFor({ timeout: 60_000 });
  });

  it('open everything into one file that is as it was written', async () => {
    await open('/patient/download', 'Download everything');
    await button('Open everything and make the file').click();
    await button('Save the file').waitFor({ timeout: 120_000 });
    const { name, bytes } = await all.downloadsOf(() => button('Save the file').click());
    expect(name).toMatch(/^health-record-\d{4}-\d{2}-\d{2}\.json$/);
    const bundle = JSON.parse(Buffer.from(bytes).toString()) as {
      entry: { fullUrl: string; resource: { resourceType: string } }[];
    };
    expect(new Set(bundle.entry.map(({ fullUrl }) => fullUrl)).size).toBe(bundle.entry.length);
    const types = bundle.entry.map(({ resource }) => resource.resourceType);
    expect(types.filter((type) => type === 'Observation')).toHaveLength(CSV_ROWS + 1);
    expect(types).toContain('DocumentReference');
    expect(types).toContain('Consent');
  });
});

describe('every page of the patient', () => {
  it('broke no rule of the policy and threw nothing', () => {
    expect(all.world.complaints).toEqual([]);
  });
});
