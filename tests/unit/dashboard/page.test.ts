import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { loadAssets } from '../../../dashboard/assets.ts';
import {
  agoText,
  clockText,
  conditionOf,
  phaseText,
  shortHash,
  silenceAfter,
  standingOf,
  timeText,
} from '../../../dashboard/app/words.ts';
import { FakeServices } from './fake-services.ts';
import { serveFake } from './harness.ts';

const services = new FakeServices();

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
  const directories: string[] = [];

  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  const appWith = (files: Record<string, string>): URL => {
    const directory = mkdtempSync(join(tmpdir(), 'phr-app-'));
    directories.push(directory);
    const all = {
      'style.css': '',
      'icon.svg': '',
      'index.html': '{{script}}',
      'not-found.html': '',
      ...files,
    };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text);
    return pathToFileURL(`${directory}/`);
  };

  it('are JavaScript without types, named by their content', () => {
    const { files } = loadAssets();
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    expect(scripts.length).toBeGreaterThanOrEqual(5);
    for (const [path, { type, bytes }] of scripts) {
      expect(path).toMatch(/^\/assets\/[a-z-]+\.[0-9a-f]{16}\.js$/);
      expect(type).toBe('text/javascript; charset=utf-8');
      const text = Buffer.from(bytes).toString();
      expect(text).not.toMatch(
        /\.ts'|: string\b|import type|innerHTML|insertAdjacentHTML|document\.write|\beval\b/,
      );
      for (const [, target = ''] of text.matchAll(/from\s+'([^']+)'/g))
        expect([...files.keys()]).toContain(target);
    }
  });

  it('change their names with anything that they import', () => {
    const main = "import { a } from './part.ts';\nconsole.log(a);\n";
    const first = loadAssets(appWith({ 'main.ts': main, 'part.ts': 'export const a: number = 1;\n' }));
    const second = loadAssets(appWith({ 'main.ts': main, 'part.ts': 'export const a: number = 2;\n' }));
    expect(first.page.bytes).not.toEqual(second.page.bytes);
  });

  it.each([
    ['a package', "import { z } from 'zod';\n"],
    ['a room', "import { sha256 } from '#crypto';\n"],
    ['another place', "export { a } from '../part.ts';\n"],
    ['another host', "import 'https://evil.example/x.js';\n"],
    ['itself', "import { a } from './main.ts';\nexport const b = a;\n"],
  ])('never import %s', (_, text) => {
    expect(() => loadAssets(appWith({ 'main.ts': text }))).toThrow(
      expect.objectContaining({ code: 'assets-invalid' }),
    );
  });

  it('may import types from anywhere, and hold strings after an export', () => {
    const text =
      "import type { NodeStatus } from '#node/client';\nexport const a = (s: NodeStatus): string => s.name + 'x';\n";
    expect(() => loadAssets(appWith({ 'main.ts': text }))).not.toThrow();
  });

  it('refuse a page that asks for what there is not', () => {
    const app = appWith({ 'main.ts': 'export {};\n', 'index.html': '{{inline}}' });
    expect(() => loadAssets(app)).toThrow(expect.objectContaining({ code: 'assets-invalid' }));
  });

  it('keep one warning of the runtime back and let the others through', async () => {
    const module = new URL('../../../dashboard/assets.ts', import.meta.url);
    const run = promisify(execFile);
    const print = async (code: string): Promise<string> =>
      (await run(process.execPath, ['--input-type=module', '--eval', code])).stderr;
    const load = `import { loadAssets } from ${JSON.stringify(module.href)}; loadAssets();`;
    const direct = `import { stripTypeScriptTypes } from 'node:module'; stripTypeScriptTypes('');`;
    const quiet = await print(`${load} process.emitWarning('another warning');`);
    expect(quiet).toContain('another warning');
    expect(quiet).not.toContain('stripTypeScriptTypes');
    // What is kept back does exist.
    expect(await print(direct)).toContain('stripTypeScriptTypes is an experimental feature');
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
        const asset = await served.ask({ path });
        expect([asset.status, asset.headers['cache-control']]).toEqual([200, 'no-store']);
      }
      const head = await served.ask({ method: 'HEAD', path: '/' });
      expect([head.status, head.bytes.length]).toEqual([200, 0]);
      expect((await served.ask({ method: 'POST', path: '/' })).status).toBe(405);
    } finally {
      await served.dashboard.stop();
    }
  });
});
