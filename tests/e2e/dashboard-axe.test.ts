import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#node/runtime';
import { FakeServices } from '../unit/dashboard/fake-services.ts';
import { serveFake } from '../unit/dashboard/harness.ts';
import type { Served } from '../unit/dashboard/harness.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { launchChromium } from './chromium.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let served: Served;

beforeAll(async () => {
  await ensureBuilt();
  browser = await launchChromium();
  served = await serveFake({ services: new FakeServices(), options: { clock: systemClock } });
  for (let height = 110; height <= 128; height++) {
    served.services.emit({ kind: 'block', block: served.services.blockEvent(height) });
  }
});

afterAll(async () => {
  await browser.close();
  await served.dashboard.stop();
});

/** Rule and element of everything that axe objects to. */
async function objections(page: Page): Promise<string[]> {
  // Through the debugger, which the page's own policy does not concern.
  await page.evaluate(axeSource);
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}`),
  );
}

async function inPage<T>(
  path: string,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  try {
    const page = await context.newPage();
    await page.goto(`http://north.localhost:${served.port}${path}`);
    // A page that is not there yet has nothing to object to.
    await page.locator('h1').first().waitFor();
    return await use(page);
  } finally {
    await context.close();
  }
}

const LOOKS: [string, BrowserContextOptions][] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['forced colours', { forcedColors: 'active' }],
  ['a narrow phone', { viewport: { width: 360, height: 740 } }],
];

describe('axe', () => {
  it.each(LOOKS)('objects to nothing in %s', async (_name, options) => {
    for (const state of [2, 4]) {
      served.services.emit({ kind: 'status', status: served.services.statusWith(state) });
      const found = await inPage('/network', options, async (page) => {
        await page.locator('#headline', { hasText: `${state} of 4` }).waitFor();
        return objections(page);
      });
      expect(found).toEqual([]);
    }
    expect(await inPage('/nowhere', options, objections)).toEqual([]);
  });

  it('does object to what is wrong', async () => {
    const found = await inPage('/', {}, async (page) => {
      await page.evaluate(() => document.body.append(document.createElement('button')));
      return objections(page);
    });
    expect(found).toEqual(['button-name: body > button']);
  });
});
