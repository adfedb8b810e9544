import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDashboard, DashboardError } from '#dashboard';
import type { DashboardOptions } from '#dashboard';
import { ServiceError } from '#node/services';
import { FakeServices, backend, hexOf, personOf } from './fake-services.ts';
import { ManualClock, eventually, recordingLogger, serveFake, transactionOf } from './harness.ts';
import type { Served } from './harness.ts';

const maria = personOf('maria');
const running: Served[] = [];

async function serve(init: Parameters<typeof serveFake>[0] = {}): Promise<Served> {
  const served = await serveFake(init);
  running.push(served);
  return served;
}

afterEach(async () => {
  for (const served of running.splice(0)) await served.dashboard.stop();
});

/** Everything that a server answers to these bytes until it closes the connection. */
function raw(port: number, text: string, init: { isOpenEnded?: boolean } = {}): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, '127.0.0.1', () => {
    if (init.isOpenEnded === true) socket.write(text);
    else socket.end(text);
  });
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  // A server may reset a connection whose bytes it does not want to read.
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  return promise;
}

/** What no handler answers is as harmless in a browser as everything else. */
function expectBareRefusal(answer: string): void {
  for (const line of [
    "Content-Security-Policy: default-src 'none'",
    'X-Content-Type-Options: nosniff',
    'X-Frame-Options: DENY',
    'Cache-Control: no-store',
  ])
    expect(answer).toContain(line);
  expect(answer).toContain("frame-ancestors 'none'");
}

describe('a dashboard', () => {
  const optionsWith = (more: Partial<DashboardOptions>): DashboardOptions => ({
    services: new FakeServices(),
    backend,
    port: 0,
    name: 'north',
    clock: new ManualClock(),
    logger: recordingLogger(),
    ...more,
  });

  const codeFor = (more: Partial<DashboardOptions>): string => {
    try {
      createDashboard(optionsWith(more));
      return 'made';
    } catch (error) {
      return error instanceof DashboardError ? error.code : 'other';
    }
  };

  it.each(['0.0.0.0', '::', '192.168.1.10', 'node.example', '', '127.0.0.1.evil.example'])(
    'does not bind to %j unless a proxy stands in front',
    (host) => {
      expect(codeFor({ host })).toBe('bind-refused');
      expect(codeFor({ host, behindProxy: true })).toBe('made');
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('binds to %s', (host) => {
    expect(codeFor({ host })).toBe('made');
  });

  it.each(['', 'North', 'a.b', 'a b', '-a', 'a-', 'a'.repeat(64), 'a\r\nb'])(
    'refuses the name %j',
    (name) => {
      expect(codeFor({ name })).toBe('name-invalid');
    },
  );

  it('takes a public origin only as https and only behind a proxy', async () => {
    const publicOrigin = 'https://phr.hospital.example';
    expect(codeFor({ publicOrigin })).toBe('origin-invalid');
    for (const wrong of [
      'http://phr.hospital.example',
      `${publicOrigin}/`,
      `${publicOrigin}/path`,
      'no origin',
    ]) {
      expect(codeFor({ publicOrigin: wrong, behindProxy: true })).toBe('origin-invalid');
    }
    const served = await serve({ options: { publicOrigin, behindProxy: true } });
    const headers = { host: 'phr.hospital.example', origin: publicOrigin };
    expect((await served.ask({ path: '/api/v1/status', headers })).status).toBe(200);
    for (const path of ['/api/v1/status', '/', '/api/v1/nothing', '/api/v1/sessions']) {
      const asked = await served.ask({ path, headers });
      expect(asked.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    }
    const refused = await raw(served.port, 'hello\r\n\r\n');
    expect(refused).toContain('Strict-Transport-Security: max-age=31536000');
    const plain = await serve();
    expect((await plain.ask({ path: '/' })).headers['strict-transport-security']).toBeUndefined();
    const foreign = { ...headers, origin: 'http://phr.hospital.example' };
    expect((await served.ask({ path: '/api/v1/status', headers: foreign })).status).toBe(403);
  });

  it('says that a port is taken', async () => {
    const served = await serve();
    const second = createDashboard(optionsWith({ port: served.port }));
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.stop();
  });

  it('starts once, stops, frees the port and lets go of the node', async () => {
    const served = await serveFake();
    await expect(served.dashboard.start()).rejects.toMatchObject({ code: 'state' });
    await served.dashboard.stop();
    await served.dashboard.stop();
    expect(served.services.listeners).toBe(0);
    expect(served.clock.timers).toBe(0);
    const again = createDashboard(optionsWith({ port: served.port }));
    expect(await again.start()).toEqual({ port: served.port });
    await again.stop();
  });
});

describe('the host of a request', () => {
  const PATH = '/api/v1/status';

  it.each([
    ['is empty', 'Host:\r\n'],
    ['is named twice', 'Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n'],
    ['is named twice the same', 'Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n'],
    ['comes with a forwarded one', 'Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:PORT\r\n'],
  ])('is refused when it %s', async (_, lines) => {
    const { port } = await serve();
    const text = `GET ${PATH} HTTP/1.1\r\n${lines.replaceAll('PORT', String(port))}Connection: close\r\n\r\n`;
    expect(await raw(port, text)).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('is refused when it is missing', async () => {
    const { port } = await serve();
    expect(await raw(port, `GET ${PATH} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 421 /);
    expect(await raw(port, `GET ${PATH} HTTP/1.1\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is not taken from the target', async () => {
    const { port } = await serve();
    const host = `127.0.0.1:${port}`;
    const to = (target: string, name: string): Promise<string> =>
      raw(port, `GET ${target} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    expect(await to(`http://${host}${PATH}`, 'evil.example')).toMatch(/^HTTP\/1\.1 421 /);
    expect(await to(`http://evil.example${PATH}`, host)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await to(PATH, host)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await to(PATH, `NORTH.localhost:${port}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is no tunnel', async () => {
    const { port } = await serve();
    expect(await raw(port, `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n`)).toBe('');
  });
});

describe('slow and broken clients', () => {
  it.each([
    ['sends half of its headers', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'sends nothing but a promise',
      'POST /api/v1/transactions HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ],
  ])('are cut off when one %s', async (_, text) => {
    const { port } = await serve({ limits: { headersTimeoutMs: 150, requestTimeoutMs: 300 } });
    // Ends because the server ends it: the client never does.
    const answer = await raw(port, text.replace('PORT', String(port)), { isOpenEnded: true });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expectBareRefusal(answer);
  });

  it('that want to be told to go on are refused, under the same headers', async () => {
    const { port, host } = await serve();
    const head = `POST /api/v1/session HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 2\r\n`;
    const answer = await raw(port, `${head}Expect: something\r\n\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1\.1 417 /);
    expectBareRefusal(answer);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ])('that send %s get one line', async (_, text, expected) => {
    const { port, logger } = await serve();
    const answer = await raw(port, text);
    expect(answer).toMatch(expected);
    expectBareRefusal(answer);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('are counted while they stream, whatever length they declare', async () => {
    const served = await serve();
    served.services.addAccount(maria);
    const token = await served.signIn(maria);
    const head = [
      'POST /api/v1/state HTTP/1.1',
      `Host: ${served.host}`,
      'Content-Type: application/json',
      `Authorization: Bearer ${token}`,
      'Transfer-Encoding: chunked',
    ].join('\r\n');
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const answer = await raw(served.port, `${head}\r\n\r\n${chunk.repeat(12)}`, { isOpenEnded: true });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(answer).toContain('"too-large"');
  });

  it('share one budget of bytes in flight, which is given back', async () => {
    const served = await serve({ limits: { bodyBytesInFlightMax: 1000 } });
    served.services.addAccount(maria);
    const token = await served.signIn(maria);
    const ask = (keys: number): Promise<number> =>
      served
        .ask({
          method: 'POST',
          path: '/api/v1/state',
          token,
          json: { keys: Array.from({ length: keys }, () => hexOf('key')) },
        })
        .then(({ status }) => status);
    for (let i = 0; i < 20; i++) expect(await ask(10)).toBe(200);
    expect(await ask(20)).toBe(503);
    expect(await ask(10)).toBe(200);
  });
});

describe('a service that takes its time', () => {
  it('is not waited for longer than the limit, and the answer says what is known', async () => {
    const served = await serve({ limits: { serviceTimeoutMs: 5_000 } });
    served.services.commit = Promise.withResolvers<void>().promise;
    const asked = served.ask({
      method: 'POST',
      path: '/api/v1/transactions',
      json: transactionOf('person.register', 'newcomer'),
    });
    await eventually(() => served.services.calls.length).toBe(1);
    served.clock.advance(5_000);
    const reply = await asked;
    expect([reply.status, reply.json()]).toMatchObject([504, { error: { code: 'not-committed-in-time' } }]);
    expect(served.clock.timers).toBe(0);
  });

  it('answers with its own reason when it has one', async () => {
    const served = await serve();
    served.services.addAccount(maria);
    const token = await served.signIn(maria);
    served.services.failure = new ServiceError('no-quorum', { reachable: 2, quorum: 3 });
    const json = transactionOf('record.anchor', 'maria');
    const reply = await served.ask({ method: 'POST', path: '/api/v1/transactions', json, token });
    expect([reply.status, reply.json()]).toMatchObject([
      503,
      { error: { code: 'no-quorum', facts: { reachable: 2, quorum: 3 } } },
    ]);
  });

  it('never sends what the wire does not name', async () => {
    const served = await serve();
    served.services.current = { ...served.services.statusWith(4), secret: 'key' } as ReturnType<
      FakeServices['statusWith']
    >;
    const reply = await served.ask({ path: '/api/v1/status' });
    expect(reply.status).toBe(500);
    expect(reply.bytes.toString()).not.toContain('secret');
  });
});
