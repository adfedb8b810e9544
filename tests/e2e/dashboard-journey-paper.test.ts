import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DashboardWorld } from './dashboard-world.ts';
import {
  administratorAt,
  applyAsDoctor,
  applyAsPatient,
  approve,
  arrive,
  enterOnceApproved,
  openWindow,
  press,
  STEP_MS,
} from './journey-steps.ts';

/** The paper, in five windows at two institutions: nobody uses anything but a browser. */

let world: DashboardWorld;
let [maria, alice, bob, first, second]: Page[] = [];
let [mariaId, bobId] = ['', ''];

const of = (page: Page | undefined): Page => {
  if (page === undefined) throw new Error('this window was never opened');
  return page;
};

beforeAll(async () => {
  world = await DashboardWorld.open('journey paper', 24_500);
});
afterAll(async () => world?.close());

describe('from registration to the end of a delegation', () => {
  it('a patient applies at north, the administrator approves and prints a slip without a secret', async () => {
    maria = await openWindow(world, 'north');
    const applied = await applyAsPatient(maria, { account: 'maria', family: 'Keller', given: 'Maria' });
    mariaId = applied.id;
    first = await administratorAt(world, 'north', 0);
    await first.getByRole('link', { name: /Applications to decide/ }).click();
    await first.getByRole('link', { name: 'KELLER, Maria' }).click();
    await first.getByText('09-Mar-1971').first().waitFor();
    await approve(first, mariaId);
    await first.getByRole('link', { name: 'Activation slip' }).click();
    const slip = first.getByRole('region', { name: 'Activation slip' });
    await slip.waitFor();
    expect(await slip.innerText()).toContain(mariaId);
    expect(await slip.innerText()).not.toContain(applied.code);
    await enterOnceApproved(maria, 'patient');
  });

  it('two doctors apply at two institutions; one voice is not enough, two are', async () => {
    alice = await openWindow(world, 'north');
    bob = await openWindow(world, 'east');
    const aliceId = (await applyAsDoctor(alice, { account: 'alice', family: 'Berg', given: 'Alice' })).id;
    bobId = (await applyAsDoctor(bob, { account: 'bob', family: 'Whitfield', given: 'Bob' })).id;
    await approve(of(first), aliceId);
    expect(await of(first).getByText('The account is active.').count()).toBe(0);
    expect(await alice.getByRole('button', { name: 'Go to your pages' }).count()).toBe(0);
    second = await administratorAt(world, 'north', 1);
    await approve(second, aliceId);
    await second.getByText('The account is active.').waitFor();
    await enterOnceApproved(alice, 'doctor');
    for (const which of [0, 1] as const) {
      const page = await administratorAt(world, 'east', which);
      await approve(page, bobId);
      await page.context().close();
    }
    await enterOnceApproved(bob, 'doctor');
  });

  it('the doctor who is assigned reads nothing before the patient has accepted her', async () => {
    const administrator = of(first);
    await arrive(administrator, `/administrator/people/${mariaId}/assign`);
    await administrator.getByLabel('Alice Berg').check();
    await administrator.getByRole('button', { name: /^Propose/ }).click();
    await administrator.getByText(/Agreed by the network in block \d+/).waitFor();
    await arrive(of(alice), `/doctor/patients/${mariaId}`);
    await of(alice).locator('.failure').waitFor();
    expect(await of(alice).locator('main').innerText()).not.toContain('Keller');

    await arrive(of(maria), '/patient/doctors');
    await of(maria).getByRole('button', { name: 'Accept: Alice Berg' }).click();
    await of(maria).getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await of(maria)
      .getByText(/^Agreed in block \d+\.$/)
      .waitFor();
  });

  it('the patient adds readings, and her doctor finds them by word, with the proof in plain words', async () => {
    await arrive(of(maria), '/patient/add');
    await of(maria).getByLabel('Upper value (systolic)').fill('148');
    await of(maria).getByLabel('Lower value (diastolic)').fill('96');
    await press(of(maria), 'Add the reading');
    await of(maria).getByText('The reading is in your record.').waitFor();

    // She stands on the page that was refused before: it is asked for anew when she comes to it again.
    await arrive(of(alice), '/doctor/patients');
    await arrive(of(alice), `/doctor/patients/${mariaId}`);
    await of(alice).getByRole('link', { name: 'Search', exact: true }).click();
    await of(alice).getByLabel('Words, codes or ranges').fill('blood pressure');
    await press(of(alice), 'Search');
    await of(alice).getByRole('heading', { name: '1 record with “blood pressure”' }).waitFor();
    expect(await of(alice).locator('.proof-line').innerText()).toMatch(
      /^Complete: proven against block \d+, signed by [34] of 4\.$/,
    );
  });

  it('a doctor of another institution asks, and the one in charge approves through the wizard', async () => {
    const asking = of(bob);
    await arrive(asking, '/doctor/requests/new');
    await asking.getByLabel('Number of the patient’s account').fill(mariaId);
    await press(asking, 'Find who can be asked');
    await asking.getByLabel('Alice Berg (north), in charge of the patient').check();
    await asking.getByLabel('What you need, and why').fill('Second opinion on the blood pressure.');
    await press(asking, 'Send the request');
    await asking.getByText('The request was sent').waitFor();

    const asked = of(alice);
    await arrive(asked, '/doctor/requests');
    await asked.getByText('Second opinion on the blood pressure.').waitFor();
    await asked.getByRole('link', { name: 'Choose what to share' }).click();
    // Of whom and to whom stand there already; what is shared does not.
    await press(asked, 'Continue');
    await press(asked, 'Continue');
    await press(asked, 'Continue');
    await asked.locator('.error-summary').waitFor();
    await asked.getByLabel('Vital signs').check();
    await press(asked, 'Continue');
    await press(asked, 'Continue');
    const answers = await asked.locator('dl.summary').innerText();
    expect(answers).toContain('KELLER, Maria');
    expect(answers).toContain('Bob Whitfield');
    await press(asked, 'Sign and share');
    await asked.getByText('The delegation was signed').waitFor();
  });

  it('the other institution opens it by re-encryption, and holds a receipt', async () => {
    const reading = of(bob);
    await arrive(reading, '/doctor/requests');
    await reading.getByRole('link', { name: 'Open what was shared' }).click();
    await press(reading, 'Find records');
    await reading.getByRole('heading', { name: '1 record found' }).waitFor();
    await press(reading, 'Open it');
    await reading.getByText('1 record was opened').waitFor();
    await reading
      .getByText(/148.*96/)
      .first()
      .waitFor();
    expect(await reading.getByRole('button', { name: 'Save the receipt' }).count()).toBe(1);
  });

  it('the patient sees who has seen it, with block and signers', async () => {
    await arrive(of(maria), '/patient/accesses');
    await of(maria).getByLabel('Only who has seen something').check();
    const line = of(maria).getByRole('link', {
      name: 'Bob Whitfield opened 1 of your records under a grant',
    });
    await line.waitFor({ timeout: STEP_MS });
    await line.click();
    await of(maria).getByRole('heading', { level: 1, name: 'One line of the list' }).waitFor();
    expect(await of(maria).locator('.summary').innerText()).toMatch(/Transaction\s+[0-9a-f]{64}/);
  });

  it('after the patient has taken it back, the next opening is refused in words that say why', async () => {
    await arrive(of(maria), '/patient/sharing');
    await of(maria).getByRole('button', { name: 'Take back: Bob Whitfield' }).click();
    await of(maria).getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await of(maria)
      .getByText(/^Taken back in block \d+\.$/)
      .first()
      .waitFor();

    // His page still stands as it was: the ledger refuses, not the page.
    await press(of(bob), 'Open it');
    const failure = of(bob).locator('.failure');
    // The words for refusals come with the first refusal.
    await failure.getByText('This share was taken back').waitFor();
    expect(await failure.innerText()).toContain('grant-revoked');
    await arrive(of(bob), '/doctor/shared');
    await of(bob)
      .getByText(/taken back in block \d+/)
      .waitFor();
  });

  it('and no page complained, or was refused anything by its own policy', () => {
    expect(world.complaints).toEqual([]);
  });
});
