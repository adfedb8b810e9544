import { afterEach, describe, expect, it } from 'vitest';
import { CHAIN_BLOCKS_MAX, CHAIN_BYTES_MAX } from '#node/client';
import { FakeServices, personOf } from './fake-services.ts';
import { serveFake } from './harness.ts';
import type { Served } from './harness.ts';

/** A chain of blocks of chosen sizes. */
class Chain extends FakeServices {
  readonly sizes: readonly number[];
  constructor(sizes: readonly number[]) {
    super();
    this.sizes = sizes;
  }
  override ledgerBlock(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined {
    const size = this.sizes[height - 1];
    return size === undefined
      ? undefined
      : { block: new Uint8Array(size).fill(height), certificate: new Uint8Array(8) };
  }
}

let served: Served | undefined;
afterEach(async () => served?.dashboard.stop());

async function heightsFrom(height: number, sizes: readonly number[]): Promise<number[] | number> {
  const services = new Chain(sizes);
  served = await serveFake({ services });
  const maria = personOf('maria');
  services.addAccount(maria);
  const token = await served.signIn(maria);
  const reply = await served.ask({ path: `/api/v1/chain/${height}`, token });
  if (reply.status !== 200) return reply.status;
  const { blocks } = reply.json<{ blocks: { block: string }[] }>();
  return blocks.map(({ block }) => Buffer.from(block, 'base64url')[0] ?? -1);
}

describe('blocks in a row', () => {
  it('begin where they were asked for, and end with the chain', async () => {
    expect(await heightsFrom(2, [10, 10, 10])).toEqual([2, 3]);
  });

  it('are so many at most, and so many bytes', async () => {
    const many = await heightsFrom(
      1,
      Array.from({ length: 200 }, () => 10),
    );
    expect(many).toHaveLength(CHAIN_BLOCKS_MAX);
  });

  it('are fewer where they are large, but one at least', async () => {
    const third = Math.ceil(CHAIN_BYTES_MAX / 3);
    expect(await heightsFrom(1, [third, third, third, third])).toEqual([1, 2]);
  });

  it('come one by one where one alone is beyond the bound', async () => {
    expect(await heightsFrom(1, [CHAIN_BYTES_MAX + 1, 10])).toEqual([1]);
  });

  it('are not there above the head', async () => {
    expect(await heightsFrom(4, [10, 10, 10])).toBe(404);
  });
});
