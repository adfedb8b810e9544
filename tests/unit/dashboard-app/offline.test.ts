import { describe, expect, it } from 'vitest';
import { answerOf } from '../../../dashboard/app/offline/answer.ts';
import type { Kept } from '../../../dashboard/app/offline/answer.ts';

const ORIGIN = 'http://north.localhost:1';
const ASSET = '/assets/index.01234567.js';

class Cache implements Kept {
  readonly held = new Map<string, Response>();
  match(path: string): Promise<Response | undefined> {
    return Promise.resolve(this.held.get(path));
  }
  put(path: string, response: Response): Promise<void> {
    this.held.set(path, response);
    return Promise.resolve();
  }
}

const asked = (path: string, more: { method?: string; mode?: string; origin?: string } = {}) => ({
  url: `${more.origin ?? ORIGIN}${path}`,
  method: more.method ?? 'GET',
  mode: more.mode ?? 'cors',
});
/** As a browser marks an answer of one's own origin. */
const answered = (text: string, status = 200, type = 'basic'): Response =>
  Object.defineProperty(new Response(text, { status }), 'type', { value: type });
const away = (): Promise<Response> => Promise.reject(new TypeError('no network'));

describe('the service worker', () => {
  it('leaves the API, changes, other origins and names without a hash to the network', () => {
    const requests = [
      asked('/api/v1/status'),
      asked('/api/v1/state', { method: 'POST' }),
      asked('/api/v1/genesis', { mode: 'navigate' }),
      asked(ASSET, { method: 'POST' }),
      asked(ASSET, { origin: 'http://evil.example' }),
      asked('/assets/../api/v1/status'),
      asked('/assets/index.js'),
      asked('/assets/x/index.01234567.js'),
      asked('/service-worker.js'),
      asked('/patient'),
    ];
    const cache = new Cache();
    for (const request of requests) expect(answerOf(request, ORIGIN, cache, away)).toBeUndefined();
    expect(cache.held.size).toBe(0);
  });

  it('asks once for what is named by its content', async () => {
    const cache = new Cache();
    const first = await answerOf(asked(ASSET), ORIGIN, cache, () => Promise.resolve(answered('code')));
    expect(await first?.text()).toBe('code');
    const again = await answerOf(asked(ASSET), ORIGIN, cache, away);
    expect(await again?.text()).toBe('code');
  });

  it('keeps no refusal and nothing that came from elsewhere', async () => {
    const cache = new Cache();
    for (const response of [answered('no', 404), answered('no', 500), answered('', 200, 'opaqueredirect')]) {
      await answerOf(asked(ASSET), ORIGIN, cache, () => Promise.resolve(response));
    }
    expect(cache.held.size).toBe(0);
  });

  it('takes a page from the node while there is one, and the kept one when there is not', async () => {
    const cache = new Cache();
    const visit = asked('/patient/records', { mode: 'navigate' });
    await expect(answerOf(visit, ORIGIN, cache, away)).rejects.toThrow('no network');
    cache.held.set('/', answered('kept'));
    const live = await answerOf(visit, ORIGIN, cache, () => Promise.resolve(answered('new')));
    expect(await live?.text()).toBe('new');
    expect(await (await answerOf(visit, ORIGIN, cache, away))?.text()).toBe('kept');
    // What came from the node is one page for everybody, and is not written down by a visit.
    expect([...cache.held.keys()]).toEqual(['/']);
  });
});
