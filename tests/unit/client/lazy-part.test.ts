import { describe, expect, it } from 'vitest';
import { lazyPart } from '../../../node/client/lazy-part.ts';

class Counter {
  #count = 0;
  add(by: number): Promise<number> {
    this.#count += by;
    return Promise.resolve(this.#count);
  }
}

describe('a part that is fetched when it is needed', () => {
  it('is fetched once, by the first call, and keeps its state', async () => {
    let fetched = 0;
    const part = lazyPart(async () => (fetched++, await Promise.resolve(new Counter())), { add: true });
    expect(fetched).toBe(0);
    expect(await Promise.all([part.add(1), part.add(2)])).toEqual([1, 3]);
    expect(await part.add(1)).toBe(4);
    expect(fetched).toBe(1);
  });

  it('passes a failed fetch on, and the next call tries again', async () => {
    let tries = 0;
    const part = lazyPart(
      () => (tries++ === 0 ? Promise.reject(new TypeError('no such file')) : Promise.resolve(new Counter())),
      { add: true },
    );
    await expect(part.add(1)).rejects.toThrow('no such file');
    expect(await part.add(1)).toBe(1);
  });
});
