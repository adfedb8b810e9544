import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { objections } from './dashboard-world.ts';
import { MovedTime } from './journey-clock.ts';
import { applyAsPatient, arrive, enter, enterOnceApproved, PASSPHRASE, press } from './journey-steps.ts';

/** A phone is lost, then the paper too. The seven days in which a recovery can be stopped pass in a moment. */

const DAY_MS = 24 * 3_600_000;
const NEW_PASSPHRASE = 'eleven barges under the weir';

let time: MovedTime;
let [id, code, newCode] = ['', '', ''];
let alice: PhrClient;
let [first, second, owner]: Page[] = [];

const of = (page: Page | undefined): Page => {
  if (page === undefined) throw new Error('this window was never opened');
  return page;
};

beforeAll(async () => {
  time = await MovedTime.open('journey phone', 24_900);
  alice = await time.admit('alice', { role: 'doctor', family: 'Brunner', given: 'Alice', at: 'north' });
});
afterAll(async () => time?.close());

/** Makes new keys at a device that knows nothing. @returns the file for the office, its letters, the code on paper */
async function askForNewKeys(): Promise<{ file: string; letters: string; code: string }> {
  const page = await time.window('north');
  await page.goto('/recover/clinic');
  await page.getByLabel('Number of your account').fill(id);
  await press(page, 'Make new keys');
  const saving = page.waitForEvent('download');
  await press(page, 'Save the file');
  const file = await (await saving).path();
  const letters = (await page.locator('.summary code, .summary .code').first().innerText()).trim();
  const written = (await page.locator('#recovery-code span').allTextContents()).join('-');
  // The context stays open: it holds the downloaded file.
  return { file, letters, code: written };
}

async function startAt(page: Page, request: { file: string; letters: string }): Promise<void> {
  await arrive(page, '/administrator/recovery');
  await page.getByLabel('Request file').setInputFiles(request.file);
  // The office and the person compare the same letters.
  await page.locator('.summary').getByText(request.letters).waitFor();
  await press(page, 'Start the recovery');
  await page.getByText(/Agreed by the network in block \d+/).waitFor();
}

describe('a lost phone', () => {
  it('a patient practises with her paper before she needs it', async () => {
    const page = await time.window('north');
    const applied = await applyAsPatient(page, { account: 'maria', family: 'Keller', given: 'Maria' });
    ({ id, code } = applied);
    await time.nodes.administrators('north')[0].people.approve(fromHex(id));
    await enterOnceApproved(page, 'patient');
    await arrive(page, '/patient/add');
    await page.getByLabel('Upper value (systolic)').fill('128');
    await page.getByLabel('Lower value (diastolic)').fill('82');
    await press(page, 'Add the reading');
    await page.getByText('The reading is in your record.').waitFor();
    // A doctor in charge has her keys too.
    await time.nodes.administrators('north')[0].care.assign(fromHex(id), alice.keys.id);
    await arrive(page, '/patient/doctors');
    await press(page, 'Accept: Alice Brunner');
    await press(page.getByRole('dialog'), 'Accept');
    await page
      .getByText(/Agreed|agreed/)
      .first()
      .waitFor();
    await arrive(page, '/account/recovery');
    await page
      .getByLabel('Recovery code from your paper')
      .fill(code.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
    await press(page, 'Try the code');
    await page
      .getByText(/does not open your account|This is not a recovery code/)
      .first()
      .waitFor();
    await page.getByLabel('Recovery code from your paper').fill(code);
    await press(page, 'Try the code');
    await page.getByText('Your paper is good').waitFor();
    // The phone is gone.
    await page.context().close();
  });

  it('a new browser opens the record with the code alone, and takes a new passphrase', async () => {
    const page = await time.window('north');
    await page.goto('/recover/code');
    await page.getByLabel('Recovery code', { exact: true }).fill(code.toLowerCase());
    await press(page, 'Open my account');
    await page.getByRole('heading', { level: 1, name: 'You are in' }).waitFor();
    await page.getByLabel('Account name').fill('maria');
    await page.getByLabel('Passphrase', { exact: true }).fill(NEW_PASSPHRASE);
    await page.getByLabel('Passphrase once more').fill(NEW_PASSPHRASE);
    await press(page, 'Change the passphrase');
    await page.getByText('The passphrase was changed').waitFor();
    await press(page, 'Continue');
    await page.getByRole('link', { name: /Diastolic pressure\s*82/ }).waitFor();
    await page.context().close();
  });

  it('somebody who claims to be her is stopped from her own window', async () => {
    first = await time.window('north');
    await enter(first, await time.administrator('north', 0), 'administrator');
    await startAt(first, await askForNewKeys());
    const page = await time.window('north');
    await enter(page, 'maria', 'patient', NEW_PASSPHRASE);
    await page.getByText('Somebody is getting your account for new keys').waitFor();
    expect(await objections(page)).toEqual([]);
    await press(page, 'Stop it: it was not me');
    await page.getByText('The recovery was stopped').waitFor();
    await page.context().close();
    await arrive(of(first), '/administrator');
    await arrive(of(first), '/administrator/recovery');
    await of(first).getByText('None.').waitFor();
  });

  it('with everything lost, two administrators give the account to new keys, and not before seven days', async () => {
    const request = await askForNewKeys();
    newCode = request.code;
    await startAt(of(first), request);
    second = await time.window('north');
    await enter(second, await time.administrator('north', 1), 'administrator');
    await arrive(second, '/administrator/recovery');
    await second.getByText(request.letters).waitFor();
    expect(await second.getByRole('button', { name: 'Finish it' }).count()).toBe(0);
    await second.context().close();

    time.nodes.pass(7 * DAY_MS + 60_000);
    const name = 'north-admin-2';
    const later = await time.window('north');
    await enter(later, name, 'administrator');
    await arrive(later, '/administrator/recovery');
    await press(later, 'Finish it');
    await later.getByText('None.').waitFor();
  });

  it('her new code opens the account, the old one does not, and what stays sealed is said in words', async () => {
    const page = await time.window('north');
    await page.goto('/recover/code');
    await page.getByLabel('Recovery code', { exact: true }).fill(code);
    await press(page, 'Open my account');
    await page
      .getByText(/The code is right, but the account does not open with it|No account opens/)
      .first()
      .waitFor();
    await page.getByLabel('Recovery code', { exact: true }).fill(newCode);
    await page.getByLabel('Number of your account').fill(id);
    await press(page, 'Open my account');
    await page.getByRole('heading', { level: 1, name: 'You are in' }).waitFor();
    await page.getByLabel('Account name').fill('maria-new');
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByLabel('Passphrase once more').fill(PASSPHRASE);
    await press(page, 'Change the passphrase');
    await page.getByText('The passphrase was changed').waitFor();
    await press(page, 'Continue');
    await page.getByRole('heading', { level: 1, name: 'Your health record' }).waitFor();
    // The right to sign is hers again. What was sealed to the lost keys is not, and the page says whom to ask.
    const failure = page.locator('main .failure').first();
    await failure.getByText('These records are sealed to keys that the account had before.').waitFor();
    expect(await failure.innerText()).toContain('ask your doctor in charge');
    owner = page;
    await page.getByRole('link', { name: 'What you can do' }).click();
    await page.getByText('Your record is sealed to the keys that you lost').waitFor();
    // Who can open it is named; what would shut out her doctor is not offered.
    await page.getByRole('region', { name: 'Who can open it for you' }).getByText('Alice Brunner').waitFor();
    expect(await page.getByRole('button', { name: 'Begin a new record' }).count()).toBe(0);
    expect(await objections(page)).toEqual([]);
    // A code that is well written and of other keys opens nothing.
    await page.getByLabel('Former recovery code', { exact: true }).fill(newCode);
    await press(page, 'Open the record with it');
    await page
      .locator('main .failure')
      .getByText('This code is not of keys that your account had before.')
      .waitFor();
  });

  it('her doctor seals the record to the new keys, and it is open again', async () => {
    const page = await time.window('north');
    await enter(page, 'alice', 'doctor');
    await page.getByRole('link', { name: '1 patient has new keys and can not open her record' }).click();
    await page.getByText('KELLER, Maria has new keys and can not open her record').waitFor();
    expect(await objections(page)).toEqual([]);
    await press(page, 'Seal the record to the new keys');
    await page.getByText('has new keys and can not open').waitFor({ state: 'detached' });

    await press(of(owner), 'Look whether it was done');
    await of(owner).getByText('Your record is open to you').waitFor();
    await of(owner).getByRole('link', { name: 'To your health record' }).click();
    await of(owner)
      .getByRole('link', { name: /Diastolic pressure\s*82/ })
      .waitFor();
    await arrive(of(owner), '/patient/add');
    await of(owner).getByLabel('Upper value (systolic)').fill('131');
    await of(owner).getByLabel('Lower value (diastolic)').fill('84');
    await press(of(owner), 'Add the reading');
    await of(owner).getByText('The reading is in your record.').waitFor();
    expect(time.complaints).toEqual([]);
  });
});
