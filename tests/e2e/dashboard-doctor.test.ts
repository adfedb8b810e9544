import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#crypto';
import { emptyProfile } from '#node/client';
import type { PhrClient, UploadRecord } from '#node/client';
import { categoryOf, clinicalMonthOf, keywordsOf } from '#node/records';
import { readings } from '../unit/client/clinic.ts';
import { DashboardWorld, go, objections, signIn } from './dashboard-world.ts';

const PASSPHRASE = 'a passphrase of this test';
const DAY_MS = 24 * 3_600_000;

let world: DashboardWorld;
let maria: PhrClient;
let patient: string;

/** Somebody with an account at her home, admitted. */
async function admit(
  name: string,
  init: { role: 'patient' | 'doctor'; family: string; given: string; at?: string },
): Promise<PhrClient> {
  const at = init.at ?? 'north';
  const client = await world.client(name, at);
  const profile = { ...emptyProfile, family: init.family, given: init.given, speciality: 'Cardiology' };
  await client.people.register({ role: init.role, home: fromHex(await world.nodeId(at)), profile });
  await world.approve(toHex(client.keys.id), at);
  await client.account.addPassphrase({ name, passphrase: PASSPHRASE });
  return client;
}

function record(resource: Record<string, unknown>): UploadRecord {
  const [category, month] = [categoryOf(resource), clinicalMonthOf(resource)];
  const keywords = keywordsOf(resource, { category, month });
  return { resource: new TextEncoder().encode(JSON.stringify(resource)), category, month, keywords };
}

const POTASSIUM = record({
  resourceType: 'Observation',
  id: 'potassium',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '2823-3', display: 'Potassium' }] },
  effectiveDateTime: new Date(Date.now() - DAY_MS).toISOString(),
  valueQuantity: { value: 6.1, unit: 'mmol/L', code: 'mmol/L', system: 'http://unitsofmeasure.org' },
  interpretation: [{ coding: [{ code: 'HH' }] }],
});

const temperature = (id: string, value: number): UploadRecord =>
  record({
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [{ coding: [{ code: 'vital-signs' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '8310-5', display: 'Body temperature' }] },
    effectiveDateTime: new Date(Date.now() - DAY_MS).toISOString(),
    valueQuantity: { value, unit: '°C', code: 'Cel', system: 'http://unitsofmeasure.org' },
  });

const CHART: UploadRecord[] = [
  record({
    resourceType: 'Patient',
    id: 'maria',
    identifier: [{ value: 'MRN-77' }],
    name: [{ family: 'Keller', given: ['Maria'] }],
    birthDate: '1971-03-09',
  }),
  record({
    resourceType: 'AllergyIntolerance',
    id: 'penicillin',
    clinicalStatus: { coding: [{ code: 'active' }] },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '764146007', display: 'Penicillin' }] },
    patient: { reference: 'Patient/maria' },
  }),
  POTASSIUM,
  ...readings(30, Date.now() - DAY_MS),
  // Both in one bucket of the sealed index.
  temperature('warmer', 37.96),
  temperature('warm', 37.92),
];

beforeAll(async () => {
  world = await DashboardWorld.open('dashboard doctor', 24_300);
  maria = await admit('maria', { role: 'patient', family: 'Keller', given: 'Maria' });
  patient = toHex(maria.keys.id);
  const alice = await admit('alice', { role: 'doctor', family: 'Brunner', given: 'Alice' });
  await admit('bob', { role: 'doctor', family: 'Okoye', given: 'Bob', at: 'east' });
  const administrator = await world.client(world.node().administrators[0]!);
  await administrator.care.assign(maria.keys.id, alice.keys.id);
  await maria.care.acceptAssignment(alice.keys.id);
  await maria.records.upload({ patient: maria.keys.id, records: CHART });
});
afterAll(async () => world.close());

async function doctorAt(name: string, at: string): Promise<Page> {
  const { page } = await world.window({}, at);
  await signIn(page, name, PASSPHRASE);
  await page.waitForURL((url) => url.pathname === '/doctor');
  return page;
}

const next = (page: Page) => page.getByRole('button', { name: 'Continue' }).click();

describe('a doctor in charge', () => {
  it('sees who has something outside the usual, without opening a finding', async () => {
    const page = await doctorAt('alice', 'north');
    await page.getByRole('link', { name: 'KELLER, Maria' }).waitFor();
    expect(
      await page
        .locator('.tag')
        .getByText(/^\d+ records?$/)
        .count(),
    ).toBeGreaterThan(0);
    const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
    const opened = lines
      .filter(({ kind }) => kind === 'access.report')
      .flatMap(({ records }) => records.map(toHex));
    const findings = await maria.records.search({
      patient: maria.keys.id,
      categories: ['laboratory', 'vital-signs'],
      months: [...new Set(CHART.map(({ month }) => month))],
      keywords: '*',
    });
    expect(findings.hits.length).toBeGreaterThan(30);
    // Name and allergies were opened, and that is said; the findings were not.
    expect(opened.length).toBeGreaterThan(0);
    for (const { recordId } of findings.hits) expect(opened).not.toContain(toHex(recordId));
    await page.context().close();
  });

  it('reads the record under a banner, searches with a proof, and writes a note that is found', async () => {
    const page = await doctorAt('alice', 'north');
    await go(page, `/doctor/patients/${patient}`);
    const banner = page.locator('.patient-banner');
    await banner.waitFor();
    const text = await banner.innerText();
    for (const part of ['KELLER, Maria', '09-Mar-1971', 'MRN-77', 'Penicillin']) expect(text).toContain(part);
    await page.getByRole('link', { name: /Heart rate/ }).waitFor();

    await go(page, `/doctor/patients/${patient}/search`);
    await page.getByLabel('Words, codes or ranges').fill('potassium');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: '1 record with “potassium”' }).waitFor();
    expect(await page.locator('.proof-line').innerText()).toMatch(
      /proven against block \d+, signed by [34] of 4/,
    );

    // The nodes find both by their bucket; what is opened and not in the range is not shown.
    const ask = async (words: string): Promise<void> => {
      await page.getByLabel('Words, codes or ranges').fill(words);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
    };
    await ask('8310-5=37.94..37.98');
    await page.getByRole('heading', { name: '1 record with “8310-5=37.94..37.98”' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('37.96');
    await ask('8310-5=38..37');
    await page.getByText('This range runs backwards.').waitFor();

    await go(page, `/doctor/patients/${patient}/note`);
    await page.getByLabel('Title').fill('Telephone call');
    await page.getByLabel('Note', { exact: true }).fill('Palpitations in the evening.');
    await page.getByRole('button', { name: 'Sign and add' }).click();
    await page.getByText('The note is in the record').waitFor();
    await go(page, `/doctor/patients/${patient}/search`);
    await page.getByLabel('Words, codes or ranges').fill('palpitations');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('link', { name: 'Telephone call' }).click();
    await page.getByText('Palpitations in the evening.').waitFor();
    await page.getByRole('link', { name: 'What the nodes see of it' }).click();
    await page.getByText('The beginning of the sealed body').waitFor();
    expect(await page.locator('main').innerText()).not.toContain('Palpitations');
    await page.context().close();
  });

  it('delegates a part; the delegate opens it with a receipt that anybody can verify; then it is taken back', async () => {
    const alice = await doctorAt('alice', 'north');
    await go(alice, `/doctor/delegations/new?patient=${patient}`);
    await next(alice);
    await alice.getByLabel('Doctor or researcher').selectOption({ label: 'Bob Okoye (Cardiology, east)' });
    await next(alice);
    await alice.getByLabel('Laboratory results').check();
    await next(alice);
    await next(alice);
    expect(await alice.locator('dl.summary').innerText()).toContain('KELLER, Maria');
    await alice.getByRole('button', { name: 'Sign and share' }).click();
    await alice.getByText('The delegation was signed').waitFor();

    const bob = await doctorAt('bob', 'east');
    await go(bob, '/doctor/shared');
    await bob.getByRole('link', { name: `Patient ${patient.slice(0, 8)}` }).click();
    await bob.getByRole('button', { name: 'Find records' }).click();
    await bob.getByRole('heading', { name: '1 record found' }).waitFor();
    await bob.getByRole('button', { name: 'Open it' }).click();
    await bob.getByText('1 record was opened').waitFor();
    expect(await bob.getByText('6.1 mmol/L').isVisible()).toBe(true);
    const saving = bob.waitForEvent('download');
    await bob.getByRole('button', { name: 'Save the receipt' }).click();
    const receipt = await (await saving).path();

    // On paper: what was opened, the proof line, whose delegation and who read it; nothing that was not opened.
    const sheet = bob.getByText('Opened under a delegation from');
    expect(await sheet.isVisible()).toBe(false);
    await bob.emulateMedia({ media: 'print' });
    expect(await sheet.innerText()).toMatch(/Alice Brunner.*north.*read by.*Okoye/s);
    expect(await bob.getByText('6.1 mmol/L').isVisible()).toBe(true);
    expect(
      await bob
        .getByText(/block \d+/)
        .first()
        .isVisible(),
    ).toBe(true);
    expect(await bob.getByRole('heading', { name: '1 record found' }).isVisible()).toBe(false);
    await bob.emulateMedia({ media: 'screen' });

    const { page: stranger, context } = await world.window();
    await stranger.goto('/verify');
    const name = 'receipt.json';
    const file = (buffer: Buffer) => ({ name, mimeType: 'application/json', buffer });
    await stranger.getByLabel('File').setInputFiles(file(readFileSync(receipt)));
    await stranger.getByText('receipt.json holds').waitFor();
    const changed = readFileSync(receipt, 'utf8').replace(/"height":(\d)/, '"height":9$1');
    await stranger.getByLabel('File').setInputFiles(file(Buffer.from(changed)));
    await stranger.getByText('This file does not hold').waitFor();
    await context.close();

    await go(alice, '/doctor/delegations');
    await alice.getByRole('button', { name: 'Take back: Bob Okoye' }).click();
    await alice.getByRole('dialog').getByRole('button', { name: 'Take back', exact: true }).click();
    await alice.getByText(/taken back in block \d+/).waitFor();
    await bob.getByRole('button', { name: 'Open it' }).click();
    await bob.locator('.failure').waitFor();
    expect(await bob.locator('.failure').innerText()).toContain('grant-revoked');
    await bob.context().close();
    await alice.context().close();
  });

  it('asks another patient’s side, and is told what can not be opened in an emergency', async () => {
    const bob = await doctorAt('bob', 'east');
    await go(bob, '/doctor/requests/new');
    await bob.getByLabel('Number of the patient’s account').fill(patient);
    await bob.getByRole('button', { name: 'Find who can be asked' }).click();
    await bob.getByLabel('Alice Brunner (north), in charge of the patient').check();
    await bob.getByLabel('What you need, and why').fill('Second opinion on the potassium.');
    await bob.getByRole('button', { name: 'Send the request' }).click();
    await bob.getByText('The request was sent').waitFor();

    await go(bob, '/doctor/emergency');
    await bob.getByLabel('Number of the patient’s account').fill(patient);
    await bob.getByLabel('Break the glass').check();
    await bob.getByLabel('What happened').fill('Found unconscious, nobody can be asked.');
    await next(bob);
    await bob.getByText('Nothing is laid down for an emergency of this patient').waitFor();

    const alice = await doctorAt('alice', 'north');
    await alice.getByRole('link', { name: '1 request to see a patient’s data' }).click();
    await alice.getByText('Second opinion on the potassium.').waitFor();
    await alice.getByRole('button', { name: 'Refuse' }).click();
    await alice.getByLabel('Why you refuse').fill('Please ask the patient herself.');
    await alice.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await alice.getByText('Nobody waits').or(alice.getByText('refused')).first().waitFor();
    await go(bob, '/doctor/requests');
    await bob.getByText('Please ask the patient herself.').waitFor();
    await alice.context().close();
    await bob.context().close();
  });

  it('opens the emergency summary at night once somebody else has vouched, and nothing after the end', async () => {
    const latex = {
      resourceType: 'AllergyIntolerance',
      id: 'latex',
      code: { text: 'Latex, severe' },
      patient: { reference: 'Patient/maria' },
    };
    const resource = new TextEncoder().encode(JSON.stringify(latex));
    const record = { resource, category: 'emergency', month: 'all', keywords: ['type:allergyintolerance'] };
    await maria.records.upload({ patient: maria.keys.id, records: [record] });
    await maria.emergencies.optIn({ patient: maria.keys.id });
    const bob = await doctorAt('bob', 'east');
    await go(bob, '/doctor/emergency');
    await bob.getByLabel('Number of the patient’s account').fill(patient);
    await bob.getByLabel('Break the glass').check();
    await bob.getByLabel('What happened').fill('Found unconscious, nobody can be asked.');
    await next(bob);
    await bob.getByLabel('Present passphrase').fill(PASSPHRASE);
    await bob.getByRole('button', { name: 'Confirm', exact: true }).click();
    await bob.getByText('The request is on the ledger').waitFor();
    // Before anybody vouched there is nothing to open.
    expect(await bob.getByRole('button', { name: 'Open the emergency summary' }).count()).toBe(0);
    const administrator = await world.client(world.node('east').administrators[0]!, 'east');
    const [emergency] = await administrator.emergencies.of(maria.keys.id);
    await administrator.emergencies.countersign(emergency!);
    await go(bob, '/doctor');
    await go(bob, '/doctor/emergency');
    await bob.getByText('Emergency access is running, and the patient sees it').waitFor();
    await bob.getByRole('button', { name: 'Open the emergency summary' }).click();
    await bob.getByText('Latex, severe').first().waitFor();
    expect(await bob.getByRole('button', { name: 'Save the receipt' }).count()).toBeGreaterThan(0);
    expect(await objections(bob)).toEqual([]);
    const { lines } = await administrator.audit.whoHasSeen(maria.keys.id);
    expect(lines.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['emergency.request', 'emergency.countersign']),
    );
    await bob.getByRole('button', { name: 'End it now' }).click();
    await bob.getByText('Emergency access is running').waitFor({ state: 'detached' });
    await bob.context().close();
  });

  it('opens nothing of a patient who is not hers', async () => {
    const bob = await doctorAt('bob', 'east');
    await go(bob, `/doctor/patients/${patient}`);
    await bob.locator('.failure').waitFor();
    expect(await bob.locator('.failure').innerText()).toContain('no-access');
    await bob.context().close();
  });
});

describe('over all of it', () => {
  it('and no page complained, or was refused anything by its own policy', () => {
    expect(world.complaints).toEqual([]);
  });
});
