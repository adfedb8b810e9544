import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDashboard } from '#dashboard';
import type { Clock } from '#dashboard';
import { FakeServices, backend, hexOf, personOf } from '../unit/dashboard/fake-services.ts';
import { eventually, recordingLogger, serveFake, signatureOver } from '../unit/dashboard/harness.ts';
import type { Served } from '../unit/dashboard/harness.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { contrastOf } from './contrast.ts';

const clock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Stands where the rest of the world would be: every request off this machine ends here and is counted. */
const outside = { requests: [] as string[], port: 0 };
const outsideServer = createServer((request, response) => {
  outside.requests.push(request.url ?? '');
  response.writeHead(502).end();
});
outsideServer.on('connect', (request, socket) => {
  outside.requests.push(request.url ?? '');
  socket.destroy();
});

/** Chromium asks its maker for updates of its own accord; what the page asks for is watched request by request. */
const BROWSERS_OWN = /^(https?:\/\/)?([a-z0-9-]+\.)*(google|googleapis|gstatic)\.com[:/]/;

function leftTheMachine(since = 0): string[] {
  return outside.requests.slice(since).filter((url) => !BROWSERS_OWN.test(url));
}

let browser: Browser;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await ensureBuilt();
  await new Promise<void>((resolve) => outsideServer.listen(0, '127.0.0.1', resolve));
  outside.port = (outsideServer.address() as AddressInfo).port;
  browser = await launchChromium({
    proxyServer: `127.0.0.1:${outside.port}`,
  });
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

afterAll(async () => {
  await browser.close();
  outsideServer.close();
});

async function serve(services = new FakeServices()): Promise<Served> {
  const served = await serveFake({ services, options: { clock } });
  closers.push(() => served.dashboard.stop());
  return served;
}

interface Watched {
  page: Page;
  requests: string[];
  complaints: string[];
  violations: () => Promise<string[]>;
}

/** A page that notes every request, everything on the console, and every violation of the content policy. */
async function open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  closers.push(() => context.close());
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seenViolations: seen });
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
  });
  await page.goto(url);
  const violations = (): Promise<string[]> =>
    page.evaluate(() => (globalThis as unknown as { seenViolations: string[] }).seenViolations);
  return { page, requests, complaints, violations };
}

const urlOf = (served: Served, path = '/network'): string => `http://north.localhost:${served.port}${path}`;

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).trim();
}

function emitBlocks(services: FakeServices, from: number, to: number): void {
  for (let height = from; height <= to; height++)
    services.emit({ kind: 'block', block: services.blockEvent(height) });
}

describe('the live view', () => {
  it('shows the network, asks nothing off the node and breaks no rule of its policy', async () => {
    const served = await serve();
    emitBlocks(served.services, 110, 128);
    const asked = outside.requests.length;
    const { page, requests, complaints, violations } = await open(urlOf(served));
    await eventually(() => textOf(page, '#headline')).toBe('4 of 4 institutions agree: working');
    await eventually(() => page.locator('#rows tr').count()).toBe(8);
    expect(await textOf(page, '#name')).toBe('North Hospital');
    expect(await page.locator('#institutions li').allInnerTexts()).toHaveLength(4);
    expect(await textOf(page, '#rows tr:first-child')).toContain('128');
    expect(await textOf(page, '#height')).toBe('128');
    served.services.emit({ kind: 'block', block: served.services.blockEvent(129) });
    await eventually(() => textOf(page, '#rows tr:first-child')).toContain('129');
    expect(requests.filter((url) => !url.startsWith(urlOf(served, '/')))).toEqual([]);
    expect(requests.length).toBeGreaterThanOrEqual(4);
    expect(leftTheMachine(asked)).toEqual([]);
    expect(await violations()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('would be caught asking elsewhere, running foreign script or writing markup', async () => {
    const served = await serve();
    const { page, requests, violations } = await open(urlOf(served));
    const outcome = await page.evaluate(async () => {
      const attempts: string[] = [];
      await fetch('http://example.invalid/x').catch(() => attempts.push('fetch refused'));
      const script = document.createElement('script');
      try {
        script.textContent = 'globalThis.injected = true';
      } catch {
        attempts.push('script text refused');
      }
      try {
        document.body.innerHTML = '<b>x</b>';
      } catch {
        attempts.push('markup refused');
      }
      document.body.setAttribute('style', 'display: none');
      return attempts;
    });
    expect(outcome).toEqual(['fetch refused', 'script text refused', 'markup refused']);
    await eventually(violations).toEqual(
      expect.arrayContaining(['connect-src', 'require-trusted-types-for', 'style-src-attr']),
    );
    expect(requests.some((url) => url.startsWith('http://example.invalid/'))).toBe(false);
    // And what does leave the machine is counted.
    await page.goto('http://example.invalid/').catch(() => undefined);
    await eventually(() => leftTheMachine()).toContain('http://example.invalid/');
  });

  it('says that the network stopped, that nothing is lost, and that it works again', async () => {
    const served = await serve();
    const { page } = await open(urlOf(served));
    served.services.emit({ kind: 'status', status: served.services.statusWith(2) });
    await eventually(() => textOf(page, '#headline')).toBe('2 of 4: stopped');
    expect(await textOf(page, '#detail')).toBe('Nothing is lost; work continues when one more is back.');
    expect(await textOf(page, '#institutions li:nth-child(3)')).toContain('not in reach');
    expect(await page.title()).toContain('2 of 4: stopped');
    served.services.emit({ kind: 'status', status: served.services.statusWith(3) });
    await eventually(() => textOf(page, '#headline')).toBe('3 of 4 institutions agree: working');
    expect(await textOf(page, '#detail')).toContain('Just enough to agree');
    served.services.emit({ kind: 'status', status: served.services.statusWith(4, { condition: 'syncing' }) });
    await eventually(() => textOf(page, '#headline')).toBe('This node is catching up');
  });

  it('says that it lost the node, takes its claim back, and recovers by itself', async () => {
    const served = await serve();
    const { page } = await open(urlOf(served));
    await eventually(() => textOf(page, '#headline')).toContain('working');
    await served.dashboard.stop();
    await eventually(() => textOf(page, '#connection')).toMatch(/^Connection to this node lost, retrying\./);
    expect(await textOf(page, '#headline')).toBe('No word from this node');
    const again = createDashboard({
      services: served.services,
      backend,
      clock,
      port: served.port,
      name: 'north',
      logger: recordingLogger(),
    });
    await again.start();
    closers.push(() => again.stop());
    await eventually(() => textOf(page, '#headline')).toContain('working');
    await eventually(() => textOf(page, '#connection')).toBe('');
  });

  it('says why there is nothing to show yet', async () => {
    const services = new FakeServices();
    services.current = services.statusWith(4, { height: 0, mempool: 0, timeMs: 0 });
    const { page } = await open(urlOf(await serve(services)));
    await eventually(() => textOf(page, '#ago')).toBe('none yet');
    expect(await textOf(page, '#blocks-empty')).toContain('No block has been agreed on');
    expect(await page.locator('#blocks').isVisible()).toBe(false);
    services.emit({ kind: 'block', block: services.blockEvent(1) });
    await eventually(() => page.locator('#blocks').isVisible()).toBe(true);
    expect(await page.locator('#blocks-empty').isVisible()).toBe(false);
  });

  it('shows names as text, whatever an institution calls itself', async () => {
    const services = new FakeServices();
    const status = services.statusWith(4, { name: '<img src=x onerror=alert(1)>' });
    status.validators[1]!.name = '<script>alert(1)</script>';
    services.current = status;
    const { page, violations } = await open(urlOf(await serve(services)));
    await eventually(() => textOf(page, '#name')).toBe('<img src=x onerror=alert(1)>');
    expect(await textOf(page, '#institutions li:nth-child(2)')).toContain('<script>alert(1)</script>');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await violations()).toEqual([]);
  });

  it('has a page for what is not there, which leads back', async () => {
    const served = await serve();
    const { page, violations } = await open(urlOf(served, '/nothing'));
    await eventually(() => textOf(page, 'h1')).toBe('There is no page at this address');
    await page.getByRole('link', { name: 'Go to the start page' }).press('Enter');
    await eventually(() => new URL(page.url()).pathname).toBe('/');
    await eventually(() => textOf(page, 'h1')).not.toContain('no page at this address');
    expect(await violations()).toEqual([]);
  });
});

describe('every eye and hand', () => {
  it('fits 360 to 1920 px without scrolling sideways', async () => {
    const served = await serve();
    emitBlocks(served.services, 120, 128);
    const { page } = await open(urlOf(served));
    await eventually(() => page.locator('#rows tr').count()).toBe(8);
    for (const width of [360, 480, 703, 704, 768, 1023, 1024, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });

  it('reads well in light and dark, working and stopped', async () => {
    const served = await serve();
    emitBlocks(served.services, 120, 128);
    const { page } = await open(urlOf(served));
    await eventually(() => page.locator('#rows tr').count()).toBe(8);
    for (const [colorScheme, reachable] of [
      ['light', 4],
      ['light', 2],
      ['dark', 4],
      ['dark', 2],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      served.services.emit({ kind: 'status', status: served.services.statusWith(reachable) });
      await eventually(() => textOf(page, '#headline')).toContain(`${reachable} of 4`);
      // WCAG 2.2, 1.4.3: 4.5 to 1 for text.
      const ratios = await contrastOf(page);
      expect(ratios.length).toBeGreaterThan(40);
      expect(ratios.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
    }
    // A grey too light is found.
    await page.evaluate(() => document.documentElement.style.setProperty('--soft', 'rgb(90, 100, 104)'));
    expect((await contrastOf(page)).some(({ ratio }) => ratio < 4.5)).toBe(true);
  });

  it('tells states apart without colours of its own', async () => {
    const served = await serve();
    served.services.current = served.services.statusWith(3);
    const { page } = await open(urlOf(served), { forcedColors: 'active' });
    await eventually(() => page.locator('#institutions li').count()).toBe(4);
    const fills = await page
      .locator('.dot')
      .evaluateAll((dots) => dots.map((dot) => getComputedStyle(dot).backgroundColor));
    expect(new Set(fills.slice(0, 3)).size).toBe(1);
    expect(fills[3]).not.toBe(fills[0]);
  });

  it('moves nothing for people who asked for stillness', async () => {
    const served = await serve();
    emitBlocks(served.services, 128, 128);
    for (const [reducedMotion, expected] of [
      ['reduce', 'none'],
      ['no-preference', 'arrive'],
    ] as const) {
      const { page } = await open(urlOf(served), { reducedMotion });
      await eventually(() => page.locator('#rows tr').count()).toBe(1);
      const name = await page.locator('#rows tr').evaluate((row) => getComputedStyle(row).animationName);
      expect(name).toBe(expected);
    }
  });

  it('gives a screen reader headings, a table, and changes of state but not of figures', async () => {
    const served = await serve();
    emitBlocks(served.services, 120, 128);
    const { page } = await open(urlOf(served), { viewport: { width: 360, height: 800 } });
    await eventually(() => page.locator('#rows tr').count()).toBe(8);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toContain('Recent blocks');
    expect(await page.getByRole('table', { name: 'Recent blocks' }).count()).toBe(1);
    expect(await page.getByRole('columnheader').count()).toBe(6);
    expect(await page.getByRole('rowheader').count()).toBeGreaterThan(0);
    const live = page.locator('[aria-live=polite]');
    expect(
      await live.evaluateAll((regions) =>
        regions.map((region) => (region.firstElementChild ?? region).textContent.trim()),
      ),
    ).toEqual(['', '4 of 4 institutions agree: working']);
    expect(await page.locator('[aria-live] #ago, [aria-live] #rows').count()).toBe(0);
  });
});

describe('the browser’s own defences, in a real browser', () => {
  it('keep the session where no script reads it', async () => {
    const served = await serve();
    const maria = personOf('maria');
    served.services.addAccount(maria);
    const { page } = await open(urlOf(served));
    const post = (path: string, body: unknown): Promise<{ status: number; json: Record<string, string> }> =>
      page.evaluate(
        async ([to, json]) => {
          const headers = { 'content-type': 'application/json' };
          const reply = await fetch(`/api/v1${to}`, { method: 'POST', headers, body: JSON.stringify(json) });
          return { status: reply.status, json: (await reply.json()) as Record<string, string> };
        },
        [path, body] as const,
      );
    const person = hexOf('maria');
    const { challenge = '' } = (await post('/session/challenge', { person })).json;
    const signature = signatureOver(served.services, maria, challenge);
    const opened = await post('/session', { person, challenge, signature });
    expect([opened.status, opened.json['token']]).toEqual([200, '']);
    expect((await post('/state', { keys: [hexOf('key')] })).status).toBe(200);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([
      { name: '__Host-phr-session', httpOnly: true, secure: true, sameSite: 'Strict' },
    ]);
  });

  it('let no foreign page read, change, frame or rename the node', async () => {
    const served = await serve();
    const target = `http://127.0.0.1:${served.port}`;
    const foreign = createServer((_, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<h1>foreign</h1><iframe src="${target}/"></iframe>`);
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => foreign.close(() => resolve())));
    const { page } = await open(`http://evil.localhost:${(foreign.address() as AddressInfo).port}/`);
    const attempts = await page.evaluate(async (node) => {
      const attempt = (path: string, init: RequestInit): Promise<string> =>
        fetch(`${node}${path}`, init).then(
          (reply) => (reply.type === 'opaque' ? 'sent blindly' : 'read'),
          () => 'refused',
        );
      const body = '{"transaction":"AAAA"}';
      return [
        await attempt('/api/v1/status', {}),
        await attempt('/api/v1/transactions', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }),
        await attempt('/api/v1/transactions', { method: 'POST', mode: 'no-cors', body }),
        await attempt('/', { mode: 'no-cors' }),
      ];
    }, target);
    expect(attempts).not.toContain('read');
    expect(served.services.calls).toEqual([]);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.locator('#headline').count()).toBe(0);
  });

  it('let no foreign name that points at this machine reach the node', async () => {
    const served = await serve();
    const rebinding = await launchChromium({ resolve: 'MAP rebound.example 127.0.0.1' });
    closers.push(() => rebinding.close());
    const page = await rebinding.newPage();
    const reply = await page.goto(`http://rebound.example:${served.port}/`);
    expect(reply?.status()).toBe(421);
    expect(await page.locator('#headline').count()).toBe(0);
    expect((await page.goto(urlOf(served)))?.status()).toBe(200);
  });
});

describe('a machine without Chromium', () => {
  it('is told so in one plain sentence', () => {
    expect(() => findChromium(['/nowhere/chromium'], null)).toThrow(
      /^The browser tests need Chromium and found none: /,
    );
    expect(() => findChromium([process.execPath], '/nowhere/chromium')).toThrow(/CHROMIUM_PATH/);
    expect(findChromium(['/nowhere/chromium', process.execPath], null)).toBe(process.execPath);
  });
});
