import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_ROUTES } from '../../dashboard/app/router/all-routes.ts';
import { eventually } from '../unit/dashboard/harness.ts';
import { go, signIn } from './dashboard-world.ts';
import { CORPUS, HostileWorld, PASSPHRASE, payload } from './hostile-world.ts';

let all: HostileWorld;
/** Everything that any page has shown, as text. */
let shown = '';

beforeAll(async () => {
  all = await HostileWorld.open(25_300);
});
afterAll(async () => all?.world.close());

/** A window that notes what runs, what asks, and what its policy refused. */
class Watched {
  readonly page: Page;
  readonly #noted: string[] = [];

  private constructor(page: Page, own: string) {
    this.page = page;
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => this.#noted.push('a dialog')));
    page.on('request', (request) => {
      const url = request.url();
      const isOwn = url.startsWith(`${own}/`) || url.startsWith('blob:') || url.startsWith('data:');
      if (!isOwn || new URL(url).pathname.startsWith('/xss')) this.#noted.push(`asked for ${url}`);
    });
  }

  static async open(at = 'north'): Promise<Watched> {
    const { page } = await all.world.window({}, at);
    await page.addInitScript(() => {
      const noted: string[] = [];
      Object.assign(globalThis, { noted, xss: () => noted.push('a script ran') });
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        noted.push(`the policy refused ${effectiveDirective}`),
      );
    });
    return new Watched(page, all.world.node(at).dashboardUrl);
  }

  /** What came of texts that should have stayed texts; what is noted is told once. */
  async faults(): Promise<string[]> {
    const inside = await this.page.evaluate(() => {
      const { noted } = globalThis as unknown as { noted: string[] };
      const made = [
        'x-s',
        '[src*=xss]',
        '[onload], [onerror], [onclick], [ontoggle]',
        'script:not([src])',
        'iframe:not([src^="blob:"])',
        '[href^="javascript:"], [formaction]',
        'object, embed, base, math, mglyph, meta[http-equiv]',
        'link[href*=xss]',
      ].filter((selector) => document.querySelector(selector) !== null);
      return [...noted.splice(0), ...made.map((selector) => `an element of ${selector}`)];
    });
    return [...this.#noted.splice(0), ...inside];
  }

  /** A page with everything on it unfolded. */
  async visit(path: string): Promise<string[]> {
    await go(this.page, path);
    await this.page.waitForFunction(
      () => document.querySelector('main h1') !== null && document.querySelector('.loading') === null,
      undefined,
      { timeout: 60_000 },
    );
    shown += await this.page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      const fields = [...document.querySelectorAll('option, input, textarea')];
      const values = fields.map((field) => (field instanceof HTMLOptionElement ? field.text : ''));
      return `${document.body.innerText}\n${values.join('\n')}`;
    });
    return (await this.faults()).map((fault) => `${path}: ${fault}`);
  }
}

async function enter(name: string, at = 'north'): Promise<Watched> {
  const watched = await Watched.open(at);
  const account = name === 'admin' ? 'admin' : payload(`account ${name}`).slice(0, 64);
  await signIn(watched.page, account, PASSPHRASE);
  await watched.page.waitForURL((url) => url.pathname !== '/');
  return watched;
}

async function visitAll(watched: Watched, paths: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const path of paths) faults.push(...(await watched.visit(path)));
  return faults;
}

/** The pages of a role, with these ids in their paths. */
const pathsOf = (role: string, ids: Record<string, string>): string[] =>
  ALL_ROUTES.filter((route) => route.role === role)
    .map(({ path }) => path.replaceAll(/:([a-z]+)/g, (part, name: string) => ids[name] ?? part))
    .filter((path) => !path.includes(':'));

describe('a hostile text', () => {
  it('stays a text on every page of the patient, record by record, and in a file that she adds', async () => {
    const watched = await enter('maria');
    const ids = { position: '3', code: '8867-4' };
    const records = all.records.map((id) => `/patient/records/${id}`);
    const requests = all.requests.map((id) => `/patient/requests/${id}`);
    const more = [...requests, `${records[0]}/node`, ...pathsOf('signed-in', {})];
    const faults = await visitAll(watched, [...pathsOf('patient', ids), ...more, ...records]);
    expect(faults).toEqual([]);
    const { page } = watched;
    await go(page, '/patient/add');
    await page.getByRole('tab', { name: 'A document' }).click();
    const name = '<img src=x onerror=xss()>.txt';
    await page.locator('#file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(CORPUS) });
    await page.getByLabel('What it is').fill(payload('typed title'));
    await page.getByRole('button', { name: 'Seal and store' }).click();
    await page.getByRole('link', { name: 'Open the record' }).click();
    await page.getByRole('heading', { level: 1, name: payload('typed title') }).waitFor();
    await go(page, '/patient/add');
    await page.getByRole('tab', { name: 'A file from elsewhere' }).click();
    const table = `time,heart rate\n2026-10-01T08:00:00Z,"${CORPUS.replaceAll('"', '""')}"\n2026-10-01T09:00:00Z,71\n`;
    const file = { name: `${payload('file')}.csv`.replaceAll('/', ''), mimeType: 'text/csv' };
    await page.locator('#import').setInputFiles({ ...file, buffer: Buffer.from(table) });
    await page.getByRole('button', { name: 'Read, seal and store' }).click();
    await page.getByText('What could be taken of the file is in your record.').waitFor({ timeout: 60_000 });
    expect(await watched.faults()).toEqual([]);
    await page.context().close();
  });

  it('stays a text for her doctor and for a delegate, in search, records, requests and emergencies', async () => {
    const alice = await enter('alice');
    const doctorsOwn = pathsOf('doctor', { patient: all.id('maria'), id: all.records[0]!, code: '8867-4' });
    expect(await visitAll(alice, doctorsOwn)).toEqual([]);
    await go(alice.page, `/doctor/patients/${all.id('maria')}/search`);
    await alice.page.getByLabel('Words, codes or ranges').fill(payload('typed word'));
    await alice.page.getByRole('button', { name: 'Search', exact: true }).click();
    await alice.page.locator('.proof-line').waitFor();
    expect(await alice.faults()).toEqual([]);
    await alice.page.context().close();
    const bob = await enter('bob', 'east');
    const [grant] = await all.client('bob').sharing.received();
    const shared = `/doctor/shared/${Buffer.from(grant!.id).toString('hex')}`;
    expect(await visitAll(bob, [...pathsOf('doctor', {}), shared])).toEqual([]);
    await bob.page.getByRole('button', { name: 'Find records' }).click();
    await bob.page.getByRole('button', { name: /^Open (it|\d+ of them)$/ }).click();
    await bob.page.getByText(/records? (was|were) opened/).waitFor();
    expect(await bob.faults()).toEqual([]);
    await bob.page.context().close();
  });

  it('stays a text for administrators, auditors and researchers', async () => {
    const admin = await enter('admin');
    const people = ['maria', 'pia', 'sten', 'alice', 'ada'].flatMap((name) =>
      ['', '/slip', '/assign'].map((part) => `/administrator/people/${all.id(name)}${part}`),
    );
    const paths = [...pathsOf('administrator', { id: all.id('pia') }), ...people];
    expect(await visitAll(admin, paths)).toEqual([]);
    await admin.page.context().close();
    const ada = await enter('ada');
    expect(await visitAll(ada, pathsOf('auditor', {}))).toEqual([]);
    await ada.page.context().close();
    const rhea = await enter('rhea', 'east');
    expect(await visitAll(rhea, pathsOf('researcher', { protocol: 'XSS-2026-001' }))).toEqual([]);
    await rhea.page.context().close();
  });

  it.each([
    'maria given',
    'alice given',
    'alice speciality',
    'bob given',
    'pia contact',
    'pia message',
    'pia number',
    'study',
    'passkey',
    'asked by rhea',
    'refused because',
    'allergy.code.text',
    'Observation.display',
    'Observation.unit',
    'Device.deviceName.name',
    'Patient.name.family',
    'Patient.address.city',
    'Organization.alias',
  ])('was shown somewhere as it was written: %s', (at) => {
    expect(shown.toLowerCase()).toContain(payload(at).toLowerCase());
  });

  it('was shown whole where there is room for it', () => {
    for (const part of ['<svg/onload=xss()>', '{{constructor.constructor(', '</textarea></title></pre>'])
      expect(shown).toContain(part);
  });
});

describe('the watch over these pages', () => {
  it('would see an element, a script, a handler and a request, and what the policy refuses', async () => {
    const watched = await Watched.open();
    const { page } = watched;
    await page.goto('/about');
    expect(await watched.faults()).toEqual([]);
    await page.evaluate(() => document.body.append(document.createElement('x-s')));
    expect(await watched.faults()).toEqual(['an element of x-s']);
    await page.evaluate(() => {
      document.querySelector('x-s')?.remove();
      (globalThis as unknown as { xss: () => void }).xss();
    });
    expect(await watched.faults()).toEqual(['a script ran']);
    const refused = await page.evaluate((text) => {
      try {
        document.body.innerHTML = text;
        return 'written';
      } catch {
        return 'refused';
      }
    }, CORPUS);
    expect(refused).toBe('refused');
    const handler = await page.evaluate(() => {
      const image = document.createElement('img');
      image.src = '/xss';
      document.body.append(image);
      void fetch('//xss.invalid/').catch(() => undefined);
      try {
        // The same rule: an attribute of this name is a script.
        image.setAttribute('onerror', 'xss()');
        return 'written';
      } catch {
        return 'refused';
      }
    });
    expect(handler).toBe('refused');
    const noted = new Set<string>();
    await eventually(async () => {
      for (const fault of await watched.faults()) noted.add(fault.replace(/http:\/\/[^ ]*\/xss/, 'its /xss'));
      return [...noted];
    }).toEqual(
      expect.arrayContaining([
        'the policy refused require-trusted-types-for',
        'the policy refused connect-src',
        'asked for its /xss',
        'an element of [src*=xss]',
      ]),
    );
    // The one thing that must not have come of all this.
    expect(noted.has('a script ran')).toBe(false);
    await page.context().close();
  });
});
