import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objections } from './dashboard-world.ts';
import { idOf, MovedTime } from './journey-clock.ts';
import { arrive, enter, press } from './journey-steps.ts';

/** Two administrators name a guardian; she opens the record in her care, and lays the office down. */

const AGREED = /Agreed by the network in block \d+/;

let time: MovedTime;
let [ward, guardian] = ['', ''];

beforeAll(async () => {
  time = await MovedTime.open('journey guardian', 25_700);
  ward = idOf(await time.admit('pia', { role: 'patient', family: 'Keller', given: 'Pia', at: 'north' }));
  guardian = idOf(await time.admit('gwen', { role: 'patient', family: 'Roth', given: 'Gwen', at: 'north' }));
});
afterAll(async () => time?.close());

/** Her keys begin with the first record: sealed to nobody else as long as nobody acts for her. */
async function addReading(): Promise<void> {
  const page = await time.window('north');
  await enter(page, 'pia', 'patient');
  await arrive(page, '/patient/add');
  await page.getByLabel('Upper value (systolic)').fill('128');
  await page.getByLabel('Lower value (diastolic)').fill('82');
  await press(page, 'Add the reading');
  await page.getByText('The reading is in your record.').waitFor();
  await page.context().close();
}

async function officeOf(which: 0 | 1): Promise<Page> {
  const page = await time.window('north');
  await enter(page, await time.administrator('north', which), 'administrator');
  await arrive(page, '/administrator/guardians');
  return page;
}

describe('a guardian', () => {
  it('is proposed by one administrator and confirmed by another', async () => {
    await addReading();
    const first = await officeOf(0);
    await press(first, 'Sign the proposal');
    await first.getByRole('link', { name: 'Choose the patient' }).waitFor();
    await first.getByLabel('Patient', { exact: true }).selectOption('KELLER, Pia');
    await first.getByLabel('Guardian', { exact: true }).selectOption('KELLER, Pia');
    await press(first, 'Sign the proposal');
    await first.getByRole('link', { name: 'Nobody is her own guardian' }).waitFor();
    await first.getByLabel('Guardian', { exact: true }).selectOption('ROTH, Gwen');
    await press(first, 'Sign the proposal');
    await first.getByText(AGREED).waitFor();
    await first.getByRole('cell', { name: 'waits for a second administrator' }).waitFor();
    expect(await first.getByRole('button', { name: 'Confirm: KELLER, Pia' }).count()).toBe(0);
    expect(await objections(first)).toEqual([]);
    await first.context().close();

    const second = await officeOf(1);
    await press(second, 'Confirm: KELLER, Pia');
    await press(second.getByRole('dialog'), 'Sign');
    await second.getByText(AGREED).waitFor();
    await second.getByRole('cell', { name: 'acts', exact: true }).waitFor();
    await second.context().close();
  });

  it('opens nothing before the patient has sealed her keys to her', async () => {
    const page = await time.window('north');
    await enter(page, 'pia', 'patient');
    await arrive(page, '/patient/guardians');
    const mine = page.getByRole('region', { name: 'Who may act for me' });
    await mine.getByText(guardian.slice(0, 8)).waitFor();
    await mine.getByText('Nothing is sealed to this guardian yet').waitFor();
    expect(await objections(page)).toEqual([]);

    const hers = await time.window('north');
    await enter(hers, 'gwen', 'patient');
    await arrive(hers, '/patient/guardians');
    const wards = hers.getByRole('region', { name: 'For whom I act' });
    await wards.getByText('Nothing is sealed to you yet').waitFor();
    expect(await wards.getByRole('link', { name: 'Open the record' }).count()).toBe(0);

    await press(page, 'Seal my keys anew');
    await page.getByText(AGREED).waitFor();
    await arrive(hers, '/patient');
    await arrive(hers, '/patient/guardians');
    await wards.getByRole('link', { name: 'Open the record' }).click();
    await hers
      .getByRole('link', { name: /blood pressure/i })
      .first()
      .waitFor();
    // Who it is was put into the record with the keys.
    await hers.getByText('KELLER, Pia').first().waitFor();
    expect(await objections(hers)).toEqual([]);

    await arrive(page, '/patient/accesses');
    await page.getByRole('link', { name: /opened 2 of your records/ }).waitFor();
    await page.context().close();

    await arrive(hers, '/patient/guardians');
    await press(hers, `Act no more: ${ward.slice(0, 8)}`);
    await press(hers.getByRole('dialog'), 'Sign the end');
    await hers.getByText(AGREED).waitFor();
    await arrive(hers, `/patient/wards/${ward}`);
    await hers.getByText('You do not act for this person now').waitFor();
    expect(time.complaints).toEqual([]);
  });
});
