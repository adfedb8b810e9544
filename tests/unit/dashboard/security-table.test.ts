import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES, SESSION_COOKIE } from '#node/client';
import { DIST } from '../../../dashboard/assets.ts';
import { ensureBuilt } from '../../../dashboard/build.ts';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '../../../dashboard/security/sessions.ts';
import { personOf } from './fake-services.ts';
import { serveFake } from './harness.ts';
import type { Ask, Reply, Served } from './harness.ts';
import { FINITE_ROUTES, holdSampleBlock, sampleOf, titleOf } from './route-samples.ts';

const maria = personOf('maria');
const bob = personOf('bob');
const running: Served[] = [];

async function serve(init: Parameters<typeof serveFake>[0] = {}): Promise<Served> {
  const served = await serveFake(init);
  running.push(served);
  holdSampleBlock(served.services);
  for (const person of [maria, bob]) served.services.addAccount(person);
  return served;
}

afterEach(async () => {
  for (const served of running.splice(0)) await served.dashboard.stop();
});

/** A made-up challenge answers 401 to everybody; signing in has its own tests. */
const ASKED = FINITE_ROUTES.filter((route) => titleOf(route) !== 'POST /session');
/** Those that a session opens. */
const SHUT = ASKED.filter(({ access }) => access !== 'public');

/** The status of every route, in the order of the table. */
async function statuses(
  served: Served,
  routes: typeof ASKED,
  more: (route: (typeof ASKED)[number]) => Partial<Ask>,
): Promise<string[]> {
  const found: string[] = [];
  for (const route of routes) {
    const sample = sampleOf(route);
    const extra = more(route);
    const reply = await served.ask({ ...sample, ...extra, headers: { ...sample.headers, ...extra.headers } });
    found.push(`${titleOf(route)} ${reply.status}`);
  }
  return found;
}

const each = (routes: typeof ASKED, status: number): string[] =>
  routes.map((route) => `${titleOf(route)} ${status}`);

describe('the session column, over every route', () => {
  it('opens nothing once the session was idle for too long', async () => {
    const served = await serve();
    const token = await served.signIn(maria);
    served.clock.advance(SESSION_IDLE_MS);
    expect(await statuses(served, SHUT, () => ({ token }))).toEqual(each(SHUT, 401));
  });

  it('opens nothing once the session is too old, however much it was used', async () => {
    const served = await serve();
    const token = await served.signIn(maria);
    const step = SESSION_IDLE_MS - 1;
    for (let ms = 0; ms + step < SESSION_ABSOLUTE_MS; ms += step) {
      served.clock.advance(step);
      expect((await served.ask({ path: '/api/v1/sessions', token })).status).toBe(200);
    }
    served.clock.advance(step);
    expect(await statuses(served, SHUT, () => ({ token }))).toEqual(each(SHUT, 401));
  });

  it.each<[string, (token: string, origin: string) => Partial<Ask>]>([
    ['in the query', () => ({})],
    [
      'in two cookies',
      (token, origin) => ({
        headers: { origin, cookie: `${SESSION_COOKIE}=${token}; ${SESSION_COOKIE}=${token}` },
      }),
    ],
    ['in a cookie of another name', (token, origin) => ({ headers: { origin, cookie: `session=${token}` } })],
    ['as Basic', (token) => ({ headers: { authorization: `Basic ${token}` } })],
    ['in lower case', (token) => ({ token: token.toLowerCase() })],
    ['with a letter more', (token) => ({ token: `${token}A` })],
  ])('is not opened by a token %s', async (where, more) => {
    const served = await serve();
    const token = await served.signIn(maria);
    const asked = await statuses(served, SHUT, (route) => ({
      ...more(token, served.origin),
      ...(where === 'in the query' ? { path: `${sampleOf(route).path}?token=${token}` } : {}),
    }));
    expect(asked).toEqual(each(SHUT, 401));
    // The control: the same token where it belongs.
    expect((await served.ask({ path: '/api/v1/sessions', token })).status).toBe(200);
  });

  it('believes a cookie in a changing request only of a page of its own', async () => {
    const changing = SHUT.filter(({ method }) => method !== 'GET');
    const served = await serve();
    const token = await served.signIn(maria);
    const cookie = `${SESSION_COOKIE}=${token}`;
    const asked = await statuses(served, changing, () => ({ headers: { cookie } }));
    expect(asked).toEqual(each(changing, 401));
  });
});

describe('the rate column, over every route', () => {
  it('holds an account back on every route, and nobody else', async () => {
    const served = await serve({ limits: { accountRate: { perSecond: 0.000_1, burst: 2 } } });
    const token = await served.signIn(maria);
    for (let i = 0; i < 2; i++) await served.ask({ path: '/api/v1/status', token });
    expect(await statuses(served, ASKED, () => ({ token }))).toEqual(each(ASKED, 429));
    const other = await served.signIn(bob);
    expect((await served.ask({ path: '/api/v1/sessions', token: other })).status).toBe(200);
    expect((await served.ask({ path: '/api/v1/status' })).status).toBe(200);
  });

  it('holds an address back on every route and every page, and nobody who is signed in', async () => {
    const served = await serve({ limits: { addressRate: { perSecond: 0.000_1, burst: 3 } } });
    const token = await served.signIn(maria);
    await served.ask({ path: '/' });
    expect(await statuses(served, ASKED, () => ({}))).toEqual(each(ASKED, 429));
    for (const path of ['/', '/patient', '/assets/x.js', '/api/v1/events'])
      expect((await served.ask({ path })).status).toBe(429);
    expect((await served.ask({ path: '/api/v1/sessions', token })).status).toBe(200);
  });

  it('holds tries to sign in or unlock back before any of them is looked at', async () => {
    const served = await serve({ limits: { signInRate: { perSecond: 0.000_1, burst: 1 } } });
    const doors = ROUTES.filter(({ path }) => ['/session', '/session/challenge', '/unlock'].includes(path));
    const tried = doors.filter(({ method }) => method === 'POST');
    await served.ask(sampleOf(tried[0]!));
    expect(await statuses(served, tried, () => ({}))).toEqual(each(tried, 429));
    expect((await served.ask({ path: '/api/v1/status' })).status).toBe(200);
  });
});

describe('the framing and cache columns, over every route and every page', () => {
  let served: Served;
  let pages: string[];

  beforeAll(async () => {
    await ensureBuilt();
    served = await serveFake();
    holdSampleBlock(served.services);
    served.services.addAccount(maria);
    const patterns = JSON.parse(readFileSync(new URL('routes.json', DIST), 'utf8')) as string[];
    pages = patterns.map((pattern) => pattern.replaceAll(/:[a-z]+/gi, 'x'));
  });
  afterAll(async () => served.dashboard.stop());

  const unsafe = ({ headers, status }: Reply): string[] => {
    const policy = String(headers['content-security-policy']);
    const wanted: [string, boolean][] = [
      [`answers ${status}`, status < 300],
      ['may be framed by old browsers', headers['x-frame-options'] === 'DENY'],
      ['may be framed', policy.includes("frame-ancestors 'none'")],
      [
        'has a lax policy',
        policy.startsWith("default-src 'none'") && !/unsafe|\*|https?:|data:/.test(policy),
      ],
      ['may be kept', headers['cache-control'] === 'no-store'],
      ['may be guessed at', headers['x-content-type-options'] === 'nosniff'],
      ['shares its window', headers['cross-origin-opener-policy'] === 'same-origin'],
      ['may be embedded', headers['cross-origin-resource-policy'] === 'same-origin'],
    ];
    return wanted.filter(([, isSafe]) => !isSafe).map(([fault]) => fault);
  };

  it('allow no page of the app to be framed, kept or taken for something else', async () => {
    expect(pages.length).toBeGreaterThan(50);
    for (const path of pages) expect([path, ...unsafe(await served.ask({ path }))]).toEqual([path]);
  });

  it('allow it for no good answer of the API', async () => {
    for (const route of ASKED.toSorted((a) => (a.method === 'DELETE' ? 1 : -1))) {
      const token = await served.signIn(maria);
      const reply = await served.ask({ ...sampleOf(route), token });
      expect([titleOf(route), ...unsafe(reply)]).toEqual([titleOf(route)]);
    }
  });

  it('take no other method and no foreign host for any page', async () => {
    for (const path of pages) {
      expect([path, (await served.ask({ path, method: 'POST' })).status]).toEqual([path, 405]);
      const headers = { host: 'evil.example' };
      expect([path, (await served.ask({ path, headers })).status]).toEqual([path, 421]);
    }
  });
});
