import { describe, expect, it } from 'vitest';
import { lazyPart } from '../../../node/client/lazy-part.ts';

class Counter {
  #count = 0;
  add(by: number): Promise<number> {
    this.#count += by;
    return Promise.resolve(this.#count);
  }
}

class Steps {
  readonly #last = 4;
  async *upTo(first: number): AsyncGenerator<number> {
    for (let step = first; step <= this.#last; step++) yield await Promise.resolve(step);
  }
}

async function all<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const step of steps) list.push(step);
  return list;
}

describe('a part that is fetched when it is needed', () => {
  it('is fetched once, by the first call, and keeps its state', async () => {
    let fetched = 0;
    const part = lazyPart(async () => (fetched++, await Promise.resolve(new Counter())), { add: 'promise' });
    expect(fetched).toBe(0);
    expect(await Promise.all([part.add(1), part.add(2)])).toEqual([1, 3]);
    expect(await part.add(1)).toBe(4);
    expect(fetched).toBe(1);
  });

  it('passes a failed fetch on, and the next call tries again', async () => {
    let tries = 0;
    const part = lazyPart(
      () => (tries++ === 0 ? Promise.reject(new TypeError('no such file')) : Promise.resolve(new Counter())),
      { add: 'promise' },
    );
    await expect(part.add(1)).rejects.toThrow('no such file');
    expect(await part.add(1)).toBe(1);
  });

  it('gives out one by one what it makes one by one, fetched by who asks for the first', async () => {
    let fetched = 0;
    const part = lazyPart(async () => (fetched++, await Promise.resolve(new Steps())), { upTo: 'generator' });
    const steps = part.upTo(3);
    expect(fetched).toBe(0);
    expect(await all(steps)).toEqual([3, 4]);
    expect(await all(part.upTo(5))).toEqual([]);
    expect(fetched).toBe(1);
  });
});
