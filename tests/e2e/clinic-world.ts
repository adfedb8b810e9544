import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ensureBuilt } from '../../dashboard/build.ts';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { accountsOf } from '../../scripts/devnet/scenario/accounts.ts';
import type { SeededAccount } from '../../scripts/devnet/scenario/accounts.ts';
import { playScenario } from '../../scripts/devnet/scenario/scenario.ts';
import { readState, requireState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { launchChromium } from './chromium.ts';
import { signIn } from './dashboard-world.ts';

/** The scenario `clinic` on four real nodes, and a browser. */
export class ClinicWorld {
  readonly #scratch: string | undefined;
  readonly #dataDir: string;
  readonly accounts: readonly SeededAccount[];
  readonly browser: Browser;
  /** What pages said on their consoles that was no mere word. */
  readonly complaints: string[] = [];

  private constructor(init: {
    scratch: string | undefined;
    dataDir: string;
    accounts: SeededAccount[];
    browser: Browser;
  }) {
    this.#scratch = init.scratch;
    this.#dataDir = init.dataDir;
    this.accounts = init.accounts;
    this.browser = init.browser;
  }

  static async open(fromPort: number): Promise<ClinicWorld> {
    const running = process.env['PHR_CLINIC_DATA'];
    if (running !== undefined) return ClinicWorld.#attach(running);
    await ensureBuilt();
    const scratch = mkdtempSync(join(tmpdir(), 'phr-clinic-e2e-'));
    const dataDir = join(scratch, 'devnet');
    const plan = planDevnet({ seed: 'clinic', nodes: 4, basePort: await findFreeBasePort(4, fromPort) });
    const io = { out: () => undefined, signal: new AbortController().signal };
    await bringUp(dataDir, plan, { fresh: true, io });
    await playScenario('clinic', { dataDir, plan, io, nowMs: Date.now() });
    const accounts = accountsOf(plan, 'clinic');
    return new ClinicWorld({ scratch, dataDir, accounts, browser: await launchChromium() });
  }

  /** To a clinic that runs already, which outlives the tests: for who writes them. */
  static async #attach(dataDir: string): Promise<ClinicWorld> {
    const accounts = accountsOf(requireState(dataDir).plan, 'clinic');
    return new ClinicWorld({ scratch: undefined, dataDir, accounts, browser: await launchChromium() });
  }

  async close(): Promise<void> {
    await this.browser.close();
    if (this.#scratch === undefined) return;
    if (readState(this.#dataDir) !== undefined) await endNodes(this.#dataDir);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  account(name: string): SeededAccount {
    return this.accounts.find((each) => each.name === name)!;
  }

  /** A window of its own in which this person is signed in, at her own institution. */
  async signedIn(name: string, options: { language?: string } = {}): Promise<Page> {
    const { passphrase, role, url } = this.account(name);
    const page = await this.#window(url);
    await signIn(page, name, passphrase);
    await page.waitForURL(`**/${role}`);
    if (options.language !== undefined) await page.getByLabel('Language').selectOption(options.language);
    return page;
  }

  /** A window in the pseudo language, in which every word of ours is in brackets; null is a stranger at north. */
  async markedWindow(name: string | null, timeoutMs: number): Promise<Page> {
    const { passphrase, role } = this.account(name ?? 'ada-nilsen');
    const page = await this.windowAt(name ?? 'ada-nilsen', timeoutMs);
    await page.goto('/?lang=pseudo');
    if (name === null) return page;
    await page.locator('#account-name').fill(name);
    await page.locator('#passphrase').fill(passphrase);
    await page.locator('main button[type=submit]').click();
    await page.waitForURL(`**/${role}`);
    return page;
  }

  /** A window at the home of somebody, in which nobody is signed in. */
  async windowAt(name: string, timeoutMs: number): Promise<Page> {
    const page = await this.#window(this.account(name).url);
    page.setDefaultTimeout(timeoutMs);
    return page;
  }

  async #window(baseURL: string): Promise<Page> {
    const context = await this.browser.newContext({ baseURL, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('console', (message) => {
      const isRefusedRequest = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusedRequest) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    return page;
  }
}
