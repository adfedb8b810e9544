import { describe, expect, it } from 'vitest';
import { RateLimiter, addressKey } from '../../../dashboard/security/rate-limits.ts';
import { personOf } from './fake-services.ts';
import { ManualClock, serveFake, transactionOf, trySignIn } from './harness.ts';

const RATE = { perSecond: 2, burst: 4 };

describe('a token bucket', () => {
  it('admits a burst, then what flows in, and says when', () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(RATE, clock);
    for (let i = 0; i < RATE.burst; i++) expect(limiter.take('a').admitted).toBe(true);
    expect(limiter.take('a')).toEqual({ admitted: false, retryAfterMs: 500 });
    clock.advance(499);
    expect(limiter.take('a').admitted).toBe(false);
    clock.advance(1);
    expect(limiter.take('a').admitted).toBe(true);
    expect(limiter.take('a').admitted).toBe(false);
  });

  it('holds no more than a burst, however long nobody came', () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(RATE, clock);
    limiter.take('a');
    clock.advance(3_600_000);
    const admitted = Array.from({ length: 10 }, () => limiter.take('a').admitted);
    expect(admitted.filter(Boolean)).toHaveLength(RATE.burst);
  });

  it('counts keys apart', () => {
    const limiter = new RateLimiter(RATE, new ManualClock());
    for (let i = 0; i < 10; i++) limiter.take('a');
    expect(limiter.take('b').admitted).toBe(true);
  });

  it('stays bounded under a flood of keys, and gives nobody a fresh bucket by it', () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(RATE, clock, 8);
    for (let i = 0; i < 10; i++) limiter.take('spent');
    for (let i = 0; i < 1000; i++) limiter.take(`flood ${i}`);
    expect(limiter.size).toBeLessThanOrEqual(9);
    expect(limiter.take('spent').admitted).toBe(false);
    clock.advance(10_000);
    expect(limiter.take('newcomer').admitted).toBe(true);
    expect(limiter.size).toBeLessThanOrEqual(9);
  });
});

describe('the key of an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['nonsense', 'nonsense'],
    [undefined, 'unknown'],
  ])('of %j is %j', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('a dashboard under load', () => {
  const maria = personOf('maria');

  it('limits strangers without touching who is signed in', async () => {
    const served = await serveFake({ limits: { addressRate: { perSecond: 1, burst: 5 } } });
    try {
      served.services.addAccount(maria);
      const token = await served.signIn(maria);
      const statuses: number[] = [];
      for (let i = 0; i < 6; i++) statuses.push((await served.ask({ path: '/api/v1/status' })).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
      const refused = await served.ask({ path: '/api/v1/status' });
      expect(refused.headers['retry-after']).toBe('1');
      expect(refused.json()).toMatchObject({ error: { code: 'rate-limited' } });
      expect((await served.ask({ path: '/api/v1/ledger/7', token })).status).toBe(200);
      served.clock.advance(1000);
      expect((await served.ask({ path: '/api/v1/status' })).status).toBe(200);
    } finally {
      await served.dashboard.stop();
    }
  });

  it('limits an account by itself', async () => {
    const served = await serveFake({ limits: { accountRate: { perSecond: 1, burst: 2 } } });
    try {
      const bob = personOf('bob');
      served.services.addAccount(maria);
      served.services.addAccount(bob);
      const [ofMaria, ofBob] = [await served.signIn(maria), await served.signIn(bob)];
      const ask = async (token: string): Promise<number> =>
        (await served.ask({ path: '/api/v1/ledger/7', token })).status;
      expect([await ask(ofMaria), await ask(ofMaria), await ask(ofMaria)]).toEqual([200, 200, 429]);
      expect(await ask(ofBob)).toBe(200);
    } finally {
      await served.dashboard.stop();
    }
  });

  it('limits sign-ins and registrations of an address more than the rest', async () => {
    const low = { perSecond: 1, burst: 2 };
    const served = await serveFake({ limits: { signInRate: low, registrationRate: low } });
    try {
      served.services.addAccount(maria);
      expect((await trySignIn(served.ask, served.services, maria)).status).toBe(200);
      expect((await trySignIn(served.ask, served.services, maria)).status).toBe(429);
      const register = async (name: string): Promise<number> => {
        const json = transactionOf('person.register', name);
        return (await served.ask({ method: 'POST', path: '/api/v1/transactions', json })).status;
      };
      expect([await register('a'), await register('b'), await register('c')]).toEqual([200, 200, 429]);
      expect((await served.ask({ path: '/api/v1/status' })).status).toBe(200);
    } finally {
      await served.dashboard.stop();
    }
  });

  it('behind a proxy counts the address that the proxy saw, not what a client claims', async () => {
    const served = await serveFake({
      limits: { addressRate: { perSecond: 1, burst: 2 } },
      options: { behindProxy: true },
    });
    try {
      const ask = async (forwarded: string): Promise<number> =>
        (await served.ask({ path: '/api/v1/status', headers: { 'x-forwarded-for': forwarded } })).status;
      expect([
        await ask('1.1.1.1, 9.9.9.9'),
        await ask('2.2.2.2, 9.9.9.9'),
        await ask('3.3.3.3, 9.9.9.9'),
      ]).toEqual([200, 200, 429]);
      expect(await ask('9.9.9.9, 8.8.8.8')).toBe(200);
    } finally {
      await served.dashboard.stop();
    }
  });

  it('without a proxy believes no X-Forwarded-For', async () => {
    const served = await serveFake({ limits: { addressRate: { perSecond: 1, burst: 2 } } });
    try {
      const ask = async (forwarded: string): Promise<number> =>
        (await served.ask({ path: '/api/v1/status', headers: { 'x-forwarded-for': forwarded } })).status;
      expect([await ask('1.1.1.1'), await ask('2.2.2.2'), await ask('3.3.3.3')]).toEqual([200, 200, 429]);
    } finally {
      await served.dashboard.stop();
    }
  });
});
