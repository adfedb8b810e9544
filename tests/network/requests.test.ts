import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkError } from '#node/network';
import { failureOf, Mesh, text, textOf, until } from './mesh.ts';

class Refused extends Error {
  readonly code: string;

  constructor(code: string) {
    super('Maria Lopez, secret');
    this.code = code;
  }
}

describe('requests', () => {
  let mesh: Mesh;
  let gate = Promise.withResolvers<void>();
  let working = 0;
  let workingMax = 0;
  let aborted = 0;
  beforeAll(async () => {
    mesh = await Mesh.start(3, undefined, (network, index) => {
      if (index !== 0) return;
      network.handle('/phr/echo/1.0.0', async (_from, bytes) => bytes, {
        requestBytesMax: 100_000,
        concurrentMax: 64,
      });
      network.handle('/phr/who/1.0.0', async (from) => from, { requestBytesMax: 10, concurrentMax: 4 });
      network.handle(
        '/phr/fail/1.0.0',
        async (_from, bytes) => {
          throw new Refused(textOf(bytes));
        },
        { requestBytesMax: 1000, concurrentMax: 4 },
      );
      network.handle(
        '/phr/slow/1.0.0',
        async (_from, bytes, signal) => {
          working += 1;
          workingMax = Math.max(workingMax, working);
          signal.addEventListener('abort', () => (aborted += 1));
          await gate.promise;
          working -= 1;
          return bytes;
        },
        { requestBytesMax: 10, concurrentMax: 4 },
      );
      network.handle('/phr/large/1.0.0', async () => new Uint8Array(5000), {
        requestBytesMax: 10,
        concurrentMax: 4,
        responseBytesMax: 1000,
      });
      network.handle('/phr/late/1.0.0', async () => new Promise<never>(() => undefined), {
        requestBytesMax: 10,
        concurrentMax: 4,
        timeoutMs: 100,
      });
    });
  });
  afterAll(async () => {
    gate.resolve();
    await mesh.stop();
  });
  const ask = async (
    protocol: `/phr/${string}`,
    bytes: Uint8Array,
    options: { signal?: AbortSignal; bytesMax?: number; timeoutMs?: number } = {},
    from = 1,
  ) => mesh.node(from).network.request(mesh.node(0).id, protocol, bytes, { bytesMax: 200_000, ...options });

  it('brings back the answer, of any size up to the limits', async () => {
    for (const length of [0, 1, 70_000, 100_000]) {
      const bytes = new Uint8Array(length).fill(length & 255);
      expect(await ask('/phr/echo/1.0.0', bytes)).toEqual(bytes);
    }
  });

  it('tells the handler which member asks, as its connection proves', async () => {
    expect(await ask('/phr/who/1.0.0', text('')))?.toEqual(mesh.node(1).id);
    expect(await ask('/phr/who/1.0.0', text(''), {}, 2)).toEqual(mesh.node(2).id);
  });

  it('answers many at once without mixing them up', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) =>
        textOf(await ask('/phr/echo/1.0.0', text(`request ${index}`))),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 30 }, (_, index) => `request ${index}`));
  });

  it('passes on the code of a failed handler and nothing of its text', async () => {
    const failure = await failureOf(ask('/phr/fail/1.0.0', text('grant-revoked')));
    expect(failure).toMatchObject({ code: 'remote-failed', remoteCode: 'grant-revoked' });
    const odd = (await failureOf(ask('/phr/fail/1.0.0', text('Not A Code!')))) as NetworkError;
    expect(odd.remoteCode).toBe('internal');
    expect(JSON.stringify([failure, odd, mesh.node(0).log, mesh.node(1).log])).not.toContain('Lopez');
  });

  it('refuses a request above the limit before taking it in', async () => {
    const failure = await failureOf(ask('/phr/echo/1.0.0', new Uint8Array(100_001)));
    expect(failure).toMatchObject({ code: 'stream-closed' });
    expect(await ask('/phr/echo/1.0.0', text('still there'))).toEqual(text('still there'));
  });

  it('refuses an answer above what the asker accepts, and one above what the handler may give', async () => {
    expect(await failureOf(ask('/phr/echo/1.0.0', new Uint8Array(5000), { bytesMax: 4999 }))).toMatchObject({
      code: 'frame-too-large',
    });
    expect(await failureOf(ask('/phr/large/1.0.0', text('')))).toMatchObject({
      code: 'remote-failed',
      remoteCode: 'answer-too-large',
    });
  });

  it('refuses a protocol that nobody answers', async () => {
    expect(await failureOf(ask('/phr/unknown/1.0.0', text('')))).toMatchObject({ code: 'refused' });
  });

  it('gives up when its time is over, whichever side notices first', async () => {
    expect(await failureOf(ask('/phr/late/1.0.0', text(''), { timeoutMs: 30 }))).toMatchObject({
      code: 'timeout',
    });
    expect(await failureOf(ask('/phr/late/1.0.0', text('')))).toBeInstanceOf(NetworkError);
  });

  it('serves no peer more than half of the places and nobody more than all; the rest are told busy at once', async () => {
    gate = Promise.withResolvers<void>();
    const first = [1, 2].map(() => ask('/phr/slow/1.0.0', text('a')));
    await until(() => working === 2);
    expect(await failureOf(ask('/phr/slow/1.0.0', text('b')))).toMatchObject({ code: 'busy' });
    const second = [1, 2].map(() => ask('/phr/slow/1.0.0', text('c'), {}, 2));
    await until(() => working === 4);
    expect(await failureOf(ask('/phr/slow/1.0.0', text('d'), {}, 2))).toMatchObject({ code: 'busy' });
    gate.resolve();
    await Promise.all([...first, ...second]);
    expect(workingMax).toBe(4);
    expect(await ask('/phr/slow/1.0.0', text('free'))).toEqual(text('free'));
  });

  it('stops waiting when the caller aborts, tells the handler, and keeps its place taken until it really ends', async () => {
    gate = Promise.withResolvers<void>();
    aborted = 0;
    const giveUp = new AbortController();
    const asked = [1, 2].map(() => failureOf(ask('/phr/slow/1.0.0', text('a'), { signal: giveUp.signal })));
    await until(() => working === 2);
    giveUp.abort();
    for (const failure of await Promise.all(asked)) expect(failure).toMatchObject({ code: 'aborted' });
    await until(() => aborted === 2);
    expect(await failureOf(ask('/phr/slow/1.0.0', text('b')))).toMatchObject({ code: 'busy' });
    gate.resolve();
    await until(() => working === 0);
    expect(await ask('/phr/slow/1.0.0', text('c'))).toEqual(text('c'));
  });

  it('does nothing for a signal that is aborted already', async () => {
    expect(await failureOf(ask('/phr/echo/1.0.0', text('x'), { signal: AbortSignal.abort() }))).toMatchObject(
      {
        code: 'aborted',
      },
    );
  });

  it('refuses a second handler of one protocol', () => {
    expect(() =>
      mesh.node(0).network.handle('/phr/echo/1.0.0', async (_from, bytes) => bytes, {
        requestBytesMax: 1,
        concurrentMax: 1,
      }),
    ).toThrow(expect.objectContaining({ code: 'protocol-taken' }));
  });

  it('says so when the peer is down', async () => {
    await mesh.node(2).network.stop();
    await until(() => mesh.node(1).network.connected().length === 1);
    const failure = await failureOf(
      mesh.node(1).network.request(mesh.node(2).id, '/phr/echo/1.0.0', text('x'), { bytesMax: 10 }),
    );
    expect(failure).toMatchObject({ code: 'not-connected' });
    expect(
      await failureOf(
        mesh.node(2).network.request(mesh.node(1).id, '/phr/echo/1.0.0', text('x'), { bytesMax: 10 }),
      ),
    ).toMatchObject({ code: 'not-started' });
  });
});
