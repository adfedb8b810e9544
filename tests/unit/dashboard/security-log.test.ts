import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '#node/runtime';
import { LINES_PER_MINUTE_MAX, SecurityLog } from '../../../dashboard/security/security-log.ts';
import { hexOf, idOf, personOf } from './fake-services.ts';
import { ManualClock, recordingLogger, serveFake, trySignIn } from './harness.ts';
import type { LogLine, Served } from './harness.ts';

const maria = personOf('maria');
const running: Served[] = [];

async function serve(init: Parameters<typeof serveFake>[0] = {}): Promise<Served> {
  const served = await serveFake(init);
  running.push(served);
  served.services.addAccount(maria);
  return served;
}

afterEach(async () => {
  for (const served of running.splice(0)) await served.dashboard.stop();
});

const linesOf = (served: Served, event: string): LogLine[] =>
  served.logger.lines.filter((line) => line.event === event);

describe('the log of a node', () => {
  it('has sign-ins, good and bad, and sign-outs, each with a pseudonym that joins them', async () => {
    const served = await serve();
    const token = await served.signIn(maria);
    const wrong = { ...maria, secretKey: personOf('bob').secretKey };
    expect((await trySignIn(served.ask, served.services, wrong)).status).toBe(401);
    await served.ask({ method: 'DELETE', path: '/api/v1/session', token });
    const [inLine] = linesOf(served, 'signed-in');
    expect(inLine).toMatchObject({ level: 'info', facts: { by: 'program', state: 'active' } });
    const [outLine] = linesOf(served, 'signed-out');
    expect(outLine?.facts['session']).toBe(inLine?.facts['session']);
    expect(outLine?.facts['account']).toBe(inLine?.facts['account']);
    expect(linesOf(served, 'sign-in-refused')).toMatchObject([
      { level: 'warn', facts: { status: 401, code: 'unauthorized', from: inLine?.facts['from'] } },
    ]);
  });

  it.each([
    [
      'a foreign host',
      { path: '/api/v1/status', headers: { host: 'evil.example' } },
      421,
      'host-refused',
      '',
    ],
    [
      'a foreign page',
      { path: '/api/v1/status', headers: { origin: 'http://evil.example' } },
      403,
      'origin-refused',
      '',
    ],
    ['no session', { path: '/api/v1/sessions' }, 401, 'unauthorized', 'GET /sessions'],
    [
      'a shape of its own',
      { path: '/api/v1/ledger/x', isOwn: true },
      400,
      'malformed',
      'GET /ledger/:height',
    ],
    ['another method', { path: '/api/v1/status', method: 'PUT' }, 405, 'method-refused', ''],
  ])(
    'has what is refused for %s',
    async (_, { isOwn, ...ask }: Record<string, unknown>, status, code, route) => {
      const served = await serve();
      const token = isOwn === true ? await served.signIn(maria) : undefined;
      const reply = await served.ask({ path: '/', ...ask, token });
      expect(reply.status).toBe(status);
      expect(linesOf(served, 'request-refused')).toMatchObject([
        { level: 'warn', facts: { status, code, route } },
      ]);
    },
  );

  it('has what comes too often, and counts what it leaves out', async () => {
    const served = await serve({ limits: { addressRate: { perSecond: 0.001, burst: 1 } } });
    const ask = () => served.ask({ path: '/api/v1/status' });
    await ask();
    for (let i = 0; i < LINES_PER_MINUTE_MAX + 7; i++) expect((await ask()).status).toBe(429);
    expect(linesOf(served, 'request-refused')).toHaveLength(LINES_PER_MINUTE_MAX);
    served.clock.advance(60_000);
    await ask();
    expect(linesOf(served, 'request-refused').at(-1)?.facts).toMatchObject({
      code: 'rate-limited',
      leftOut: 7,
    });
  });

  it('has ids that nobody knows when somebody tries to unlock an account, and changes of ways in', async () => {
    const served = await serve();
    const token = await served.signIn(maria);
    const json = { lookup: hexOf('lookup') };
    const unlock = () => served.ask({ method: 'POST', path: '/api/v1/unlock', json });
    await unlock();
    expect(linesOf(served, 'unlock-missed')).toHaveLength(1);
    const wrap = { ...json, kind: 'passphrase', box: 'AAAA', label: 'AAAA' };
    await served.ask({ method: 'POST', path: '/api/v1/wraps', json: wrap, token });
    await unlock();
    expect(linesOf(served, 'unlock-missed')).toHaveLength(1);
    for (let i = 0; i < 2; i++)
      await served.ask({ method: 'POST', path: '/api/v1/wraps/removal', json, token });
    expect(linesOf(served, 'way-in-added')).toHaveLength(1);
    expect(linesOf(served, 'way-in-removed')).toHaveLength(1);
  });

  it('names nobody: no id of a person, no address, no token, nothing that a client wrote', async () => {
    const served = await serve();
    const token = await served.signIn(maria);
    const headers = { 'user-agent': 'agent-canary', origin: 'http://origin-canary.example' };
    await served.ask({ path: `/api/v1/path-canary?query-canary=1`, headers });
    await served.ask({ path: '/api/v1/status', headers: { host: 'host-canary.example' } });
    await served.ask({ method: 'DELETE', path: `/api/v1/people/${hexOf('bob')}/sessions`, token });
    await served.ask({
      method: 'POST',
      path: '/api/v1/state',
      json: { 'field-canary': 'value-canary' },
      token,
    });
    expect(linesOf(served, 'request-refused').length).toBeGreaterThanOrEqual(4);
    const text = JSON.stringify(served.logger.lines);
    for (const secret of ['canary', hexOf('maria'), hexOf('bob'), '127.0.0.1', token])
      expect(text, secret).not.toContain(secret);
  });

  it('joins the lines of one request by its number', async () => {
    const served = await serve();
    await served.ask({ path: '/api/v1/sessions' });
    await served.ask({ path: '/api/v1/sessions' });
    const [first, second] = linesOf(served, 'request-refused').map(({ facts }) => facts['request']);
    expect(first).not.toBe(second);
    expect(linesOf(served, 'request-answered').map(({ facts }) => facts['request'])).toEqual([first, second]);
  });
});

describe('the pseudonyms of a log', () => {
  it('are the same for one person in one process, and for nobody else or in another', () => {
    const pseudonymsOf = (key: string, names: string[]): unknown[] => {
      const logger = recordingLogger();
      const log = new SecurityLog(logger, new ManualClock(), idOf(key));
      const from = { request: 1, address: '192.0.2.1' };
      for (const name of names) log.note({ name: 'signed-in' }, { ...from, account: idOf(name) });
      return logger.lines.map(({ facts }) => facts['account']);
    };
    const [one, again, other] = pseudonymsOf('key', ['maria', 'maria', 'bob']);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    expect(pseudonymsOf('another key', ['maria'])).not.toContain(one);
  });

  it('stay on one line of JSON, whatever a fact holds', () => {
    const written: string[] = [];
    const logger = createLogger(
      { level: 'info', name: 'north' },
      { write: (line) => void written.push(line) },
    );
    logger.warn({ code: 'a\r\nb","event":"forged\u2028' }, 'request-refused');
    const [line = ''] = written;
    expect(written).toHaveLength(1);
    expect(line.trimEnd()).not.toMatch(/[\r\n]/);
    const read = JSON.parse(line) as Record<string, unknown>;
    expect(read).toMatchObject({ node: 'north', event: 'request-refused', level: 40 });
    expect(Date.parse(String(read['time']))).toBeGreaterThan(0);
    expect(String(read['time'])).toMatch(/Z$/);
  });
});
