import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadAssets } from '../../../dashboard/assets.ts';
import {
  conditionOf,
  phaseText,
  shortHash,
  silenceAfter,
  standingOf,
} from '../../../dashboard/app/pages/network/condition.ts';
import { agoText, clockText, timeText } from '../../../dashboard/app/words/dates.ts';
import { loadWords } from '../../../dashboard/app/words/translate.ts';
import { ensureBuilt } from '../../../dashboard/build.ts';
import { FakeServices } from './fake-services.ts';
import { serveFake } from './harness.ts';

const services = new FakeServices();
await loadWords(['network']);

describe('the condition in words', () => {
  it.each([
    [4, '4 of 4 institutions agree: working', 'Work goes on even if one more is out of reach.'],
    [
      3,
      '3 of 4 institutions agree: working',
      'Just enough to agree. If one more is out of reach, work stops until it is back.',
    ],
    [2, '2 of 4: stopped', 'Nothing is lost; work continues when one more is back.'],
    [1, '1 of 4: stopped', 'Nothing is lost; work continues when two more are back.'],
  ])('with %i of 4', (reachable, headline, detail) => {
    expect(conditionOf(services.statusWith(reachable))).toMatchObject({ headline, detail });
  });

  it('of a node that catches up names its height', () => {
    const syncing = conditionOf(services.statusWith(4, { condition: 'syncing', height: 12 }));
    expect(syncing).toMatchObject({ tone: 'syncing', headline: 'This node is catching up' });
    expect(syncing.detail).toContain('block 12');
    expect(conditionOf(services.statusWith(4, { condition: 'syncing', height: 0 })).detail).toContain(
      'no block yet',
    );
  });

  it('of a fork is an alarm, however many institutions are in reach', () => {
    const fork = { height: 77, evidence: 'AA' };
    const alarm = conditionOf(services.statusWith(4, { fork }));
    expect(alarm).toMatchObject({
      tone: 'stopped',
      headline: 'Alarm: two different blocks 77 are certified',
    });
    expect(alarm.detail).toContain('Do not rely on this network');
    expect(conditionOf(services.statusWith(4)).headline).not.toContain('Alarm');
  });

  it('of a silent node does not claim what it can not know', () => {
    expect(silenceAfter(services.statusWith(4))).toMatchObject({
      tone: 'waiting',
      headline: 'No word from this node',
    });
    expect(silenceAfter(services.statusWith(4)).detail).toContain('4 of 4 institutions agree: working');
    expect(silenceAfter(undefined).detail).not.toContain('working');
  });

  it('of an institution says where it stands', () => {
    const one = { id: '', name: '', self: false, connected: true, height: 10 };
    expect(standingOf({ ...one, self: true, height: null }, 12)).toBe('at block 12');
    expect(standingOf(one, 10)).toBe('at block 10');
    expect(standingOf(one, 12)).toBe('at block 10, 2 behind');
    expect(standingOf({ ...one, height: 13 }, 12)).toBe('at block 13');
    expect(standingOf({ ...one, connected: false }, 12)).toBe('last heard at block 10');
    expect(standingOf({ ...one, connected: false, height: null }, 12)).toBe('not heard yet');
    expect(standingOf({ ...one, height: null }, 12)).toBe('connected, no statement heard yet');
  });
});

describe('times and numbers', () => {
  it('are written with the month in letters, 24 hours and the zone', () => {
    const timeMs = Date.UTC(2026, 8, 3, 23, 5, 7);
    expect(timeText(timeMs, 'UTC')).toBe('03-Sep-2026 23:05:07 UTC');
    expect(timeText(timeMs, 'Asia/Kolkata')).toBe('04-Sep-2026 04:35:07 GMT+5:30');
    expect(timeText(Date.UTC(2026, 0, 1), 'UTC')).toBe('01-Jan-2026 00:00:00 UTC');
    expect(clockText(timeMs, 'UTC')).toBe('23:05:07');
  });

  it.each([
    [-5_000, 'just now'],
    [1_400, 'just now'],
    [8_000, '8 s ago'],
    [59_400, '59 s ago'],
    [60_000, '1 min ago'],
    [3_599_000, '59 min ago'],
    [7_200_000, '2 h ago'],
    [200_000_000, '2 d ago'],
  ])('%i ms ago is %j', (elapsedMs, text) => {
    expect(agoText(elapsedMs)).toBe(text);
  });

  it('of phases are words, and a phase without words is named', () => {
    expect(phaseText('preparing')).toBe('the institutions check the proposal');
    expect(phaseText('another')).toBe('another');
    expect(shortHash('0123456789abcdef')).toBe('0123 4567 89ab');
  });
});

describe('the assets', () => {
  beforeAll(async () => void (await ensureBuilt()));

  const directories: string[] = [];

  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  const distWith = (files: Record<string, string>): URL => {
    const directory = mkdtempSync(join(tmpdir(), 'phr-dist-'));
    directories.push(directory);
    mkdirSync(join(directory, 'assets'));
    const always = {
      'index.html': '<div></div>',
      'routes.json': '["/","/patient/records/:id"]',
      'service-worker.js': '',
    };
    const all = { ...always, ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text);
    return pathToFileURL(`${directory}/`);
  };

  it('are named by their content, and hold no other way to run a text', () => {
    const { files } = loadAssets();
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    expect(scripts.length).toBeGreaterThanOrEqual(5);
    for (const [path, { type, bytes, gzip }] of scripts) {
      expect(path).toMatch(/^\/assets\/[\w.-]+\.[\w-]{8}\.js$/);
      expect(type).toBe('text/javascript; charset=utf-8');
      if (gzip !== undefined) expect(gunzipSync(gzip).equals(bytes)).toBe(true);
      // Preact knows how to set markup, and is never asked to.
      expect(Buffer.from(bytes).toString()).not.toMatch(/insertAdjacentHTML|document\.write|\beval\(/);
    }
  });

  it.each([
    ['a file that keeps its name', { 'assets/main.js': '' }],
    ['a file of an unknown type', { 'assets/main.0123abcd.wasm': '' }],
    ['an inline script', { 'index.html': '<script>run()</script>' }],
    ['an inline style', { 'index.html': '<p style="color: red"></p>' }],
    ['another host', { 'index.html': '<script src="https://evil.example/x.js"></script>' }],
    ['a list of pages that is none', { 'routes.json': '{}' }],
  ])('refuse %s', (_, files) => {
    expect(() => loadAssets(distWith(files))).toThrow(expect.objectContaining({ code: 'assets-invalid' }));
  });

  it('say plainly that they were never built', () => {
    expect(() => loadAssets(pathToFileURL(join(tmpdir(), 'phr-nothing-here/')))).toThrow(
      expect.objectContaining({ code: 'assets-missing', message: expect.stringContaining('npm run build') }),
    );
  });

  it('may be missing: the node says so, answers 503 with a word for the operator, and serves its API', async () => {
    const served = await serveFake({
      options: { assets: pathToFileURL(join(tmpdir(), 'phr-nothing-here/')) },
    });
    try {
      const page = await served.ask({ path: '/patient' });
      expect([page.status, page.headers['cache-control']]).toEqual([503, 'no-store']);
      expect(page.bytes.toString()).toContain('npm run build');
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      expect((await served.ask({ path: '/api/v1/status' })).status).toBe(200);
      expect(served.logger.lines).toContainEqual(
        expect.objectContaining({ level: 'error', event: 'dashboard-not-built' }),
      );
    } finally {
      await served.dashboard.stop();
    }
  });

  it('know which paths are pages', () => {
    const { isPage } = loadAssets(distWith({ 'assets/main.0123abcd.js': '' }));
    const paths = ['/', '/patient/records/b1', '/patient/records/', '/patient/records/a/b', '/nothing', '//'];
    expect(paths.filter(isPage)).toEqual(['/', '/patient/records/b1']);
  });

  it('are all that the page asks for, with nothing inline', async () => {
    const served = await serveFake();
    try {
      const page = await served.ask({ path: '/' });
      const html = page.bytes.toString();
      expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|https?:|<script(?![^>]*\ssrc=)/i);
      const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
      expect(paths.length).toBeGreaterThanOrEqual(3);
      for (const path of paths) {
        const plain = await served.ask({ path });
        expect([plain.status, plain.headers['cache-control']]).toEqual([
          200,
          'public, max-age=31536000, immutable',
        ]);
        expect(plain.headers['content-encoding']).toBeUndefined();
        const packed = await served.ask({ path, headers: { 'accept-encoding': 'gzip' } });
        const isPacked = packed.headers['content-encoding'] === 'gzip';
        expect((isPacked ? gunzipSync(packed.bytes) : packed.bytes).equals(plain.bytes)).toBe(true);
        if (isPacked) expect(packed.headers.vary).toContain('Accept-Encoding');
        expect((await served.ask({ path, headers: { 'accept-encoding': 'gzip;q=0' } })).bytes).toEqual(
          plain.bytes,
        );
      }
      expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store']);
      const head = await served.ask({ method: 'HEAD', path: '/' });
      expect([head.status, head.bytes.length]).toEqual([200, 0]);
      expect((await served.ask({ method: 'POST', path: '/' })).status).toBe(405);
      expect((await served.ask({ path: '/network' })).status).toBe(200);
      const nowhere = await served.ask({ path: '/nowhere' });
      expect([nowhere.status, nowhere.headers['cache-control']]).toEqual([404, 'no-store']);
      expect((await served.ask({ path: '/assets/main.00000000.js' })).status).toBe(404);
    } finally {
      await served.dashboard.stop();
    }
  });
});
