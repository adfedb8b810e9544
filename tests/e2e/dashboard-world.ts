import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { fromHex } from '#crypto';
import type { Backend, PersonKeys } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { createClient } from '#node/client';
import type { PhrClient } from '#node/client';
import { readStatus } from '#node/cli';
import { ensureBuilt } from '../../dashboard/build.ts';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import type { DevnetPlan, NodePlan } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { personKeysOf } from '../../scripts/devnet/seeded-keys.ts';
import { waitReady } from '../../scripts/devnet/readiness.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { launchChromium } from './chromium.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Four node processes that serve the built dashboard, and a browser. */
export class DashboardWorld {
  readonly #scratch: string;
  readonly dataDir: string;
  readonly #backend: Backend;
  readonly #nodeIds = new Map<string, string>();
  readonly plan: DevnetPlan;
  readonly browser: Browser;
  /** What pages said on their consoles that was no mere word: errors, refusals of the policy. */
  readonly complaints: string[] = [];

  private constructor(init: {
    scratch: string;
    dataDir: string;
    backend: Backend;
    plan: DevnetPlan;
    browser: Browser;
  }) {
    this.#scratch = init.scratch;
    this.dataDir = init.dataDir;
    this.#backend = init.backend;
    this.plan = init.plan;
    this.browser = init.browser;
  }

  static async open(seed: string, fromPort: number): Promise<DashboardWorld> {
    await ensureBuilt();
    const scratch = mkdtempSync(join(tmpdir(), 'phr-dashboard-e2e-'));
    const dataDir = join(scratch, 'devnet');
    const plan = planDevnet({ seed, nodes: 4, basePort: await findFreeBasePort(4, fromPort) });
    const io = { out: () => undefined, signal: new AbortController().signal };
    await bringUp(dataDir, plan, { fresh: true, io });
    const backend = await createNativeBackend();
    return new DashboardWorld({ scratch, dataDir, backend, plan, browser: await launchChromium() });
  }

  async close(): Promise<void> {
    await this.browser.close();
    if (readState(this.dataDir) !== undefined) await endNodes(this.dataDir);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  node(name = 'north'): NodePlan {
    return this.plan.nodes.find((node) => node.name === name)!;
  }

  /** Number of blocks that lie at a node. */
  blocksAt(name = 'north'): number {
    const blocks = join(nodeFiles(this.dataDir, name).data, 'blocks', 'blocks');
    const found = readdirSync(blocks, { recursive: true, withFileTypes: true });
    return found.filter((each) => each.isFile()).length;
  }

  /** A client of the seeded keys of a name, outside of any browser. */
  async client(person: string | PersonKeys, at = 'north'): Promise<PhrClient> {
    const node = this.node(at);
    const nodeId = await this.nodeId(at);
    const genesis = new Uint8Array(readFileSync(genesisFile(this.dataDir)));
    const keys = typeof person === 'string' ? personKeysOf(this.#backend, this.plan.seed, person) : person;
    return createClient({ baseUrl: node.apiUrl, genesis, nodeId, backend: this.#backend, keys });
  }

  async nodeId(at = 'north'): Promise<string> {
    const known = this.#nodeIds.get(at);
    if (known !== undefined) return known;
    const answer = await readStatus(this.node(at).apiUrl, 10_000);
    if (!answer.ok) throw new Error(answer.reason);
    this.#nodeIds.set(at, answer.status.node);
    return answer.status.node;
  }

  /** Kills nodes without a farewell. */
  async kill(...names: string[]): Promise<void> {
    for (const name of names) await signalNode(this.dataDir, name, 'SIGKILL');
  }

  /** Starts killed nodes again, and waits until they answer. */
  async restart(...names: string[]): Promise<void> {
    for (const name of names) startNode(this.dataDir, name);
    await waitReady(this.dataDir, names);
  }

  /** Every administrator of an institution approves, as far as it takes. */
  async approve(person: string, at = 'north'): Promise<void> {
    for (const name of this.node(at).administrators) {
      const { remaining } = await (await this.client(name, at)).people.approve(fromHex(person));
      if (remaining === 0) return;
    }
  }

  /** A window of its own: no cookies, no storage, no passkeys of another. */
  async window(
    options: BrowserContextOptions = {},
    at = 'north',
  ): Promise<{ page: Page; context: BrowserContext }> {
    const context = await this.browser.newContext({
      baseURL: this.node(at).dashboardUrl,
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      const isRefusedRequest = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusedRequest) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    return { page, context };
  }
}

/** Goes to a page of the app without loading it anew: what the worker holds stays. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}

export async function signIn(page: Page, name: string, passphrase: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Account name').fill(name);
  await page.getByLabel('Passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Rule and element of everything that axe objects to. */
export async function objections(page: Page): Promise<string[]> {
  // Through the debugger, which the page's own policy does not concern.
  await page.evaluate(axeSource);
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}`),
  );
}
