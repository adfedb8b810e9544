import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromBase64Url, sha256, toBase64Url, toHex } from '#crypto';
import { SESSION_COOKIE } from '#node/client';
import { CHALLENGE_LIFETIME_MS, Challenges } from '../../../dashboard/security/challenges.ts';
import {
  SESSION_ABSOLUTE_MS,
  SESSION_IDLE_MS,
  Sessions,
  tokenOf,
} from '../../../dashboard/security/sessions.ts';
import { FakeServices, backend, idOf, personOf } from './fake-services.ts';
import { ManualClock, serveFake, signatureOver, trySignIn } from './harness.ts';
import type { Reply, Served } from './harness.ts';

const maria = personOf('maria');
const bob = personOf('bob');
const LIMITS = { sessionsPerAccountMax: 3, sessionsMax: 6 };

describe('the session table', () => {
  const table = (): {
    sessions: Sessions;
    clock: ManualClock;
    open: (name: string, tentative?: boolean) => string;
  } => {
    const clock = new ManualClock();
    const sessions = new Sessions(backend, clock, LIMITS);
    const open = (name: string, tentative = false): string =>
      sessions.open(idOf(name), idOf(`key of ${name}`), tentative)?.token ?? 'refused';
    return { sessions, clock, open };
  };

  it('hands out tokens of 256 bits and keeps their hashes only', () => {
    const { sessions, open } = table();
    const kept = vi.spyOn(Map.prototype, 'set');
    const tokens = [open('maria'), open('maria'), open('bob')];
    const stored = JSON.stringify(kept.mock.calls.map(([key, value]: unknown[]) => [key, value]));
    kept.mockRestore();
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) {
      const bytes = fromBase64Url(token);
      expect(bytes).toHaveLength(32);
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(toHex(bytes));
      expect(stored).toContain(toHex(sha256(bytes)));
    }
    expect(sessions.use(tokens[0] ?? '')).toBe(toHex(idOf('maria')));
  });

  it('ends a session that is not used, and not a day later than its use', () => {
    const { sessions, clock, open } = table();
    const token = open('maria');
    clock.advance(SESSION_IDLE_MS - 1);
    expect(sessions.use(token)).toBeDefined();
    clock.advance(SESSION_IDLE_MS - 1);
    expect(sessions.use(token)).toBeDefined();
    clock.advance(SESSION_IDLE_MS);
    expect(sessions.use(token)).toBeUndefined();
    expect(sessions.size).toBe(0);
  });

  it('ends a session that is always used after its absolute time', () => {
    const { sessions, clock, open } = table();
    const token = open('maria');
    for (let usedMs = 0; usedMs < SESSION_ABSOLUTE_MS - 600_000; usedMs += 600_000) {
      clock.advance(600_000);
      expect(sessions.use(token)).toBeDefined();
    }
    clock.advance(600_000);
    expect(sessions.use(token)).toBeUndefined();
  });

  it('ends the least recently used session of an account that opens one too many', () => {
    const { sessions, open } = table();
    const [first, second, third] = [open('maria'), open('maria'), open('maria')];
    sessions.use(first);
    const fourth = open('maria');
    expect([first, second, third, fourth].map((token) => sessions.use(token) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('is never pushed full by accounts that nobody approved', () => {
    const { sessions, open } = table();
    const approved = open('maria');
    for (let stranger = 0; stranger < 50; stranger++) open(`stranger ${stranger}`, true);
    expect(sessions.size).toBe(LIMITS.sessionsMax);
    expect(sessions.use(approved)).toBeDefined();
    expect(sessions.use(open('bob'))).toBeDefined();
  });

  it('refuses rather than end a session of another approved account', () => {
    const { sessions, open } = table();
    const tokens = Array.from({ length: LIMITS.sessionsMax }, (_, index) => open(`doctor ${index}`));
    expect(open('one more')).toBe('refused');
    for (const token of tokens) expect(sessions.use(token)).toBeDefined();
  });

  it.each(['', 'x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}B`, '\u0000'.repeat(43), '__proto__'])(
    'takes %j for no token',
    (token) => {
      const { sessions, open } = table();
      open('maria');
      expect(sessions.use(token)).toBeUndefined();
      sessions.end(token);
      expect(sessions.size).toBe(1);
    },
  );
});

describe('the token of a request', () => {
  it.each([
    [{ authorization: 'Bearer abc' }, { token: 'abc', from: 'bearer' }],
    [{ authorization: 'Bearer ' }, undefined],
    [{ authorization: 'Basic abc' }, undefined],
    [{ cookie: `${SESSION_COOKIE}=abc` }, { token: 'abc', from: 'cookie' }],
    [{ cookie: `a=b; ${SESSION_COOKIE}=abc; c=d` }, { token: 'abc', from: 'cookie' }],
    [{ cookie: `x${SESSION_COOKIE}=abc` }, undefined],
    [{ cookie: `${SESSION_COOKIE}=abc; ${SESSION_COOKIE}=def` }, undefined],
    [
      { authorization: 'Bearer abc', cookie: `${SESSION_COOKIE}=def` },
      { token: 'abc', from: 'bearer' },
    ],
    [{}, undefined],
  ])('of %j is %j', (headers, expected) => {
    expect(tokenOf(headers)).toEqual(expected);
  });
});

describe('challenges', () => {
  it('are 32 bytes, differ, and work once, for their person, for a minute', () => {
    const clock = new ManualClock();
    const challenges = new Challenges(backend, clock);
    const { challenge, expiresAtMs } = challenges.issue(maria.id);
    expect(challenge).toHaveLength(32);
    expect(expiresAtMs).toBe(clock.now() + CHALLENGE_LIFETIME_MS);
    expect(challenges.issue(maria.id).challenge).not.toEqual(challenge);
    expect(challenges.redeem(bob.id, challenge)).toBe('invalid');
    expect(challenges.redeem(maria.id, challenge)).toBe('redeemed');
    expect(challenges.redeem(maria.id, challenge)).toBe('invalid');
    const late = challenges.issue(maria.id).challenge;
    clock.advance(CHALLENGE_LIFETIME_MS);
    expect(challenges.redeem(maria.id, late)).toBe('invalid');
  });

  it('can not be made by anybody else, nor be given a longer life', () => {
    const clock = new ManualClock();
    const challenges = new Challenges(backend, clock);
    const { challenge } = challenges.issue(maria.id);
    for (let byte = 0; byte < challenge.length; byte++) {
      const forged = Uint8Array.from(challenge);
      forged[byte] = (forged[byte] ?? 0) ^ 1;
      expect(challenges.isOpen(maria.id, forged)).toBe(false);
    }
    expect(challenges.isOpen(maria.id, challenge.subarray(1))).toBe(false);
    expect(new Challenges(backend, clock).isOpen(maria.id, challenge)).toBe(false);
    expect(challenges.isOpen(maria.id, challenge)).toBe(true);
  });

  it('are remembered only when spent, in a bounded table that time empties', () => {
    const clock = new ManualClock();
    const challenges = new Challenges(backend, clock, 2);
    const redeem = (): string => challenges.redeem(maria.id, challenges.issue(maria.id).challenge);
    expect([redeem(), redeem(), redeem()]).toEqual(['redeemed', 'redeemed', 'full']);
    clock.advance(CHALLENGE_LIFETIME_MS);
    expect(redeem()).toBe('redeemed');
  });
});

describe('signing in', () => {
  let served: Served;

  beforeEach(async () => {
    served = await serveFake();
    served.services.addAccount(maria);
  });

  afterEach(async () => served.dashboard.stop());

  const state = (token: string | undefined, headers: Record<string, string> = {}): Promise<Reply> =>
    served.ask({
      method: 'POST',
      path: '/api/v1/state',
      json: { keys: [toHex(idOf('key'))] },
      token,
      headers,
    });

  const answer = (challenge: string, signature: string, person = maria): Promise<Reply> =>
    served.ask({
      method: 'POST',
      path: '/api/v1/session',
      json: { person: toHex(person.id), challenge, signature },
    });

  const challengeFor = async (person = maria): Promise<string> => {
    const json = { person: toHex(person.id) };
    const reply = await served.ask({ method: 'POST', path: '/api/v1/session/challenge', json });
    return reply.json<{ challenge: string }>().challenge;
  };

  it('gives a program a token and no cookie', async () => {
    const reply = await trySignIn(served.ask, served.services, maria);
    expect(reply.status).toBe(200);
    expect(reply.headers['set-cookie']).toBeUndefined();
    expect((await state(reply.json<{ token: string }>().token)).status).toBe(200);
  });

  it('gives a browser a cookie that no script can read, and no token', async () => {
    const headers = { origin: served.origin };
    const reply = await trySignIn(served.ask, served.services, maria, headers);
    expect(reply.json()).toMatchObject({ token: '' });
    const cookie = reply.headers['set-cookie']?.[0] ?? '';
    for (const part of ['__Host-phr-session=', 'Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) {
      expect(cookie).toContain(part);
    }
    expect(cookie).not.toMatch(/domain/i);
    const sent = cookie.split(';')[0] ?? '';
    expect((await state(undefined, { ...headers, cookie: sent })).status).toBe(200);
    // Without a word on where it comes from, a changing request is not let in by a cookie.
    expect((await state(undefined, { cookie: sent })).status).toBe(401);
    const left = await served.ask({
      method: 'DELETE',
      path: '/api/v1/session',
      headers: { ...headers, cookie: sent },
    });
    expect(left.status).toBe(204);
    expect(left.headers['set-cookie']?.[0]).toContain('Max-Age=0');
    expect(left.headers['clear-site-data']).toBe('"cache"');
    expect((await state(undefined, { ...headers, cookie: sent })).status).toBe(401);
  });

  it.each(['cookie', 'bearer'])('ends the session that it came with by %s, whoever signs in', async (by) => {
    served.services.addAccount(bob);
    for (const person of [maria, bob]) {
      const headers = by === 'cookie' ? { origin: served.origin } : {};
      const first = await trySignIn(served.ask, served.services, maria, headers);
      const old: Record<string, string> =
        by === 'cookie'
          ? { ...headers, cookie: first.headers['set-cookie']?.[0]?.split(';')[0] ?? '' }
          : { authorization: `Bearer ${first.json<{ token: string }>().token}` };
      expect((await state(undefined, old)).status).toBe(200);
      expect((await trySignIn(served.ask, served.services, person, old)).status).toBe(200);
      expect((await state(undefined, old)).status).toBe(401);
    }
  });

  it('leaves the session that a refused sign-in came with', async () => {
    const token = await served.signIn(maria);
    const wrong = { ...maria, secretKey: bob.secretKey };
    const headers = { authorization: `Bearer ${token}` };
    expect((await trySignIn(served.ask, served.services, wrong, headers)).status).toBe(401);
    expect((await state(token)).status).toBe(200);
  });

  it('refuses a challenge that was used', async () => {
    const challenge = await challengeFor();
    const signature = signatureOver(served.services, maria, challenge);
    expect((await answer(challenge, signature)).status).toBe(200);
    expect((await answer(challenge, signature)).status).toBe(401);
  });

  it('refuses a challenge after a minute', async () => {
    const challenge = await challengeFor();
    served.clock.advance(CHALLENGE_LIFETIME_MS);
    expect((await answer(challenge, signatureOver(served.services, maria, challenge))).status).toBe(401);
  });

  it('refuses signatures of another person, over another chain or node, and over nothing', async () => {
    const challenge = await challengeFor();
    const { services } = served;
    const elsewhere = Object.assign(new FakeServices(), { nodeId: idOf('another node') });
    const otherChain = Object.assign(new FakeServices(), { chainId: idOf('another chain') });
    const signatures = [
      signatureOver(services, { ...bob, id: maria.id }, challenge),
      signatureOver(elsewhere, maria, challenge),
      signatureOver(otherChain, maria, challenge),
      signatureOver(services, maria, toBase64Url(idOf('no challenge'))),
      toBase64Url(new Uint8Array(64)),
    ];
    for (const signature of signatures) expect((await answer(challenge, signature)).status).toBe(401);
    // The failures above did not use the challenge up: nobody is locked out by the tries of others.
    expect((await answer(challenge, signatureOver(services, maria, challenge))).status).toBe(200);
  });

  it('refuses signatures and challenges of other lengths as malformed', async () => {
    const challenge = await challengeFor();
    expect((await answer(challenge, 'AAAA')).status).toBe(400);
    expect((await answer('AAAA', 'A'.repeat(86))).status).toBe(401);
  });

  it('answers an unknown person like a wrong signature', async () => {
    const reply = await trySignIn(served.ask, served.services, bob);
    expect([reply.status, reply.json()]).toMatchObject([401, { error: { code: 'unauthorized' } }]);
  });

  it.each(['refused', 'suspended', 'revoked'] as const)(
    'tells an account that is %s so, and opens nothing',
    async (is) => {
      served.services.addAccount(maria, is);
      const reply = await trySignIn(served.ask, served.services, maria);
      expect([reply.status, reply.json()]).toMatchObject([
        403,
        { error: { code: 'forbidden', facts: { state: is } } },
      ]);
    },
  );

  it('ends sessions when the account is suspended, and does not revive them when it is back', async () => {
    const token = await served.signIn(maria);
    served.services.addAccount(maria, 'suspended');
    served.services.emit({ kind: 'block', block: served.services.blockEvent(129) });
    served.services.addAccount(maria, 'active');
    expect((await state(token)).status).toBe(401);
  });

  it('ends sessions of a suspended account at its next request, too', async () => {
    const token = await served.signIn(maria);
    served.services.addAccount(maria, 'suspended');
    expect((await state(token)).status).toBe(401);
    served.services.addAccount(maria, 'active');
    expect((await state(token)).status).toBe(401);
  });

  it.each(['at once', 'at the next request'])(
    'ends what a former key opened %s, and nothing else',
    async (when) => {
      served.services.addAccount(bob);
      const [token, other] = [await served.signIn(maria), await served.signIn(bob)];
      const rotated = personOf('maria with new keys');
      const next = { ...rotated, id: maria.id };
      served.services.addAccount(next);
      if (when === 'at once') served.services.emit({ kind: 'block', block: served.services.blockEvent(129) });
      const status = async (bearer: string): Promise<number> => (await state(bearer)).status;
      expect(await status(token)).toBe(401);
      // A key that comes back does not bring its sessions back.
      served.services.addAccount(maria);
      expect([await status(token), await status(other)]).toEqual([401, 200]);
      served.services.addAccount(next);
      expect(await status(await served.signIn(next))).toBe(200);
      expect((await trySignIn(served.ask, served.services, maria)).status).toBe(401);
    },
  );

  it('leaves the sessions of others alone', async () => {
    served.services.addAccount(bob);
    const [ofMaria, ofBob] = [await served.signIn(maria), await served.signIn(bob)];
    served.services.addAccount(maria, 'revoked');
    expect((await state(ofMaria)).status).toBe(401);
    expect((await state(ofBob)).status).toBe(200);
  });

  it('ends with the idle time and with the sign-out', async () => {
    const token = await served.signIn(maria);
    served.clock.advance(SESSION_IDLE_MS);
    expect((await state(token)).status).toBe(401);
    const second = await served.signIn(maria);
    expect((await served.ask({ method: 'DELETE', path: '/api/v1/session', token: second })).status).toBe(204);
    expect((await state(second)).status).toBe(401);
  });
});
