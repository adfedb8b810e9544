import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GossipVerdict } from '#node/network';
import { failureOf, Mesh, text, textOf, TOPIC, turn, until } from './mesh.ts';

interface Seen {
  readonly at: number;
  readonly value: string;
  readonly from: Uint8Array;
}

const quiet = async (): Promise<void> => {
  for (let wait = 0; wait < 60; wait += 1) await turn();
};

/** Publishes from each node until every other has heard it: then the subscriptions have spread. */
async function subscriptionsSpread(mesh: Mesh, seen: () => Seen[]): Promise<void> {
  const others = mesh.nodes.length - 1;
  for (const { network } of mesh.nodes) {
    let attempt = 0;
    await until(async () => {
      attempt += 1;
      const value = `hello ${attempt} ${network.peerId}`.slice(0, 40);
      await network.gossip.publish(TOPIC, text(value));
      for (let wait = 0; wait < 10; wait += 1) await turn();
      return (
        new Set(
          seen()
            .filter((each) => each.value === value)
            .map(({ at }) => at),
        ).size === others
      );
    });
  }
}

describe('gossip among all', () => {
  let mesh: Mesh;
  let seen: Seen[] = [];
  beforeAll(async () => {
    mesh = await Mesh.start(4, undefined, (network, index) => {
      network.gossip.subscribe(TOPIC, (from, bytes) => {
        seen.push({ at: index, value: textOf(bytes.subarray(0, 40)), from });
        return 'accept';
      });
    });
    await subscriptionsSpread(mesh, () => seen);
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(async () => mesh.stop());

  it('reaches every member once and not its sender', async () => {
    await mesh.node(0).network.gossip.publish(TOPIC, text('news'));
    await until(() => seen.length >= 3);
    await quiet();
    expect(seen.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  it('takes nothing from a stranger, which finds no way in', async () => {
    const stranger = await mesh.stranger();
    const { network } = mesh.node(0);
    await failureOf(stranger.dial(multiaddr(`${network.addresses()[0]}/p2p/${network.peerId}`)));
    stranger.services.pubsub.subscribe(TOPIC);
    for (let index = 0; index < 20; index += 1) {
      await failureOf(stranger.services.pubsub.publish(TOPIC, text(`stranger ${index}`)));
      await turn();
    }
    await mesh.node(1).network.gossip.publish(TOPIC, text('after the stranger'));
    await until(() => seen.filter(({ value }) => value === 'after the stranger').length === 3);
    expect(seen.some(({ value }) => value.startsWith('stranger'))).toBe(false);
    await until(() => stranger.getConnections().length === 0);
  });

  it('refuses topics that the net does not speak, a second judge, and what is too large', async () => {
    const { gossip } = mesh.node(0).network;
    expect(await failureOf(gossip.publish('phr/other', text('x')))).toMatchObject({ code: 'topic-unknown' });
    expect(() => gossip.subscribe('phr/other', () => 'accept')).toThrow(
      expect.objectContaining({ code: 'topic-unknown' }),
    );
    expect(() => gossip.subscribe(TOPIC, () => 'accept')).toThrow(
      expect.objectContaining({ code: 'protocol-taken' }),
    );
    expect(await failureOf(gossip.publish(TOPIC, new Uint8Array((1 << 20) + 1)))).toMatchObject({
      code: 'frame-too-large',
    });
  });

  it('carries a message of the largest size', async () => {
    await mesh.node(2).network.gossip.publish(TOPIC, new Uint8Array(1 << 20).fill(120));
    await until(() => seen.filter(({ value }) => value.startsWith('xxxx')).length === 3);
  });
});

describe('gossip along a line of three', () => {
  let mesh: Mesh;
  let seen: Seen[] = [];
  const judge = (value: string): GossipVerdict => {
    if (value.startsWith('junk')) return 'reject';
    if (value.startsWith('later')) return 'ignore';
    if (value.startsWith('fault')) throw new Error('validator');
    return 'accept';
  };
  beforeAll(async () => {
    mesh = await Mesh.line(3, (network, index) => {
      network.gossip.subscribe(TOPIC, async (from, bytes) => {
        const value = textOf(bytes.subarray(0, 40));
        seen.push({ at: index, value, from });
        await turn();
        // Only the one in the middle judges: were the junk forwarded, the end would show it.
        return index === 1 ? judge(value) : 'accept';
      });
    });
    await subscriptionsSpread(mesh, () => seen);
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(async () => mesh.stop());

  it('is forwarded when accepted, and names the neighbour that forwarded it', async () => {
    await mesh.node(0).network.gossip.publish(TOPIC, text('good'));
    await until(() => seen.length === 2);
    expect(seen.map(({ at }) => at)).toEqual([1, 2]);
    expect(seen.map(({ from }) => from)).toEqual([mesh.node(0).id, mesh.node(1).id]);
  });

  it.each(['junk', 'later', 'fault'])('is not forwarded when the verdict is that on "%s"', async (kind) => {
    for (let index = 0; index < 10; index += 1) {
      await mesh.node(0).network.gossip.publish(TOPIC, text(`${kind} ${index}`));
    }
    await until(() => seen.filter(({ at, value }) => at === 1 && value.startsWith(kind)).length === 10);
    // Lost gossip is offered again at each heartbeat, so a good message that passes meanwhile is no proof: wait for
    // one heartbeat (1 s) too.
    for (let wait = 0; wait < 240; wait += 1) await turn();
    await mesh.node(0).network.gossip.publish(TOPIC, text(`good after ${kind}`));
    await until(() => seen.some(({ at, value }) => at === 2 && value === `good after ${kind}`));
    expect(seen.filter(({ at }) => at === 2).map(({ value }) => value)).toEqual([`good after ${kind}`]);
  });
});
