import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROUTES, errorSchema } from '#node/client';
import { ERROR_TEXTS } from '#node/services';
import { hexOf, personOf } from './fake-services.ts';
import { serveFake, transactionOf } from './harness.ts';
import type { Reply, Served } from './harness.ts';
import { FINITE_ROUTES, holdSampleBlock, sampleOf, titleOf } from './route-samples.ts';

const maria = personOf('maria');
let served: Served;
let token: string;

beforeAll(async () => {
  // Limits have their own tests; here they would hide what is asked.
  const boundless = { perSecond: 1e6, burst: 1e6 };
  served = await serveFake({
    limits: {
      addressRate: boundless,
      accountRate: boundless,
      signInRate: boundless,
      registrationRate: boundless,
    },
  });
  holdSampleBlock(served.services);
  await openSession();
});

beforeEach(() => {
  served.services.calls.length = 0;
});

async function openSession(): Promise<void> {
  served.services.addAccount(maria);
  token = await served.signIn(maria);
  served.services.calls.length = 0;
}

afterAll(async () => served.dashboard.stop());

function codeOf(reply: Reply): string {
  return errorSchema.parse(reply.json()).error.code;
}

function expectBaseline(reply: Reply): void {
  const { headers } = reply;
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|data:|https?:/);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  expect(headers['permissions-policy']).toContain('geolocation=()');
  expect(headers['x-powered-by']).toBeUndefined();
  expect(headers['access-control-allow-origin']).toBeUndefined();
}

describe.each(ROUTES.map((route) => ({ route, title: titleOf(route) })))('$title', ({ route }) => {
  it.each([
    'evil.example',
    'evil.example:80',
    'north.localhost',
    'south.localhost:PORT',
    '127.0.0.1:1',
    '127.0.0.1.evil.example:PORT',
    'localhost:PORT@evil.example',
  ])('answers 421 to the host %j and touches nothing', async (name) => {
    const host = name.replace('PORT', String(served.port));
    const reply = await served.ask({
      ...sampleOf(route),
      token,
      headers: { ...sampleOf(route).headers, host },
    });
    expect(reply.status).toBe(421);
    expect(codeOf(reply)).toBe('host-refused');
    expect(served.services.calls).toEqual([]);
    expectBaseline(reply);
  });

  it('answers 421 to a foreign host that asks for an upgrade', async () => {
    const headers = { host: 'evil.example', connection: 'Upgrade', upgrade: 'websocket' };
    const reply = await served.ask({
      ...sampleOf(route),
      headers: { ...sampleOf(route).headers, ...headers },
    });
    expect(reply.status).toBe(421);
  });

  it.each([
    ['a foreign origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['https of the same host', { origin: 'https://127.0.0.1:PORT' }],
    ['an opaque origin', { origin: 'null' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch', { 'sec-fetch-site': 'same-site' }],
    [
      'a good origin in a cross-site fetch',
      { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'cross-site' },
    ],
  ])('refuses %s', async (_, given) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('PORT', String(served.port))]),
    );
    const sample = sampleOf(route);
    const reply = await served.ask({ ...sample, token, headers: { ...sample.headers, ...headers } });
    expect([reply.status, codeOf(reply)]).toEqual([403, 'origin-refused']);
    expect(served.services.calls).toEqual([]);
    expectBaseline(reply);
  });

  it.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD'])('does not take %s', async (method) => {
    const { path } = sampleOf(route);
    const reply = await served.ask({ method, path, token });
    expect(reply.status).toBe(405);
    expect(reply.headers.allow?.split(', ')).toContain(route.method);
    expect(served.services.calls).toEqual([]);
    expectBaseline(reply);
  });
});

const STATES = ['pending', 'active', 'refused', 'suspended', 'revoked'] as const;

/** What each access means, written once more and by hand: the status of a right-shaped request of each actor. */
const MATRIX: Record<
  (typeof ROUTES)[number]['access'],
  Record<'stranger' | (typeof STATES)[number], 'in' | number>
> = {
  public: { stranger: 'in', pending: 'in', active: 'in', refused: 'in', suspended: 'in', revoked: 'in' },
  'register-or-session': {
    stranger: 401,
    pending: 'in',
    active: 'in',
    refused: 401,
    suspended: 401,
    revoked: 401,
  },
  session: { stranger: 401, pending: 'in', active: 'in', refused: 401, suspended: 401, revoked: 401 },
  active: { stranger: 401, pending: 403, active: 'in', refused: 401, suspended: 401, revoked: 401 },
};

/** POST /session has its own tests: its sample carries a made-up challenge, which answers 401 to everybody. */
const MATRIX_ROUTES = FINITE_ROUTES.filter((route) => titleOf(route) !== 'POST /session');

describe.each(MATRIX_ROUTES.map((route) => ({ route, title: titleOf(route), access: route.access })))(
  '$title ($access)',
  ({ route, access }) => {
    beforeEach(openSession);

    it('lets a stranger in or keeps him out', async () => {
      expectAccess(await served.ask(sampleOf(route)), MATRIX[access].stranger);
    });

    it.each(STATES)('lets an account that is %s in or keeps it out', async (state) => {
      served.services.addAccount(maria, state);
      expectAccess(await served.ask({ ...sampleOf(route), token }), MATRIX[access][state]);
    });

    it('takes a token of somebody else’s making for none', async () => {
      const reply = await served.ask({ ...sampleOf(route), token: `${token.slice(0, -2)}AA` });
      expectAccess(reply, MATRIX[access].stranger);
    });
  },
);

function expectAccess(reply: Reply, expected: 'in' | number): void {
  expectBaseline(reply);
  if (expected === 'in') {
    expect(reply.status).toBeLessThan(300);
    return;
  }
  expect(reply.status).toBe(expected);
  expect(codeOf(reply)).toBe(expected === 401 ? 'unauthorized' : 'forbidden');
  expect(served.services.calls).toEqual([]);
}

const BODY_ROUTES = FINITE_ROUTES.filter((route) => 'request' in route);

describe.each(BODY_ROUTES.map((route) => ({ route, title: titleOf(route) })))(
  'the body of $title',
  ({ route }) => {
    beforeAll(openSession);

    const other = route.request === 'dag-cbor' ? 'application/json' : 'application/vnd.ipld.dag-cbor';

    it.each([
      ['text/plain', {}],
      ['application/x-www-form-urlencoded', {}],
      ['multipart/form-data; boundary=x', {}],
      ['', {}],
      [other, {}],
      ['application/json; charset=utf-16', {}],
      ['OWN', { 'content-encoding': 'gzip' }],
    ])('is refused as %s', async (type, more) => {
      const own = route.request === 'dag-cbor' ? 'application/vnd.ipld.dag-cbor' : 'application/json';
      const headers = { ...more, 'content-type': type === 'OWN' ? own : type };
      const reply = await served.ask({ ...sampleOf(route), token, headers });
      expect([reply.status, codeOf(reply)]).toEqual([415, 'media-type-refused']);
      expect(served.services.calls).toEqual([]);
    });

    it.each([
      ['nothing', ''],
      ['half of it', '{"person":'],
      ['null', 'null'],
      ['a list', '[]'],
      ['an empty object', '{}'],
      ['an unknown field', '{"unknown":1}'],
      ['deep nesting', '['.repeat(100_000)],
      ['a polluted prototype', '{"__proto__":{"access":"x"}}'],
    ])('is refused when it is %s', async (_, body) => {
      const { path, method, headers } = sampleOf(route);
      const reply = await served.ask({
        path,
        method: method ?? 'POST',
        token,
        body,
        headers: headers ?? { 'content-type': 'application/json' },
      });
      expect([reply.status, codeOf(reply)]).toEqual([400, 'malformed']);
      expect(served.services.calls).toEqual([]);
    });

    it('is refused with a field too many', async () => {
      const sample = sampleOf(route);
      if (typeof sample.json !== 'object') return;
      const reply = await served.ask({ ...sample, token, json: { ...sample.json, admin: true } });
      expect([reply.status, codeOf(reply)]).toEqual([400, 'malformed']);
    });

    it('is refused when its declared length is over the limit, before a byte of it is read', async () => {
      const sample = sampleOf(route);
      const bytes = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20);
      const headers = sample.headers ?? { 'content-type': 'application/json' };
      const reply = await served.ask({ path: sample.path, method: 'POST', token, body: bytes, headers });
      expect([reply.status, codeOf(reply)]).toEqual([413, 'too-large']);
    });
  },
);

describe('transactions', () => {
  beforeAll(openSession);

  const post = (kind: string, sender: string, more: object = {}): Promise<Reply> =>
    served.ask({ method: 'POST', path: '/api/v1/transactions', json: transactionOf(kind, sender), ...more });

  it('takes a registration without a session', async () => {
    expect((await post('person.register', 'newcomer')).status).toBe(200);
  });

  it('takes nothing else without a session', async () => {
    expect((await post('record.anchor', 'maria')).status).toBe(401);
    expect(served.services.calls).toEqual([]);
  });

  it.each(['person.register', 'record.anchor'])('refuses %s of another sender in a session', async (kind) => {
    const reply = await post(kind, 'bob', { token });
    expect([reply.status, codeOf(reply)]).toEqual([403, 'forbidden']);
    expect(served.services.calls).toEqual([]);
  });

  it('gives the requester of a conversion from the session, not from the body', async () => {
    const reply = await served.ask({
      method: 'POST',
      path: '/api/v1/conversions',
      json: { access: hexOf('access') },
      token,
    });
    expect(reply.status).toBe(200);
    expect(served.services.calls[0]?.args).toMatchObject({ requester: maria.id });
  });
});

describe('errors', () => {
  beforeAll(openSession);

  it('name what happened, what is safe and what to do', async () => {
    const reply = await served.ask({ path: '/api/v1/state', method: 'POST', json: { keys: [hexOf('key')] } });
    const { error } = errorSchema.parse(reply.json());
    expect(error).toMatchObject({ ...textOf('unauthorized'), code: 'unauthorized' });
    expect(reply.headers['www-authenticate']).toBe('Bearer');
  });

  it('show nothing of what nobody foresaw, in the answer or in the log', async () => {
    const stateRoute = ROUTES.find(({ path }) => path === '/state')!;
    served.services.failure = new Error('secret: blood group of Maria');
    try {
      const reply = await served.ask({ ...sampleOf(stateRoute), token });
      expect([reply.status, codeOf(reply)]).toEqual([500, 'internal']);
      expect(reply.bytes.toString()).not.toContain('Maria');
      expect(JSON.stringify(served.logger.lines)).not.toContain('Maria');
      expect(served.logger.lines.filter(({ event }) => event === 'request-failed')).not.toEqual([]);
    } finally {
      served.services.failure = undefined;
    }
  });

  it('keep blocks from being shown: they are files to be saved, of no type, under a name of ours', async () => {
    const route = ROUTES.find(({ path }) => path === '/store/:cid')!;
    const { headers } = await served.ask({ ...sampleOf(route), token });
    expect(headers['content-disposition']).toBe('attachment; filename="sealed-block.bin"');
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('answer unknown paths of the API with a code and unknown pages with a page', async () => {
    const api = await served.ask({ path: '/api/v1/nothing' });
    expect([api.status, codeOf(api)]).toEqual([404, 'not-found']);
    const page = await served.ask({ path: '/nothing' });
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expectBaseline(page);
    for (const path of [
      '/api/v1/Status',
      '/api/v1/status/',
      '/assets/../server.ts',
      '/%2e%2e/package.json',
    ]) {
      expect((await served.ask({ path })).status).toBe(404);
    }
    for (const path of [
      '/api/v1/ledger/0',
      '/api/v1/ledger/1e3',
      '/api/v1/ledger/-1',
      '/api/v1/store/bxyz',
    ]) {
      expect((await served.ask({ path, token })).status).toBe(400);
    }
    expect((await served.ask({ path: '/api/v1/ledger/9999', token })).status).toBe(404);
  });
});

function textOf(code: 'unauthorized'): object {
  const { message, safe, action } = ERROR_TEXTS[code];
  return { message, safe, action };
}
