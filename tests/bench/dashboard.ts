import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { launchChromium } from '../e2e/chromium.ts';
import { openPatientWorld, PASSPHRASE } from '../e2e/dashboard-patient-world.ts';
import type { PatientWorld } from '../e2e/dashboard-patient-world.ts';

/**
 * How long a person waits, in Chromium on this machine: `node tests/bench/dashboard.ts [--rounds 5]`.
 * First view: from the address to the heading of the start page, and from "Sign in" to the patient's home, each in a
 * window without a cache, four nodes beside it. Plot: 120,960 points (a week at one in 5 s), and the same as a table.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const POINTS = 120_960;

interface BenchPage {
  draw: (points: number) => Promise<number>;
  table: () => Promise<number>;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const row = (what: string, list: readonly number[]) => ({
  what,
  'median ms': Math.round(median(list)),
  'worst ms': Math.round(Math.max(...list)),
});

async function measureViews({ world }: PatientWorld): Promise<{ start: number[]; home: number[] }> {
  const [start, home]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    const { page, context } = await world.window();
    let sinceMs = performance.now();
    await page.goto('/', { waitUntil: 'commit' });
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    start.push(performance.now() - sinceMs);
    await page.getByLabel('Account name').fill('maria');
    await page.getByLabel('Passphrase').fill(PASSPHRASE);
    sinceMs = performance.now();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('No measurements in the last two months').waitFor();
    home.push(performance.now() - sinceMs);
    await context.close();
  }
  return { start, home };
}

async function measurePlot(browser: Browser): Promise<{ drawn: number[]; asTable: number[] }> {
  const outDir = mkdtempSync(join(tmpdir(), 'phr-plot-'));
  const root = fileURLToPath(new URL('plot-page/', import.meta.url));
  await build({ configFile: false, root, logLevel: 'warn', build: { outDir, target: 'es2022' } });
  const types: Record<string, string> = {
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.html': 'text/html',
  };
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    try {
      const bytes = readFileSync(join(outDir, path));
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page: Page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'bench' in globalThis);
  // The code of the plot is fetched by the first one.
  await page.evaluate(() => (globalThis as unknown as { bench: BenchPage }).bench.draw(100));
  const [drawn, asTable]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    drawn.push(
      await page.evaluate((n) => (globalThis as unknown as { bench: BenchPage }).bench.draw(n), POINTS),
    );
    asTable.push(await page.evaluate(() => (globalThis as unknown as { bench: BenchPage }).bench.table()));
  }
  await page.close();
  server.close();
  rmSync(outDir, { recursive: true, force: true });
  return { drawn, asTable };
}

const [load = 0] = loadavg();
const browser = await launchChromium();
const plot = await measurePlot(browser);
await browser.close();
const all = await openPatientWorld('bench-dashboard', 27_500);
try {
  const views = await measureViews(all);
  console.table([
    row('start page, cold cache', views.start),
    row('sign in with a passphrase until home', views.home),
    row(`plot of ${POINTS} points`, plot.drawn),
    row('the same as a table', plot.asTable),
  ]);
  console.log(`load before: ${load.toFixed(1)}`);
} finally {
  await all.world.close();
}
