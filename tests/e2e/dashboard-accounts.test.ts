import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, fromBase64Url, fromHex, nobleBackend, rootFromRecoveryCode } from '#crypto';
import { eventually } from '../unit/dashboard/harness.ts';
import { DashboardWorld, go, signIn } from './dashboard-world.ts';

const NAME = 'maria';
const FIRST = 'seven storks over the mill';
const SECOND = 'nine geese under the bridge';

let world: DashboardWorld;
/** What Maria wrote down at her registration. */
let code: string;
let person: string;

beforeAll(async () => {
  world = await DashboardWorld.open('dashboard accounts', 24_100);
});
afterAll(async () => world.close());

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

async function register(page: Page): Promise<void> {
  await page.goto('/register/patient');
  const next = () => page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Family name').fill('Keller');
  await page.getByLabel('Given names').fill('Maria');
  await next();
  await page.getByLabel('Date of birth', { exact: true }).fill('1971-03-09');
  await page.getByLabel('Female').check();
  await next();
  await next();
  await page.getByLabel('Account name').fill(NAME);
  await page.getByLabel('Passphrase', { exact: true }).fill(FIRST);
  await page.getByLabel('Passphrase once more').fill(FIRST);
  await next();
  await page.getByRole('button', { name: 'Apply' }).click();
  await heading(page, 'You have applied').waitFor();
}

describe('an account', () => {
  it('is made in the browser, waits, and opens when the institution has approved it', async () => {
    const { page, context } = await world.window();
    await register(page);
    code = (await page.locator('#recovery-code span').allTextContents()).join('-');
    expect(derivePersonKeys(nobleBackend, rootFromRecoveryCode(code)).id).toHaveLength(32);
    await page.getByLabel('I have printed the code').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'My application').waitFor();
    expect(await page.getByText('Waiting for approval').isVisible()).toBe(true);
    person = (await page.locator('.copy-code code').innerText()).trim();
    await world.approve(person);
    // The page hears of the block by itself.
    await page.getByRole('button', { name: 'Go to your pages' }).click();
    await page.waitForURL((url) => url.pathname === '/patient');
    await page.getByText('Maria Keller').first().waitFor();
    await context.close();
  });

  it('opens with the passphrase alone', async () => {
    const { page, context } = await world.window();
    await signIn(page, NAME, FIRST);
    await page.waitForURL((url) => url.pathname === '/patient');
    await context.close();
  });

  it('does not open with another passphrase, and says what is safe', async () => {
    const { page, context } = await world.window();
    await signIn(page, NAME, `${FIRST}.`);
    await page.getByText('No account opens with this here.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    expect(await page.getByLabel('Passphrase').inputValue()).toBe('');
    await context.close();
  });

  it('opens with a passkey alone', async () => {
    const { page, context } = await world.window();
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        hasPrf: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await signIn(page, NAME, FIRST);
    await page.waitForURL((url) => url.pathname === '/patient');
    await go(page, '/account/passkeys');
    await page.getByRole('button', { name: 'Add a passkey of this device' }).click();
    // The window is hers, but whoever sits before it must show that he is she.
    await page.getByLabel('Present passphrase').fill(SECOND);
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.locator('.failure').waitFor();
    expect(await page.getByLabel('Device', { exact: true }).count()).toBe(0);
    await page.getByLabel('Present passphrase').fill(FIRST);
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.getByLabel('Device', { exact: true }).fill('My phone');
    await page.getByRole('button', { name: 'Add a passkey of this device' }).click();
    await page.getByText('The passkey now opens your account.').waitFor();
    await page.getByRole('rowheader', { name: 'My phone' }).waitFor();
    await page.goto('/');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL((url) => url.pathname === '/patient');
    await page.getByText('Maria Keller').first().waitFor();

    await go(page, '/account/passkeys');
    await page.getByRole('button', { name: 'Remove: My phone' }).click();
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await page.getByText('No passkey yet').waitFor();
    await page.goto('/');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('No account opens with this here.').waitFor();
    await context.close();
  });

  it('opens with the recovery code alone, and the passphrase of then stops', async () => {
    const { page, context } = await world.window();
    await page.goto('/recover/code');
    await page.getByLabel('Recovery code', { exact: true }).fill(code.toLowerCase().replaceAll('-', ' '));
    await page.getByRole('button', { name: 'Open my account' }).click();
    await heading(page, 'You are in').waitFor();
    await page.getByLabel('Account name').fill(NAME);
    await page.getByLabel('Passphrase', { exact: true }).fill(SECOND);
    await page.getByLabel('Passphrase once more').fill(SECOND);
    await page.getByRole('button', { name: 'Change the passphrase' }).click();
    await page.getByText('The passphrase was changed').waitFor();
    // The windows of before were closed, not signed out: whoever has one of them is still in.
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('You are signed in nowhere else.').waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL((url) => url.pathname === '/patient');
    await context.close();

    const later = await world.window();
    await signIn(later.page, NAME, FIRST);
    await later.page.getByText('No account opens with this here.').waitFor();
    await signIn(later.page, NAME, SECOND);
    await later.page.waitForURL((url) => url.pathname === '/patient');
    await go(later.page, '/account/recovery');
    await later.page.getByLabel('Recovery code from your paper').fill(code);
    await later.page.getByRole('button', { name: 'Try the code' }).click();
    await later.page.getByText('Your paper is good').waitFor();
    await later.context.close();
  });

  it('is given to new keys by the institution when everything is lost, and the owner of the old ones can stop it', async () => {
    const { page, context } = await world.window();
    await page.goto('/recover/clinic');
    await page.getByLabel('Number of your account').fill(person);
    await page.getByRole('button', { name: 'Make new keys' }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the file' }).click();
    const file: unknown = JSON.parse(readFileSync(await (await saving).path(), 'utf8'));
    const request = file as { person: string; keys: Record<string, string>; signature: string };
    const written = (await page.locator('#recovery-code span').allTextContents()).join('-');
    const bytes = (name: string) => fromBase64Url(request.keys[name] ?? '');
    const keys = {
      sign: bytes('sign'),
      seal: bytes('seal'),
      delegate: bytes('delegate'),
      possession: bytes('possession'),
    };
    // What is written down gives the keys of the file, and the file alone opens nothing.
    expect(derivePersonKeys(nobleBackend, rootFromRecoveryCode(written)).publicKeys.sign).toEqual(keys.sign);
    expect(JSON.stringify(file)).not.toContain(written.replaceAll('-', ''));
    const administrator = await world.client(world.node().administrators[0]!);
    const start = { person: fromHex(request.person), keys, signature: fromBase64Url(request.signature) };
    const forged = { ...start, signature: start.signature.with(3, (start.signature[3] ?? 0) ^ 1) };
    await expect(administrator.recoveries.start(forged)).rejects.toMatchObject({ code: 'refused' });
    await administrator.recoveries.start(start);
    const owner = derivePersonKeys(nobleBackend, rootFromRecoveryCode(code));
    await (await world.client(owner)).recoveries.veto(fromHex(person));
    expect((await administrator.recoveries.find(fromHex(person)))?.status).toBe('vetoed');
    await context.close();
  });

  it('locks in place when nobody is there, and goes on where it was', async () => {
    const { page, context } = await world.window();
    await page.clock.install();
    await signIn(page, NAME, SECOND);
    await page.waitForURL((url) => url.pathname === '/patient');
    await go(page, '/account/recovery');
    const typed = page.getByLabel('Recovery code from your paper');
    await typed.fill('half of it');
    await page.clock.fastForward('11:00');
    const lock = page.getByRole('dialog', { name: 'Locked' });
    await lock.waitFor();
    expect(await page.locator('.app').getAttribute('inert')).not.toBeNull();
    // Who comes back and types at once types here, and not onto the button that leaves.
    await eventually(() => page.evaluate(() => document.activeElement?.id)).toBe('account-name');
    await lock.getByLabel('Account name').fill(NAME);
    await lock.getByLabel('Passphrase').fill(SECOND);
    await lock.getByRole('button', { name: 'Unlock' }).click();
    await lock.waitFor({ state: 'detached' });
    expect(await typed.inputValue()).toBe('half of it');
    await context.close();
  });
});

describe('sessions', () => {
  it('are ended from another device: the window there locks at once', async () => {
    const [here, there] = [await world.window(), await world.window()];
    for (const { page } of [here, there]) {
      await signIn(page, NAME, SECOND);
      await page.waitForURL((url) => url.pathname === '/patient');
    }
    await go(here.page, '/account/sessions');
    await here.page.getByRole('button', { name: 'End all others' }).click();
    await there.page.getByRole('dialog', { name: 'Locked' }).waitFor();
    expect(await there.page.getByText('The session of this window has ended').isVisible()).toBe(true);
    await here.page.getByText('You are signed in nowhere else.').waitFor();
    await here.context.close();
    await there.context.close();
  });

  it('has the way out on its page and on the lock, and both end the session', async () => {
    for (const from of ['page', 'lock'] as const) {
      const { page, context } = await world.window();
      await page.clock.install();
      await signIn(page, NAME, SECOND);
      await page.waitForURL((url) => url.pathname === '/patient');
      const [cookie] = await context.cookies();
      const headers = { authorization: `Bearer ${cookie?.value}` };
      const status = async (): Promise<number> =>
        (await fetch(`${world.node().apiUrl}/api/v1/sessions`, { headers })).status;
      expect(await status()).toBe(200);
      if (from === 'lock') {
        await page.clock.fastForward('11:00');
        await page.getByRole('dialog', { name: 'Locked' }).waitFor();
      }
      const left = page.waitForResponse((response) => response.request().method() === 'DELETE');
      await page.getByRole('button', { name: 'Sign out' }).last().click();
      expect((await left).status()).toBe(204);
      await eventually(() => context.cookies()).toEqual([]);
      expect(await status()).toBe(401);
      await context.close();
    }
  });

  it('die with a suspension, in the block that says so', async () => {
    const { page, context } = await world.window();
    await signIn(page, NAME, SECOND);
    await page.waitForURL((url) => url.pathname === '/patient');
    const administrator = await world.client(world.node().administrators[0]!);
    await page.getByText('Maria Keller').first().waitFor();
    await administrator.people.suspend(fromHex(person), 'Checking a report.');
    const lock = page.getByRole('dialog', { name: 'Locked' });
    await lock.waitFor();
    // Blur can be lifted by whoever sits there: what was on the page is not there any more.
    await lock.getByText('Your account was closed').waitFor();
    expect(await page.locator('main').innerHTML()).toBe('');
    await lock.getByLabel('Account name').fill(NAME);
    await lock.getByLabel('Passphrase').fill(SECOND);
    await lock.getByRole('button', { name: 'Unlock' }).click();
    await lock.getByText('This account is suspended').waitFor();
    await administrator.people.reinstate(fromHex(person));
    await lock.getByLabel('Passphrase').fill(SECOND);
    await lock.getByRole('button', { name: 'Unlock' }).click();
    await lock.waitFor({ state: 'detached' });
    await context.close();
  });
});

describe('over all of it', () => {
  it('and no page complained, or was refused anything by its own policy', () => {
    expect(world.complaints).toEqual([]);
  });
});
