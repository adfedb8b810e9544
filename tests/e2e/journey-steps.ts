import type { Locator, Page } from 'playwright-core';
import type { DashboardWorld } from './dashboard-world.ts';
import { go, signIn } from './dashboard-world.ts';

/** How much longer than on a quiet machine a step may take: a loaded one says so with PHR_E2E_PATIENCE. */
const PATIENCE = Number(process.env['PHR_E2E_PATIENCE'] ?? '1');
/** For what waits on several blocks or on a key derivation, while other work takes both cores. */
export const STEP_MS = 90_000 * PATIENCE;
/** For what waits until nodes come back. */
export const RETURN_MS = 180_000 * PATIENCE;

export const PASSPHRASE = 'nine lanterns by the river';

/** A window with the patience of these journeys. */
export async function openWindow(
  world: DashboardWorld,
  at: string,
  options: Parameters<DashboardWorld['window']>[0] = {},
): Promise<Page> {
  const { page } = await world.window({ acceptDownloads: true, timezoneId: 'UTC', ...options }, at);
  page.setDefaultTimeout(STEP_MS);
  return page;
}

/** The page of a path, with all that it asked for. */
export async function arrive(page: Page, path: string): Promise<void> {
  await go(page, path);
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('main .loading') === null);
}

export const press = (page: Page | Locator, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

/** Sign-in by the form, up to the home of the role. */
export async function enter(page: Page, name: string, role: string, passphrase = PASSPHRASE): Promise<void> {
  await signIn(page, name, passphrase);
  await page.waitForURL((url) => url.pathname === `/${role}`);
}

export interface Applicant {
  account: string;
  family: string;
  given: string;
}

/** The form of a patient, from its first question to the recovery code. @returns number of the account, and the code */
export async function applyAsPatient(page: Page, who: Applicant): Promise<{ id: string; code: string }> {
  await page.goto('/register/patient');
  await nameOf(page, who);
  await page.getByLabel('Date of birth', { exact: true }).fill('1971-03-09');
  await page.getByLabel('Female').check();
  await press(page, 'Continue');
  await press(page, 'Continue');
  return finish(page, who);
}

export async function applyAsDoctor(page: Page, who: Applicant): Promise<{ id: string; code: string }> {
  await page.goto('/register/professional');
  await page.getByLabel('Doctor').check();
  await press(page, 'Continue');
  await nameOf(page, who);
  await page.getByLabel('Speciality or field').fill('Cardiology');
  await page.getByLabel('Licence or staff number').fill(`LIC-${who.account}`);
  await press(page, 'Continue');
  await press(page, 'Continue');
  return finish(page, who);
}

async function nameOf(page: Page, { family, given }: Applicant): Promise<void> {
  await page.getByLabel('Family name').fill(family);
  await page.getByLabel('Given names').fill(given);
  await press(page, 'Continue');
}

async function finish(page: Page, { account }: Applicant): Promise<{ id: string; code: string }> {
  await page.getByLabel('Account name').fill(account);
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Passphrase once more').fill(PASSPHRASE);
  await press(page, 'Continue');
  await press(page, 'Apply');
  await page.getByRole('heading', { level: 1, name: 'You have applied' }).waitFor();
  const code = (await page.locator('#recovery-code span').allTextContents()).join('-');
  await page.getByLabel('I have printed the code').check();
  await press(page, 'Continue');
  await page.getByText('Waiting for approval').waitFor();
  const id = (await page.locator('.copy-code code').innerText()).trim();
  return { id, code };
}

/** Administrators stand in the genesis with their keys; here one gets an account at her own node. */
export async function administratorAt(world: DashboardWorld, at: string, which: 0 | 1): Promise<Page> {
  const name = world.node(at).administrators[which];
  if (name === undefined) throw new Error(`${at} has no administrator ${which + 1}`);
  const client = await world.client(name, at);
  await client.account.addPassphrase({ name, passphrase: PASSPHRASE });
  const page = await openWindow(world, at);
  await enter(page, name, 'administrator');
  return page;
}

/** One administrator gives her voice on the page of the application. */
export async function approve(page: Page, id: string): Promise<void> {
  await arrive(page, `/administrator/approvals/${id}`);
  await page.getByLabel('Approve', { exact: true }).check();
  await press(page, 'Sign the decision');
  await page.getByText(/Agreed by the network in block \d+/).waitFor();
}

/** The page of who applied hears of the block by itself. */
export async function enterOnceApproved(page: Page, role: string): Promise<void> {
  await press(page, 'Go to your pages');
  await page.waitForURL((url) => url.pathname === `/${role}`);
}
