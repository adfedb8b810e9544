import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { safeHarborFindings } from '#node/records';
import { CLINIC_PEOPLE } from '../../scripts/devnet/scenario/clinic-people.ts';
import type { ClinicWorld } from './clinic-world.ts';
import { go } from './dashboard-world.ts';

let world: ClinicWorld;
const id = (name: string): string => world.account(name).id;

/** The page is there, with all that it asked for. */
async function arrived(page: Page, path: string): Promise<void> {
  await go(page, path);
  await page.waitForFunction(
    () => document.querySelector('h1') !== null && document.querySelector('.loading') === null,
    undefined,
    { timeout: 90_000 },
  );
}

function administratorAtWork(): void {
  describe('an administrator', () => {
    it('approves a patient and hands out a slip with her number and nothing secret', async () => {
      const page = await world.signedIn('north-admin-1');
      await arrived(page, `/administrator/approvals/${id('pia-keller')}`);
      await page.getByRole('button', { name: 'Sign the decision' }).click();
      await page.getByRole('link', { name: 'Choose whether to approve or to refuse' }).waitFor();
      await page.getByRole('button', { name: 'Look for other registrations' }).click();
      await page.getByText('No other registration was found').waitFor();
      await page.getByLabel('Approve', { exact: true }).check();
      await page.getByRole('button', { name: 'Sign the decision' }).click();
      await page.getByText(/Agreed by the network in block \d+/).waitFor();
      await page.getByRole('link', { name: 'Activation slip' }).click();
      const slip = page.getByRole('region', { name: 'Activation slip' });
      await slip.waitFor();
      const text = await slip.innerText();
      expect(text).toContain('KELLER, Pia');
      expect(text).toContain(id('pia-keller'));
      expect(text).not.toContain(world.account('pia-keller').passphrase);
      await page.context().close();
    });

    it('can not approve a doctor alone: the voice of the first is one of two, and the second completes it', async () => {
      const first = await world.signedIn('north-admin-1');
      await arrived(first, `/administrator/approvals/${id('viktor-hahn')}`);
      expect(await first.getByText('1 of 2 voices given').count()).toBe(1);
      expect(await first.getByLabel('Approve', { exact: true }).isDisabled()).toBe(true);
      await first.context().close();
      const second = await world.signedIn('north-admin-2');
      await arrived(second, `/administrator/approvals/${id('viktor-hahn')}`);
      await second.getByLabel('Approve', { exact: true }).check();
      await second.getByRole('button', { name: 'Sign the decision' }).click();
      await second.getByText('The account is active.').waitFor();
      await second.context().close();
    });

    it('refuses only with a reason', async () => {
      const page = await world.signedIn('north-admin-2');
      await arrived(page, `/administrator/approvals/${id('samir-nasser')}`);
      await page.getByLabel('Refuse', { exact: true }).check();
      await page.getByRole('button', { name: 'Sign the decision' }).click();
      await page.getByRole('link', { name: /Write why/ }).waitFor();
      await page.getByLabel('Reason', { exact: true }).fill('No contract yet.');
      await page.getByRole('button', { name: 'Sign the decision' }).click();
      await page.getByText('The reason was sealed to the applicant.').waitFor();
      await page.context().close();
    });
  });
}

function auditorAtWork(): void {
  describe('an auditor', () => {
    it('executes the chain anew and narrows the events to one person', async () => {
      const page = await world.signedIn('ada-nilsen');
      await arrived(page, '/auditor/chain');
      await page.getByRole('button', { name: 'Verify everything' }).click();
      await page.getByText('The chain holds').waitFor({ timeout: 120_000 });
      await arrived(page, '/auditor');
      const rows = page.locator('tbody tr');
      const all = await rows.count();
      // Typed letter by letter: the field stays where it is while the list behind it changes.
      await page.getByLabel('Concerning').pressSequentially('noor', { delay: 30 });
      await page.waitForFunction((before) => {
        const now = document.querySelectorAll('tbody tr').length;
        return now > 0 && now < before;
      }, all);
      expect(await page.getByLabel('Concerning').inputValue()).toBe('noor');
      expect(await page.getByLabel('Concerning').evaluate((field) => field === document.activeElement)).toBe(
        true,
      );
      expect(await rows.count()).toBeGreaterThan(3);
      await page.context().close();
    });

    it('saves FHIR audit events in which no patient has a name', async () => {
      const page = await world.signedIn('ada-nilsen');
      await arrived(page, '/auditor/export');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'FHIR AuditEvents' }).click(),
      ]);
      const lines = readFileSync(await download.path(), 'utf8')
        .trimEnd()
        .split('\n');
      const types = new Set(lines.map((line) => (JSON.parse(line) as { resourceType: string }).resourceType));
      expect([...types]).toEqual(['AuditEvent']);
      expect(lines.length).toBeGreaterThan(50);
      const names = CLINIC_PEOPLE.filter(({ role }) => role === 'patient').map(({ family }) => family);
      expect(names.filter((name) => lines.join('').includes(name))).toEqual([]);
      await page.context().close();
    });
  });
}

function researcherAtWork(): void {
  describe('a researcher', () => {
    it('exports what was shared through the institutions, without what Safe Harbor names, and is told its k', async () => {
      const page = await world.signedIn('henrik-solberg');
      await arrived(page, '/researcher/studies/PHR-2026-014');
      await page.getByRole('button', { name: /Open and export 3 patients/ }).click();
      await page.getByText('k = 1: somebody is alone in this export').waitFor({ timeout: 180_000 });
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save the NDJSON file' }).click(),
      ]);
      const text = readFileSync(await download.path(), 'utf8');
      const resources = text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      expect(resources.flatMap((one) => safeHarborFindings(one))).toEqual([]);
      expect(text).toContain('valueSampledData');
      for (const { family, birthDate } of CLINIC_PEOPLE.filter(({ role }) => role === 'patient')) {
        expect(text).not.toContain(family);
        expect(text).not.toContain(birthDate);
      }
      await page.context().close();
    });
  });
}

/** What is done in the clinic once every page of it was walked over: it changes what stands on them. */
export function rolesAtWork(clinic: () => ClinicWorld): void {
  beforeAll(() => {
    world = clinic();
  });
  administratorAtWork();
  auditorAtWork();
  researcherAtWork();
}
