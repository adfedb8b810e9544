import { randomBytes } from 'node:crypto';
import type { Stream } from '@libp2p/interface';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, FrameBuffer } from '../../node/network/frame-buffer.ts';
import { FrameQueue } from '../../node/network/frame-queue.ts';
import { FrameStream } from '../../node/network/frame-stream.ts';
import { failureOf, Mesh, text, until } from './mesh.ts';

const never = new AbortController().signal;
const MIB = 1 << 20;

describe('frame buffer', () => {
  it('finds the frames in bytes that come in pieces of any size', () => {
    const frames = [0, 1, 3, 500, 70_000, 5].map((length) => new Uint8Array(randomBytes(length)));
    const bytes = Buffer.concat(frames.map(encodeFrame));
    for (const piece of [1, 2, 3, 7, 4096, bytes.length]) {
      const buffer = new FrameBuffer(70_000);
      const found: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += piece) {
        buffer.append(bytes.subarray(at, at + piece));
        for (let frame = buffer.take(); frame !== undefined; frame = buffer.take()) found.push(frame);
      }
      expect(found).toEqual(frames);
      expect(buffer.byteLength).toBe(0);
    }
  });

  it('refuses a length above the limit as soon as its header is there', () => {
    const buffer = new FrameBuffer(10);
    buffer.append(new Uint8Array([0, 0, 0, 11]));
    expect(() => buffer.hasFrame()).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
    expect(() => buffer.take()).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
  });

  it('gives frames that are not changed by what comes later', () => {
    const buffer = new FrameBuffer(100);
    buffer.append(encodeFrame(text('first')));
    const first = buffer.take();
    buffer.append(encodeFrame(text('other')));
    buffer.take();
    expect(first).toEqual(text('first'));
  });
});

describe('frame queue', () => {
  it('never holds more frames or bytes than allowed, drops the oldest and counts them', () => {
    const queue = new FrameQueue(100, 5000);
    for (let index = 0; index < 10_000; index += 1) {
      queue.push(new Uint8Array(index % 200).fill(index & 255));
      expect(queue.length).toBeLessThanOrEqual(100);
      expect(queue.bytes).toBeLessThanOrEqual(5000);
      if (index % 3 === 0) queue.shift();
    }
    expect(queue.dropped).toBeGreaterThan(0);
    let bytes = 0;
    for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) bytes += frame.byteLength;
    expect(bytes).toBeGreaterThan(0);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it('gives frames in the order they came', () => {
    const queue = new FrameQueue(3, 1000);
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.push(text(name));
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([
      text('c'),
      text('d'),
      text('e'),
      undefined,
    ]);
    expect(queue.dropped).toBe(2);
  });

  it('drops a frame that is larger than the whole queue', () => {
    const queue = new FrameQueue(3, 10);
    queue.push(new Uint8Array(11));
    expect([queue.length, queue.bytes, queue.dropped]).toEqual([0, 0, 1]);
  });
});

describe('frame stream between two hosts', () => {
  let mesh: Mesh;
  let dial: () => Promise<{ near: Stream; far: Stream }>;
  beforeAll(async () => {
    mesh = new Mesh();
    const [left, right] = [await mesh.stranger(), await mesh.stranger()];
    const arrived: Stream[] = [];
    await right.handle('/frames/1.0.0', (stream) => void arrived.push(stream));
    dial = async () => {
      const near = await left.dialProtocol(right.getMultiaddrs(), '/frames/1.0.0');
      await until(() => arrived.length > 0);
      const far = arrived.shift();
      if (far === undefined) throw new Error('no stream');
      return { near, far };
    };
  });
  afterAll(async () => mesh.stop());

  it('carries frames of all sizes in order, both ways', async () => {
    const { near, far } = await dial();
    const [a, b] = [new FrameStream(near, MIB * 3), new FrameStream(far, MIB * 3)];
    const frames = [0, 1, 1000, 300_000, MIB * 3, 2].map((length) => new Uint8Array(randomBytes(length)));
    const send = async (stream: FrameStream): Promise<void> => {
      for (const frame of frames) await stream.write(frame, never);
      await stream.close(never);
    };
    const receive = async (stream: FrameStream): Promise<(Uint8Array | undefined)[]> => {
      const got: (Uint8Array | undefined)[] = [];
      for (;;) {
        const frame = await stream.read(never);
        if (frame === undefined) return got;
        got.push(frame);
      }
    };
    const [, , atB, atA] = await Promise.all([send(a), send(b), receive(b), receive(a)]);
    expect(atB).toEqual(frames);
    expect(atA).toEqual(frames);
  });

  it('holds back a fast sender whose frames nobody reads, and delivers all of them once somebody does', async () => {
    const { near, far } = await dial();
    const [sender, reader] = [new FrameStream(near, 0), new FrameStream(far, MIB)];
    const frame = new Uint8Array(64 * 1024);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 400; sent += 1) await sender.write(frame, never);
      await sender.close(never);
    })();
    // It stops by itself: count until nothing moves for 40 turns.
    let [still, before] = [0, -1];
    await until(() => {
      still = sent === before ? still + 1 : 0;
      before = sent;
      return sent > 0 && still >= 40;
    });
    expect(sent).toBeLessThan(200);
    expect(reader.bufferedBytes).toBeLessThan(4 * MIB);
    expect(near.writeBufferLength).toBeLessThan(2 * frame.byteLength);
    let received = 0;
    while ((await reader.read(never)) !== undefined) {
      received += 1;
      expect(reader.bufferedBytes).toBeLessThan(4 * MIB);
    }
    await sending;
    expect(received).toBe(400);
  });

  it('drops a stream whose header promises too much, and remembers why', async () => {
    const { near, far } = await dial();
    const reader = new FrameStream(far, 1000);
    near.send(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    expect(await failureOf(reader.read(never))).toMatchObject({ code: 'frame-too-large' });
    expect(await failureOf(reader.read(never))).toMatchObject({ code: 'frame-too-large' });
    await until(() => near.status !== 'open');
  });

  it('tells an end between frames from one within a frame', async () => {
    const whole = await dial();
    const reader = new FrameStream(whole.far, 1000);
    whole.near.send(encodeFrame(text('last')));
    await whole.near.close();
    expect(await reader.read(never)).toEqual(text('last'));
    expect(await reader.read(never)).toBeUndefined();
    const cut = await dial();
    const other = new FrameStream(cut.far, 1000);
    cut.near.send(encodeFrame(text('last')).subarray(0, 6));
    await cut.near.close();
    expect(await failureOf(other.read(never))).toMatchObject({ code: 'stream-closed' });
  });

  it('gives frames that came before a reset, then says that the stream is gone', async () => {
    const { near, far } = await dial();
    const reader = new FrameStream(far, 1000);
    near.send(encodeFrame(text('one')));
    expect(await reader.read(never)).toEqual(text('one'));
    near.abort(new Error('gone'));
    expect(await failureOf(reader.read(never))).toMatchObject({ code: 'stream-closed' });
    expect(await failureOf(new FrameStream(near, 10).read(never))).toMatchObject({ code: 'stream-closed' });
    expect(await failureOf(new FrameStream(near, 10).write(text('x'), never))).toMatchObject({
      code: 'stream-closed',
    });
  });

  it('stops waiting to read or to write when the signal fires', async () => {
    const { near, far } = await dial();
    const [sender, reader] = [new FrameStream(near, 10), new FrameStream(far, 16 * MIB)];
    expect(await failureOf(sender.read(AbortSignal.timeout(20)))).toMatchObject({ code: 'timeout' });
    const giveUp = new AbortController();
    far.pause();
    const writing = failureOf(sender.write(new Uint8Array(16 * MIB), giveUp.signal));
    await until(() => near.writeBufferLength > 0);
    giveUp.abort();
    expect(await writing).toMatchObject({ code: 'aborted' });
    reader.abort();
  });
});
