import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { ensureBuilt } from '#dashboard/build';
import { findBrowser } from './browser.ts';
import { endNodes } from './devnet/nodes.ts';
import { planDevnet } from './devnet/plan.ts';
import { findFreeBasePort } from './devnet/ports.ts';
import { accountsOf } from './devnet/scenario/accounts.ts';
import type { SeededAccount } from './devnet/scenario/accounts.ts';
import { playScenario } from './devnet/scenario/scenario.ts';
import { requireState } from './devnet/state-file.ts';
import { bringUp } from './devnet/up.ts';

const OUT = fileURLToPath(new URL('../docs/screens/', import.meta.url));
const PICTURE_BYTES_MAX = 300 * 1024;
const SETTLED_TIMEOUT_MS = 120_000;
const DESK = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };

/** One picture: whose window, which page, and what it is called in docs/screens. */
interface Shot {
  name: string;
  /** Account name; undefined for who has not signed in. */
  who?: string;
  path: (idOf: (account: string) => string) => string;
  /** Taken on a phone as well. */
  onPhone?: boolean;
  /** A button that is pressed first, and the words that come of it. */
  press?: { button: string; until: string };
}

const at = (path: string) => (): string => path;

const SHOTS: readonly Shot[] = [
  { name: 'start', path: at('/'), onPhone: true },
  { name: 'network', path: at('/network'), onPhone: true },
  { name: 'register-patient', path: at('/register/patient') },
  { name: 'patient-home', who: 'ove-lindqvist', path: at('/patient'), onPhone: true },
  { name: 'patient-records', who: 'ove-lindqvist', path: at('/patient/records') },
  { name: 'patient-heart-rate', who: 'ove-lindqvist', path: at('/patient/series/8867-4'), onPhone: true },
  { name: 'patient-who-has-seen', who: 'ove-lindqvist', path: at('/patient/accesses'), onPhone: true },
  { name: 'patient-sharing', who: 'ove-lindqvist', path: at('/patient/sharing') },
  { name: 'patient-requests', who: 'amal-haddad', path: at('/patient/requests') },
  { name: 'doctor-home', who: 'alice-berg', path: at('/doctor'), onPhone: true },
  { name: 'doctor-patient', who: 'alice-berg', path: (idOf) => `/doctor/patients/${idOf('ove-lindqvist')}` },
  { name: 'doctor-requests', who: 'alice-berg', path: at('/doctor/requests') },
  { name: 'doctor-shared', who: 'bob-whitfield', path: at('/doctor/shared') },
  { name: 'administrator-home', who: 'north-admin-1', path: at('/administrator') },
  {
    name: 'administrator-decide',
    who: 'north-admin-1',
    path: (idOf) => `/administrator/approvals/${idOf('pia-keller')}`,
    onPhone: true,
  },
  {
    name: 'administrator-slip',
    who: 'north-admin-1',
    path: (idOf) => `/administrator/people/${idOf('ove-lindqvist')}/slip`,
  },
  {
    name: 'administrator-assign',
    who: 'north-admin-1',
    path: (idOf) => `/administrator/people/${idOf('ove-lindqvist')}/assign`,
  },
  { name: 'administrator-emergencies', who: 'north-admin-1', path: at('/administrator/emergencies') },
  { name: 'auditor-events', who: 'ada-nilsen', path: at('/auditor') },
  {
    name: 'auditor-chain',
    who: 'ada-nilsen',
    path: at('/auditor/chain'),
    press: { button: 'Verify everything', until: 'The chain holds' },
  },
  { name: 'auditor-refusals', who: 'ada-nilsen', path: at('/auditor/refusals') },
  { name: 'researcher-studies', who: 'henrik-solberg', path: at('/researcher') },
  { name: 'researcher-study', who: 'henrik-solberg', path: at('/researcher/studies/PHR-2026-014') },
  { name: 'account', who: 'ove-lindqvist', path: at('/account'), onPhone: true },
];

/** A window in which somebody is signed in, or nobody is. */
async function windowOf(browser: Browser, account: SeededAccount, isSignedIn: boolean): Promise<Page> {
  const context = await browser.newContext({
    baseURL: account.url,
    viewport: DESK,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.goto('/');
  if (!isSignedIn) return page;
  await page.getByLabel('Account name').fill(account.name);
  await page.getByLabel('Passphrase').fill(account.passphrase);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`**/${account.role}`, { timeout: SETTLED_TIMEOUT_MS });
  return page;
}

/** Goes there without loading the app anew, so that the keys stay, and waits until nothing is being fetched. */
async function settle(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.waitForFunction(
    () => document.querySelector('h1') !== null && document.querySelector('.loading, .progress') === null,
    undefined,
    { timeout: SETTLED_TIMEOUT_MS },
  );
}

/** @throws Error when a page failed, or a picture is too large for a repository */
async function take(page: Page, shot: Shot, idOf: (account: string) => string): Promise<string[]> {
  await settle(page, shot.path(idOf));
  if (shot.press !== undefined) {
    await page.getByRole('button', { name: shot.press.button }).click();
    await page.getByText(shot.press.until).waitFor({ timeout: SETTLED_TIMEOUT_MS });
  }
  if ((await page.locator('.failure').count()) > 0)
    throw new Error(`${shot.name}: ${await page.locator('.failure').first().innerText()}`);
  const names: string[] = [];
  for (const size of shot.onPhone === true ? [DESK, PHONE] : [DESK]) {
    await page.setViewportSize(size);
    await page.evaluate(() => scrollTo(0, 0));
    const picture = await page.screenshot({ animations: 'disabled' });
    const name = `${shot.name}-${size.width}.png`;
    if (picture.length > PICTURE_BYTES_MAX) throw new Error(`${name} has ${picture.length} bytes`);
    writeFileSync(join(OUT, name), picture);
    names.push(`${name} ${Math.ceil(picture.length / 1024)} kB`);
  }
  await page.setViewportSize(DESK);
  return names;
}

async function takeAll(browser: Browser, accounts: readonly SeededAccount[], wanted: RegExp): Promise<void> {
  const accountOf = (name: string): SeededAccount => {
    const found = accounts.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is nobody of the scenario`);
    return found;
  };
  const shots = SHOTS.filter(({ name }) => wanted.test(name));
  for (const [who, own] of Map.groupBy(shots, (shot) => shot.who)) {
    const page = await windowOf(browser, accountOf(who ?? 'ada-nilsen'), who !== undefined);
    for (const shot of own) {
      const names = await take(page, shot, (name) => accountOf(name).id);
      process.stdout.write(`${names.join(', ')}\n`);
    }
    await page.context().close();
  }
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, only: { type: 'string' } },
});
const executablePath = findBrowser();
if (executablePath === undefined) throw new Error('needs Chromium: install it or set CHROMIUM_PATH');
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const io = { out: (text: string) => void process.stdout.write(text), signal: stop.signal };
// A clinic that runs already is looked at as it is; else one is brought up, and ended afterwards.
const scratch = values.data === undefined ? mkdtempSync(join(tmpdir(), 'phr-screens-')) : undefined;
const dataDir = scratch === undefined ? resolve(values.data ?? '') : join(scratch, 'devnet');
mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});
try {
  if (scratch !== undefined) {
    await ensureBuilt();
    const plan = planDevnet({ seed: 'screens', nodes: 4, basePort: await findFreeBasePort(4, 15_000) });
    await bringUp(dataDir, plan, { fresh: true, io });
    await playScenario('clinic', { dataDir, plan, io, nowMs: Date.now() });
  }
  const accounts = accountsOf(requireState(dataDir).plan, 'clinic');
  await takeAll(browser, accounts, new RegExp(values.only ?? '.'));
} finally {
  await browser.close();
  if (scratch !== undefined) {
    await endNodes(dataDir);
    rmSync(scratch, { recursive: true, force: true });
  }
}
