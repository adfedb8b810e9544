import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#crypto';
import { emptyProfile } from '#node/client';
import type { PhrClient } from '#node/client';
import { readings } from '../unit/client/clinic.ts';
import { DashboardWorld, objections } from './dashboard-world.ts';
import { arrive, enter, openWindow, PASSPHRASE, press, RETURN_MS } from './journey-steps.ts';

/** Two of four nodes die while a doctor writes; and a doctor is suspended while her tab is open. */

const TITLE = 'Telephone call';
const TEXT = 'Palpitations in the evening, none at night. Slept well.';

const ASTHMA = {
  resourceType: 'Condition',
  id: 'asthma',
  code: { text: 'Asthma' },
  subject: { reference: 'Patient/maria' },
};

let world: DashboardWorld;
let maria: PhrClient;
let alice: Page;
let reading: Page;
let [patient, doctor, asthma] = ['', '', ''];

async function admit(
  name: string,
  init: { role: 'patient' | 'doctor'; family: string; given: string },
): Promise<PhrClient> {
  const client = await world.client(name);
  const profile = { ...emptyProfile, family: init.family, given: init.given, speciality: 'Cardiology' };
  await client.people.register({ role: init.role, home: fromHex(await world.nodeId()), profile });
  await world.approve(toHex(client.keys.id));
  await client.account.addPassphrase({ name, passphrase: PASSPHRASE });
  return client;
}

const administrator = (): Promise<PhrClient> => world.client(world.node().administrators[0] ?? '');

beforeAll(async () => {
  world = await DashboardWorld.open('journey stopped', 25_100);
  maria = await admit('maria', { role: 'patient', family: 'Keller', given: 'Maria' });
  patient = toHex(maria.keys.id);
  const treating = await admit('alice', { role: 'doctor', family: 'Berg', given: 'Alice' });
  doctor = toHex(treating.keys.id);
  await (await administrator()).care.assign(maria.keys.id, treating.keys.id);
  await maria.care.acceptAssignment(treating.keys.id);
  await maria.records.upload({ patient: maria.keys.id, records: readings(5, Date.now() - 3_600_000) });
  const resource = new TextEncoder().encode(JSON.stringify(ASTHMA));
  const record = { resource, category: 'condition', month: 'all', keywords: ['type:condition'] };
  const [written] = await maria.records.upload({ patient: maria.keys.id, records: [record] });
  asthma = toHex(written?.recordId ?? new Uint8Array());
  alice = await openWindow(world, 'north');
  await enter(alice, 'alice', 'doctor');
});
afterAll(async () => world?.close());

const openedIds = async (): Promise<string[]> => {
  const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
  return lines.filter(({ kind }) => kind === 'access.report').flatMap(({ records }) => records.map(toHex));
};

describe('a network that stops while a form is filled', () => {
  it('says so in words, and does not take a letter of what was typed', async () => {
    reading = await openWindow(world, 'north');
    await enter(reading, 'alice', 'doctor');
    await arrive(alice, `/doctor/patients/${patient}/note`);
    await alice.getByLabel('Title').fill(TITLE);
    await alice.getByLabel('Note', { exact: true }).fill(TEXT);
    await world.kill('south', 'west');
    await alice.getByText('Network stopped: nothing is lost.').waitFor({ timeout: RETURN_MS });
    expect(await alice.getByLabel('Title').inputValue()).toBe(TITLE);
    expect(await objections(alice)).toEqual([]);
  });

  it('says of the submission what is safe and what to do, and keeps the form as it is', async () => {
    await press(alice, 'Sign and add');
    const failure = alice.locator('main .failure');
    await failure.waitFor({ timeout: RETURN_MS });
    expect(await failure.innerText()).toMatch(/Too few institutions are in reach.*Nothing is lost/s);
    expect(await alice.getByLabel('Title').inputValue()).toBe(TITLE);
    expect(await alice.getByLabel('Note', { exact: true }).inputValue()).toBe(TEXT);
  });

  it('lets a doctor in charge read on, and says that her line in the patient’s list is pending', async () => {
    await arrive(reading, `/doctor/patients/${patient}`);
    await reading.getByRole('tab', { name: 'Timeline' }).click();
    await reading.getByRole('link', { name: 'Asthma' }).click();
    await reading.getByText('Asthma').first().waitFor();
    await reading.getByText(/^Pending: \d+ records? that you opened/).waitFor();
    expect(await objections(reading)).toEqual([]);
    // A delegate's or an emergency's opening is not done on a word: it needs the line first, so it is refused.
    expect(await openedIds()).not.toContain(asthma);
  });

  it('takes the submission and the pending line after its return', async () => {
    await world.restart('south', 'west');
    await alice.getByText('Network stopped').waitFor({ state: 'detached', timeout: RETURN_MS });
    await reading.getByText(/^Pending:/).waitFor({ state: 'detached', timeout: RETURN_MS });
    // Her node may be a block behind the one that took the line.
    await expect.poll(openedIds, { timeout: RETURN_MS }).toContain(asthma);
    await press(alice, 'Sign and add');
    await alice.getByText('The note is in the record').waitFor({ timeout: RETURN_MS });
    await alice.getByRole('link', { name: 'Open the note' }).click();
    await alice.getByText(TEXT).waitFor();
  });
});

describe('a doctor who is suspended', () => {
  it('has a dead tab within a block: blurred, unreachable, and it does not open again', async () => {
    const { height } = await (await administrator()).people.suspend(fromHex(doctor), 'Checking a report.');
    const lock = alice.getByRole('dialog', { name: 'Locked' });
    await lock.waitFor();
    // The block that says so is the newest that this page has heard of, or one that came while it locked.
    expect(await alice.locator('.app').getAttribute('inert')).not.toBeNull();
    expect(height).toBeGreaterThan(0);
    await lock.getByLabel('Account name').fill('alice');
    await lock.getByLabel('Passphrase').fill(PASSPHRASE);
    await press(lock, 'Unlock');
    await lock.getByText('This account is suspended').waitFor();
    await reading.getByRole('dialog', { name: 'Locked' }).waitFor();
    expect(world.complaints).toEqual([]);
  });
});
