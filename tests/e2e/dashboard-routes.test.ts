import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_ROUTES } from '../../dashboard/app/router/all-routes.ts';
import { CLINIC_PEOPLE } from '../../scripts/devnet/scenario/clinic-people.ts';
import { ClinicWorld } from './clinic-world.ts';
import { arrive, PASSPHRASE, STEP_MS } from './journey-steps.ts';
import { findParameters, visitsOf } from './route-visits.ts';
import type { Visit } from './route-visits.ts';
import { literals } from './literals.ts';
import { rolesAtWork } from './roles-at-work.ts';

/** One walk over every page of the app, in a clinic in which every page has something in it. */

const WIDTHS = [360, 1280, 1920] as const;
/** What changes colours alone needs no more than a look at the contrast: name, what is set, what it is set back to. */
const LOOKS = [
  ['dark', { colorScheme: 'dark' }, { colorScheme: 'light' }],
  ['forced colours', { forcedColors: 'active' }, { forcedColors: 'none' }],
] as const;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Names of this world, numbers of people, ids, codes: what stands on pages and is no word of ours. */
const DATA = new RegExp(
  [
    String.raw`\b[0-9a-f]{8,}\b`,
    String.raw`\b(?:LIC|MRN|PHR)-[\d-]+`,
    String.raw`\b\d{2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{4}(?: \d{2}:\d{2}(?::\d{2})?(?: UTC)?)?`,
    ...CLINIC_PEOPLE.flatMap(({ given, family, field }) => [
      given,
      family,
      family.toUpperCase(),
      ...(field === undefined ? [] : [field]),
    ]),
    'north',
    'east',
    'south',
    'west',
    // What a record is called.
    'Letter after visit',
    'Consent Document',
  ].join('|'),
  'u',
);

let world: ClinicWorld;
let visits: ReadonlyMap<string, Visit> = new Map();
const windows = new Map<string, Promise<Page>>();

/** The window of a person, in which every word of ours is marked. */
const windowOf = (who: string | null): Promise<Page> => {
  const known = windows.get(who ?? '');
  if (known !== undefined) return known;
  const opening = world.markedWindow(who, STEP_MS);
  windows.set(who ?? '', opening);
  return opening;
};

beforeAll(async () => {
  world = await ClinicWorld.open(14_400);
  visits = visitsOf(world, await findParameters(windowOf));
});
afterAll(async () => world?.close());

async function faultsOfAxe(page: Page, only?: string): Promise<string[]> {
  // Through the debugger, which the page's own policy does not concern.
  await page.evaluate(`window.axe === undefined && (() => { ${axeSource} })()`);
  const run = only === undefined ? '' : `runOnly: ['${only}'],`;
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { ${run} resultTypes: ['violations'] })`,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
  );
}

async function tooWide(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // What is drawn is drawn anew for the new width, a moment later.
    await page
      .waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, undefined, {
        timeout: 5_000,
      })
      .catch(() => found.push(`wider than a window of ${width}`));
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

/** What is wrong with a page in the marked language. */
async function faultsOf(page: Page, path: string): Promise<string[]> {
  await arrive(page, path);
  const faults = (await page.locator('.failure').allInnerTexts()).map((text) => `failed: ${text}`);
  faults.push(...(await literals(page, DATA)).map((text) => `not in a locale file: ${text}`));
  faults.push(...(await faultsOfAxe(page)));
  for (const [name, look, plain] of LOOKS) {
    await page.emulateMedia(look);
    faults.push(...(await faultsOfAxe(page, 'color-contrast')).map((fault) => `${name}: ${fault}`));
    await page.emulateMedia(plain);
  }
  faults.push(...(await tooWide(page)));
  await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  faults.push(...(await faultsOfAxe(page)).map((fault) => `on a phone: ${fault}`));
  await page.setViewportSize({ width: 1280, height: 900 });
  return faults.map((fault) => `${path}: ${fault}`);
}

/** What is wrong with it from right to left. */
async function faultsInArabic(page: Page, path: string): Promise<string[]> {
  await arrive(page, path);
  const direction = await page.evaluate(
    () => getComputedStyle(document.querySelector('main') ?? document.body).direction,
  );
  const faults = [...(direction === 'rtl' ? [] : ['runs from left to right']), ...(await tooWide(page))];
  const heading = await page.locator('h1').first().innerText();
  const isOurs = /\p{L}/u.test(heading.replaceAll(new RegExp(DATA.source, 'gu'), ''));
  if (isOurs && !/\p{Script=Arabic}/u.test(heading)) faults.push(`heading: ${heading}`);
  return faults.map((fault) => `${path} in Arabic: ${fault}`);
}

/** Every person goes over her routes; two at a time, as a clinic has more than one screen. */
async function walk(of: (page: Page, path: string) => Promise<string[]>): Promise<string[]> {
  const rounds = [...Map.groupBy(visits.values(), ({ who }) => who)];
  const faults: string[] = [];
  const walker = async (): Promise<void> => {
    for (let next = rounds.shift(); next !== undefined; next = rounds.shift()) {
      const page = await windowOf(next[0]);
      for (const { path } of next[1]) faults.push(...(await of(page, path)));
    }
  };
  await Promise.all([walker(), walker()]);
  return faults;
}

/** Moves the focus with the keyboard alone until it is on what has this name. */
async function reach(page: Page, name: string, what = '*'): Promise<void> {
  for (let presses = 0; presses < 90; presses += 1) {
    const focused = await page.evaluate((selector) => {
      const element = document.activeElement;
      if (element === null || !element.matches(selector)) return '';
      const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined;
      return (label ?? element).textContent?.trim() ?? '';
    }, what);
    if (focused === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not get to “${name}”`);
}

async function type(page: Page, label: string, text: string): Promise<void> {
  await page.getByText(label, { exact: true }).first().waitFor();
  await reach(page, label, 'input');
  await page.keyboard.type(text);
}

describe('every route', () => {
  it('is in the walk, and the walk has no other', () => {
    expect([...visits.keys()].toSorted()).toEqual(ALL_ROUTES.map(({ path }) => path).toSorted());
  });

  it('has nothing that axe objects to, light, dark or in forced colours, on a desk or a phone, no literal string, and fits 360 to 1,920 px', async () => {
    expect(await walk(faultsOf)).toEqual([]);
  });

  it('runs from right to left in Arabic, and fits', async () => {
    for (const page of await Promise.all(windows.values())) {
      await page.locator('.language select').selectOption('ar');
      await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    }
    expect(await walk(faultsInArabic)).toEqual([]);
  });

  it('of a record prints its banner, its contents and nothing to press', async () => {
    for (const [pattern, { who, path }] of visits) {
      if (!/records\/:id$|series\/:code$/.test(pattern)) continue;
      const page = await windowOf(who);
      await arrive(page, path);
      await page.emulateMedia({ media: 'print' });
      const shown = async (selector: string): Promise<number> =>
        page.locator(selector).evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
      expect([path, await shown('.patient-banner')]).toEqual([path, 1]);
      expect([path, await shown('nav, .masthead-end, .footer, button, select, summary')]).toEqual([path, 0]);
      await page.emulateMedia({ media: 'screen' });
    }
  });

  it('can be used with the keyboard alone: an application, a sign-in, a search', async () => {
    const page = await world.windowAt('ada-nilsen', STEP_MS);
    await page.goto('/');
    await reach(page, 'Register as a patient');
    await page.keyboard.press('Enter');
    await type(page, 'Family name', 'Sommer');
    await type(page, 'Given names', 'Jule');
    await page.keyboard.press('Enter');
    await type(page, 'Date of birth', '03091971');
    await reach(page, 'Female');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'How the office reaches you' }).waitFor();
    await reach(page, 'Continue');
    await page.keyboard.press('Enter');
    const account = `jule-${Date.now()}`;
    await type(page, 'Account name', account);
    await type(page, 'Passphrase', PASSPHRASE);
    await type(page, 'Passphrase once more', PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Check your answers' }).waitFor();
    await reach(page, 'Apply');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'You have applied' }).waitFor();
    await page.context().close();

    const doctor = await world.windowAt('alice-berg', STEP_MS);
    await doctor.goto('/');
    await type(doctor, 'Account name', 'alice-berg');
    await type(doctor, 'Passphrase', world.account('alice-berg').passphrase);
    await doctor.keyboard.press('Enter');
    await doctor.getByRole('link', { name: 'LINDQVIST, Ove' }).waitFor();
    await reach(doctor, 'LINDQVIST, Ove');
    await doctor.keyboard.press('Enter');
    await doctor.locator('.patient-banner').waitFor();
    await reach(doctor, 'Search');
    await doctor.keyboard.press('Enter');
    await type(doctor, 'Words, codes or ranges', 'hypertension');
    await doctor.keyboard.press('Enter');
    await doctor.getByRole('heading', { name: /records? with “hypertension”/ }).waitFor();
    await doctor.context().close();
  });

  it('would be found out: axe objects to what is wrong on a phone and in the dark', async () => {
    const page = await world.windowAt('ada-nilsen', STEP_MS);
    await page.goto('/about');
    await page.locator('main h1').waitFor();
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
    await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
    expect((await faultsOfAxe(page)).map((fault) => fault.split(':')[0])).toEqual(['button-name']);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate(() => {
      const line = document.querySelector<HTMLElement>('main p');
      // Not the colour of what lies under it: that axe takes for hidden on purpose.
      if (line !== null) line.style.color = '#333333';
    });
    expect(await faultsOfAxe(page, 'color-contrast')).not.toEqual([]);
    await page.context().close();
  });
});

describe('people at work', () => {
  rolesAtWork(() => world);
});

describe('over all of it', () => {
  it('and no page complained, or was refused anything by its own policy', () => {
    expect(world.complaints).toEqual([]);
  });
});
