import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objections } from './dashboard-world.ts';
import { NODE_NAMES } from './four-nodes.ts';
import { idOf, MovedTime } from './journey-clock.ts';
import { arrive, enter, press } from './journey-steps.ts';

/** A patient moves to another institution; the three days in which her home can stop it pass in a moment. */

const DAY_MS = 24 * 3_600_000;
const AGREED = /Agreed by the network in block \d+/;

let time: MovedTime;
let number = '';
let official = '';

beforeAll(async () => {
  time = await MovedTime.open('journey move', 25_300);
  for (const name of NODE_NAMES) await time.nodes.administrators(name)[0].identities.publishKey();
  number = idOf(await time.admit('pia', { role: 'patient', family: 'Keller', given: 'Pia', at: 'north' }));
  official = await time.administrator('south', 0);
});
afterAll(async () => time?.close());

async function ask(page: Page): Promise<void> {
  await press(page, 'Ask another institution');
  await press(page, 'Continue');
  await page.getByRole('link', { name: 'Choose an institution' }).waitFor();
  await page.getByLabel('south', { exact: true }).check();
  await press(page, 'Continue');
  // What her present home knows of her is not typed again.
  await expect.poll(() => page.getByLabel('Family name').inputValue()).toBe('Keller');
  await press(page, 'Continue');
  await page.getByLabel('Date of birth', { exact: true }).fill('1971-03-09');
  await page.getByLabel('Female').check();
  await press(page, 'Continue');
  await press(page, 'Continue');
  await page.getByText('What you entered is sealed to the administrators of').waitFor();
  await press(page, 'Sign and ask');
  await page.getByText(AGREED).waitFor();
  await page.getByRole('heading', { name: /You ask .*south.* to receive you/ }).waitFor();
}

describe('a patient who moves', () => {
  it('asks another institution, takes it back, and asks again, each agreed in a block', async () => {
    const page = await time.window('north');
    await enter(page, 'pia', 'patient');
    await arrive(page, '/account');
    await page.getByRole('link', { name: 'My institution' }).click();
    await page.locator('.summary').getByText('north').waitFor();
    await ask(page);
    expect(await objections(page)).toEqual([]);
    const first = await page.getByText(AGREED).innerText();
    await press(page, 'Take it back');
    await press(page.getByRole('dialog'), 'Sign and stay');
    await page.getByRole('button', { name: 'Ask another institution' }).waitFor();
    expect(await page.getByText(AGREED).innerText()).not.toBe(first);
    await ask(page);
    await page.context().close();
  });

  it('is on the lists of both institutions, and nobody can receive her before the three days are over', async () => {
    const page = await time.window('south');
    await enter(page, official, 'administrator');
    await arrive(page, '/administrator/moves');
    const coming = page.getByRole('region', { name: 'Who wishes to come' });
    await coming.getByRole('cell', { name: 'north' }).waitFor();
    expect(await objections(page)).toEqual([]);
    await coming.getByRole('link', { name: 'KELLER, Pia' }).click();
    await page.getByText('The three days are not over').waitFor();
    expect(await page.getByRole('button', { name: 'Sign and receive her' }).count()).toBe(0);
    expect(await objections(page)).toEqual([]);
    await page.context().close();

    const former = await time.window('north');
    await enter(former, await time.administrator('north', 0), 'administrator');
    await arrive(former, '/administrator/moves');
    const leaving = former.getByRole('region', { name: 'Who wishes to leave' });
    await leaving.getByRole('link', { name: 'KELLER, Pia' }).waitFor();
    await leaving.getByRole('cell', { name: 'south' }).waitFor();
    await former.context().close();
  });

  it('is received after a look for other registrations, and belongs there from that block on', async () => {
    time.nodes.pass(3 * DAY_MS + 60_000);
    const page = await time.window('south');
    await enter(page, official, 'administrator');
    await arrive(page, `/administrator/moves/${number}`);
    const receive = page.getByRole('button', { name: 'Sign and receive her' });
    expect(await receive.isDisabled()).toBe(true);
    await press(page, 'Look for other registrations');
    await page.getByText('No other registration was found').waitFor();
    await receive.click();
    await page.getByText(AGREED).waitFor();
    await page.getByRole('link', { name: 'To her page' }).click();
    await page.getByRole('link', { name: 'Assign a doctor' }).waitFor();
    await page.context().close();

    const hers = await time.window('north');
    await enter(hers, 'pia', 'patient');
    await arrive(hers, '/account/institution');
    await hers.locator('.summary').getByText('south').waitFor();
    expect(time.complaints).toEqual([]);
  });
});
