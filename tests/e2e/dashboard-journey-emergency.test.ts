import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PhrClient } from '#node/client';
import { objections } from './dashboard-world.ts';
import { idOf, MovedTime } from './journey-clock.ts';
import { arrive, enter, PASSPHRASE, press } from './journey-steps.ts';

/** Night: a patient of north lies unconscious at east, and the node of west is dead. */

const HOUR_MS = 3_600_000;
const REASON = 'Found unconscious, nobody can be asked.';

let time: MovedTime;
let maria: PhrClient;
let [bob, vouching]: Page[] = [];

const of = (page: Page | undefined): Page => {
  if (page === undefined) throw new Error('this window was never opened');
  return page;
};

const LATEX = {
  resourceType: 'AllergyIntolerance',
  id: 'latex',
  code: { text: 'Latex, severe' },
  patient: { reference: 'Patient/maria' },
};

beforeAll(async () => {
  time = await MovedTime.open('journey emergency', 24_700);
  maria = await time.admit('maria', { role: 'patient', family: 'Keller', given: 'Maria', at: 'north' });
  await time.admit('bob', { role: 'doctor', family: 'Whitfield', given: 'Bob', at: 'east' });
  const resource = new TextEncoder().encode(JSON.stringify(LATEX));
  const record = { resource, category: 'emergency', month: 'all', keywords: ['type:allergyintolerance'] };
  await maria.records.upload({ patient: maria.keys.id, records: [record] });
  await maria.emergencies.optIn({ patient: maria.keys.id });
  await time.nodes.stop('west');
});
afterAll(async () => time?.close());

describe('an emergency at night, with one node dead', () => {
  it('begins at a record that is refused, which names the way', async () => {
    bob = await time.window('east');
    await enter(bob, 'bob', 'doctor');
    await arrive(bob, `/doctor/patients/${idOf(maria)}`);
    await bob.getByText('None of your keys opens this.').waitFor();
    expect(await objections(bob)).toEqual([]);
    await bob.getByRole('main').getByRole('link', { name: 'Emergency access' }).click();
    expect(await bob.getByLabel('Number of the patient’s account').inputValue()).toBe(idOf(maria));
  });

  it('takes a reason, words, and the doctor once more; and then waits for a second person', async () => {
    const page = of(bob);
    await press(page, 'Continue');
    await page.locator('.error-summary').getByText('Choose a reason').waitFor();
    await page.getByLabel('Break the glass').check();
    await page.getByLabel('What happened').fill(REASON);
    await press(page, 'Continue');
    await page.getByLabel('Present passphrase').fill(`${PASSPHRASE}!`);
    await press(page, 'Confirm');
    await page
      .getByText(/No account opens with this here|does not open/)
      .first()
      .waitFor();
    expect(await maria.emergencies.of(maria.keys.id)).toEqual([]);
    await page.getByLabel('Present passphrase').fill(PASSPHRASE);
    await press(page, 'Confirm');
    await page.getByText('The request is on the ledger').waitFor();
    await page.getByText('waits for a second person').waitFor();
    await page.getByText(REASON).waitFor();
    expect(await page.getByRole('button', { name: 'Open the emergency summary' }).count()).toBe(0);
  });

  it('is vouched for by an administrator of the same house; the doctor’s page hears of it by itself', async () => {
    const name = await time.administrator('east', 0);
    vouching = await time.window('east');
    await enter(vouching, name, 'administrator');
    await vouching.getByRole('link', { name: 'Emergencies to vouch for' }).click();
    await vouching.getByText('Bob Whitfield').first().waitFor();
    // Who vouches and who judges read why, before they do.
    await vouching.getByText(REASON).waitFor();
    await press(vouching, 'Vouch for it');
    await press(vouching.getByRole('dialog'), 'Vouch for it');
    await of(bob).getByText('Emergency access is running, and the patient sees it').waitFor();
    await of(bob).getByText('It ends by itself in 4 hours.').waitFor();
  });

  it('opens the summary through three institutions, and says which one was missing', async () => {
    const page = of(bob);
    await press(page, 'Open the emergency summary');
    await page.getByText('Latex, severe').first().waitFor();
    expect(await page.getByText('Did not take part:').first().locator('..').innerText()).toContain('west');
    expect(await page.getByRole('button', { name: 'Save the receipt' }).count()).toBeGreaterThan(0);
  });

  it('is the first thing that the patient is told, with reason, doctor and end', async () => {
    const page = await time.window('north');
    await enter(page, 'maria', 'patient');
    await page.getByText('An emergency access to your record waits or is open').waitFor();
    await arrive(page, '/patient/emergency');
    const list = page.getByRole('region', { name: 'Emergency accesses' });
    expect(await list.innerText()).toContain('Bob Whitfield');
    expect(await list.innerText()).toContain('open');
    expect(await list.innerText()).toContain(REASON);
    await arrive(page, '/patient/accesses');
    await page.getByText(/Bob Whitfield asked for emergency access/).waitFor();
    await page.context().close();
  });

  it('ends by itself: the window locked itself, and after unlocking nothing opens any more', async () => {
    time.nodes.pass(4 * HOUR_MS + 60_000);
    const page = of(bob);
    await page.clock.fastForward('04:01:00');
    const lock = page.getByRole('dialog', { name: 'Locked' });
    await lock.waitFor();
    await lock.getByLabel('Account name').fill('bob');
    await lock.getByLabel('Passphrase').fill(PASSPHRASE);
    await lock.getByRole('button', { name: 'Unlock' }).click();
    await lock.waitFor({ state: 'detached' });
    await page.getByText('Emergency access is running').waitFor({ state: 'detached' });
    await page.getByText('over', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Open the emergency summary' }).count()).toBe(0);
  });

  it('is judged by somebody who had no part in it, and the patient reads the verdict', async () => {
    const name = await time.administrator('north', 0);
    const page = await time.window('north');
    await enter(page, name, 'administrator');
    await page.getByRole('link', { name: 'Emergencies to review' }).click();
    await page.getByText(REASON).waitFor();
    await press(page, 'Justified');
    await press(page.getByRole('dialog'), 'Justified');
    await page.getByText(/^Justified, says/).waitFor();
    const own = await time.window('north');
    await enter(own, 'maria', 'patient');
    await arrive(own, '/patient/emergency');
    await own.getByText('reviewed: justified').waitFor();
    expect(time.complaints).toEqual([]);
  });
});
