import { toHex } from '#crypto';
import { emptyProfile } from '#node/client';
import type { PhrClient } from '#node/client';
import type { Browser, Page } from 'playwright-core';
import { ensureBuilt } from '../../dashboard/build.ts';
import { launchChromium } from './chromium.ts';
import { FourNodes } from './four-nodes.ts';
import type { NodeName } from './four-nodes.ts';
import { PASSPHRASE, STEP_MS } from './journey-steps.ts';

/** Four whole nodes whose time can be moved, and browsers at them: days of a journey pass at once. */
export class MovedTime {
  readonly nodes: FourNodes;
  readonly browser: Browser;
  readonly complaints: string[] = [];

  private constructor(nodes: FourNodes, browser: Browser) {
    this.nodes = nodes;
    this.browser = browser;
  }

  static async open(seed: string, fromPort: number): Promise<MovedTime> {
    await ensureBuilt();
    return new MovedTime(await FourNodes.open(seed, fromPort), await launchChromium());
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.nodes.close(false);
  }

  /** Somebody with an account at her home, admitted. */
  async admit(
    name: string,
    init: { role: 'patient' | 'doctor'; family: string; given: string; at: NodeName },
  ): Promise<PhrClient> {
    const { nodes } = this;
    const client = nodes.client(nodes.person(name), init.at);
    const profile = { ...emptyProfile, family: init.family, given: init.given, speciality: 'Anaesthesia' };
    await client.people.register({ role: init.role, home: nodes.keysOf(init.at).id, profile });
    for (const administrator of nodes.administrators(init.at)) {
      const { remaining } = await administrator.people.approve(client.keys.id);
      if (remaining === 0) break;
    }
    await client.account.addPassphrase({ name, passphrase: PASSPHRASE });
    return client;
  }

  /** The account of an administrator of the genesis. @returns its name */
  async administrator(at: NodeName, which: 0 | 1): Promise<string> {
    const name = `${at}-admin-${which + 1}`;
    await this.nodes.administrators(at)[which].account.addPassphrase({ name, passphrase: PASSPHRASE });
    return name;
  }

  /** A window of its own, whose clock is that of the nodes. */
  async window(at: NodeName): Promise<Page> {
    const plan = this.nodes.plan.nodes.find(({ name }) => name === at);
    const context = await this.browser.newContext({
      baseURL: plan?.dashboardUrl ?? '',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    await page.clock.install({ time: this.nodes.clock.now() });
    page.on('console', (message) => {
      const isRefusedRequest = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusedRequest) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    return page;
  }
}

export const idOf = (client: PhrClient): string => toHex(client.keys.id);
