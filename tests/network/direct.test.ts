import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Mesh, text, textOf, turn, until } from './mesh.ts';

const FRAMES_MAX = 50;
const BYTES_MAX = 4 << 20;

describe('direct messages', () => {
  let mesh: Mesh;
  let heard: { at: number; from: Uint8Array; bytes: Uint8Array }[] = [];
  let hold: Promise<void> = Promise.resolve();
  beforeAll(async () => {
    mesh = await Mesh.start(
      3,
      () => ({
        limits: {
          directQueueFramesMax: FRAMES_MAX,
          directQueueBytesMax: BYTES_MAX,
          directFrameBytesMax: 1 << 20,
        },
      }),
      (network, index) => {
        network.direct.onMessage(async (from, bytes) => {
          heard.push({ at: index, from, bytes });
          await hold;
        });
      },
    );
  });
  beforeEach(() => {
    heard = [];
    hold = Promise.resolve();
  });
  afterAll(async () => mesh.stop());

  it('come from the member that sent them, in order', async () => {
    const { network, id } = mesh.node(0);
    for (let index = 0; index < 40; index += 1) network.direct.send(mesh.node(1).id, text(String(index)));
    await until(() => heard.length === 40);
    expect(heard.map(({ bytes }) => textOf(bytes))).toEqual(
      Array.from({ length: 40 }, (_, index) => String(index)),
    );
    expect(heard.every(({ at, from }) => at === 1 && Buffer.compare(from, id) === 0)).toBe(true);
  });

  it('reach every other member when broadcast, also empty and large ones', async () => {
    mesh.node(1).network.direct.broadcast(new Uint8Array(0));
    mesh.node(1).network.direct.broadcast(new Uint8Array(1 << 20).fill(7));
    await until(() => heard.length === 4);
    expect(heard.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([0, 0, 2, 2]);
    expect(heard.filter(({ bytes }) => bytes.byteLength === 1 << 20)).toHaveLength(2);
  });

  it('above the limit are refused at the sender', () => {
    expect(() => mesh.node(0).network.direct.broadcast(new Uint8Array((1 << 20) + 1))).toThrow(
      expect.objectContaining({ code: 'frame-too-large' }),
    );
  });

  it('to a peer that does not keep up wait in a bounded queue whose oldest are dropped; others are not held up', async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const { network } = mesh.node(0);
    const slow = mesh.node(1).id;
    let most = { frames: 0, bytes: 0 };
    for (let index = 0; index < 600; index += 1) {
      network.direct.send(slow, new Uint8Array(200_000).fill(index & 255));
      const { bytes, frames } = network.direct.backlog(slow);
      most = { frames: Math.max(most.frames, frames), bytes: Math.max(most.bytes, bytes) };
      if (index % 20 === 0) await turn();
    }
    expect(most.frames).toBeLessThanOrEqual(FRAMES_MAX);
    expect(most.bytes).toBeLessThanOrEqual(BYTES_MAX);
    const { dropped } = network.direct.backlog(slow);
    expect(dropped).toBeGreaterThan(300);
    expect(heard.filter(({ at }) => at === 1)).toHaveLength(1);
    mesh.node(2).network.direct.send(mesh.node(0).id, text('not held up'));
    await until(() => heard.some(({ bytes, at }) => at === 0 && textOf(bytes) === 'not held up'));
    gate.resolve();
    await until(
      () => heard.filter(({ at }) => at === 1).length === 600 - network.direct.backlog(slow).dropped,
    );
    expect(heard.filter(({ at }) => at === 1).at(-1)?.bytes[0]).toBe(599 & 255);
  });

  it('to a peer that is down wait within the same bounds and arrive when it is back, newest kept', async () => {
    await mesh.node(2).network.stop();
    await until(() => mesh.node(0).network.connected().length === 1);
    const before = mesh.node(0).network.direct.backlog(mesh.node(2).id).dropped;
    for (let index = 0; index < FRAMES_MAX + 10; index += 1) {
      mesh.node(0).network.direct.send(mesh.node(2).id, text(`away ${index}`));
    }
    expect(mesh.node(0).network.direct.backlog(mesh.node(2).id).frames).toBe(FRAMES_MAX);
    expect(mesh.node(0).network.direct.backlog(mesh.node(2).id).dropped - before).toBe(10);
    const back: string[] = [];
    await mesh.restart(2, (network) => {
      network.direct.onMessage((_from, bytes) => void back.push(textOf(bytes)));
    });
    await until(() => back.length === FRAMES_MAX);
    expect(back[0]).toBe('away 10');
    expect(back.at(-1)).toBe(`away ${FRAMES_MAX + 9}`);
  });

  it('go on after a handler failed', async () => {
    mesh.node(1).network.direct.onMessage(() => {
      throw new Error('handler');
    });
    mesh.node(0).network.direct.send(mesh.node(1).id, text('one'));
    mesh.node(0).network.direct.send(mesh.node(1).id, text('two'));
    await until(() => heard.filter(({ at }) => at === 1).length === 2);
    await until(() => mesh.node(1).log.some(({ event }) => event === 'direct-handler-failed'));
  });

  it('are not taken from a member whose frames are junk; its stream is dropped and its next messages are heard', async () => {
    // The limits of the two sides differ, so that one sends what the other must refuse.
    const other = await Mesh.start(
      2,
      (index) => ({ limits: { directFrameBytesMax: index === 0 ? 5000 : 1000 } }),
      (network, index) => {
        if (index === 1) network.direct.onMessage((from, bytes) => void heard.push({ at: 9, from, bytes }));
      },
    );
    try {
      other.node(0).network.direct.send(other.node(1).id, new Uint8Array(4000));
      await until(() => other.node(1).log.some(({ fields }) => fields['error'] === 'frame-too-large'));
      await until(() => {
        other.node(0).network.direct.send(other.node(1).id, text('good'));
        return heard.some(({ bytes }) => textOf(bytes) === 'good');
      });
      expect(heard.every(({ bytes }) => bytes.byteLength < 1000)).toBe(true);
    } finally {
      await other.stop();
    }
  });
});
