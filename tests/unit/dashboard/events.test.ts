import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { blockEventSchema, statusSchema } from '#node/client';
import { HEARTBEAT_MS, RECENT_BLOCKS_MAX } from '../../../dashboard/events.ts';
import { idOf } from './fake-services.ts';
import { eventually, serveFake } from './harness.ts';
import type { Served } from './harness.ts';

const running: Served[] = [];

async function serve(init: Parameters<typeof serveFake>[0] = {}): Promise<Served> {
  const served = await serveFake(init);
  running.push(served);
  return served;
}

afterEach(async () => {
  for (const served of running.splice(0)) await served.dashboard.stop();
});

interface Viewer {
  status: number;
  response: IncomingMessage;
  events: { event: string; id: string | undefined; data: string }[];
  hasEnded: () => boolean;
  leave: () => void;
}

function view(served: Served, headers: Record<string, string> = {}): Promise<Viewer> {
  const { promise, resolve, reject } = Promise.withResolvers<Viewer>();
  const sent = request(
    { host: '127.0.0.1', port: served.port, path: '/api/v1/events', agent: false, headers },
    (response) => {
      const events: Viewer['events'] = [];
      let rest = '';
      let ended = false;
      response.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const fields = new Map(
            part.split('\n').map((line): [string, string] => {
              const [name = '', ...value] = line.split(': ');
              return [name, value.join(': ')];
            }),
          );
          const event = fields.get('event');
          if (event !== undefined)
            events.push({ event, id: fields.get('id'), data: fields.get('data') ?? '' });
        }
      });
      response.on('error', () => (ended = true));
      response.on('close', () => (ended = true));
      resolve({
        status: response.statusCode ?? 0,
        response,
        events,
        hasEnded: () => ended,
        leave: () => sent.destroy(),
      });
    },
  );
  sent.on('error', reject);
  sent.end();
  return promise;
}

const heightsOf = (viewer: Viewer): number[] =>
  viewer.events.filter(({ event }) => event === 'block').map(({ id }) => Number(id));

describe('a live view', () => {
  it('gets status and recent blocks at once, then what happens', async () => {
    const served = await serve();
    for (let height = 1; height <= RECENT_BLOCKS_MAX + 5; height++) {
      served.services.emit({ kind: 'block', block: served.services.blockEvent(height) });
    }
    const viewer = await view(served);
    expect(viewer.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await eventually(() => heightsOf(viewer).length).toBe(RECENT_BLOCKS_MAX);
    expect(viewer.events[0]?.event).toBe('status');
    expect(heightsOf(viewer)[0]).toBe(6);
    served.services.emit({ kind: 'block', block: served.services.blockEvent(26) });
    served.services.emit({ kind: 'status', status: served.services.statusWith(2) });
    served.services.emit({ kind: 'peer', node: idOf('East Clinic'), state: 'down' });
    await eventually(() => viewer.events.at(-1)?.event).toBe('peer');
    const [block, status, peer] = viewer.events.slice(-3).map(({ data }) => JSON.parse(data) as unknown);
    expect(blockEventSchema.parse(block).height).toBe(26);
    expect(statusSchema.parse(status).condition).toBe('stopped');
    expect(peer).toEqual({ node: Buffer.from(idOf('East Clinic')).toString('hex'), state: 'down' });
    viewer.leave();
  });

  it('that comes back gets the blocks that it missed', async () => {
    const served = await serve();
    for (let height = 1; height <= 5; height++) {
      served.services.emit({ kind: 'block', block: served.services.blockEvent(height) });
    }
    const viewer = await view(served, { 'last-event-id': '3' });
    await eventually(() => heightsOf(viewer)).toEqual([4, 5]);
    viewer.leave();
  });

  it('hears a heartbeat, and a change that no event announced', async () => {
    const served = await serve();
    const viewer = await view(served);
    await eventually(() => viewer.events.length).toBe(1);
    served.clock.advance(HEARTBEAT_MS);
    await eventually(() => viewer.events.length).toBeGreaterThan(1);
    const before = viewer.events.length;
    served.services.current = served.services.statusWith(2);
    served.clock.advance(1_000);
    await eventually(() => viewer.events.length).toBeGreaterThan(before);
    expect(viewer.events.at(-1)?.data).toContain('"stopped"');
    viewer.leave();
  });

  it('costs nothing when nobody looks', async () => {
    const served = await serve();
    const viewer = await view(served);
    expect(served.clock.timers).toBe(1);
    viewer.leave();
    await eventually(() => {
      served.clock.advance(1_000);
      return served.clock.timers;
    }).toBe(0);
  });

  it('is refused when too many are open, from one address or altogether', async () => {
    const perAddress = await serve({ limits: { streamsPerAddressMax: 2 } });
    const views = [await view(perAddress), await view(perAddress), await view(perAddress)];
    expect(views.map(({ status }) => status)).toEqual([200, 200, 503]);
    for (const viewer of views) viewer.leave();
    await eventually(async () => {
      const viewer = await view(perAddress);
      viewer.leave();
      return viewer.status;
    }).toBe(200);
    const altogether = await serve({ limits: { streamsMax: 1 } });
    const [first, second] = [await view(altogether), await view(altogether)];
    expect([first.status, second.status]).toEqual([200, 503]);
    first.leave();
    second.leave();
  });

  it('is cut off when it does not read', async () => {
    const served = await serve();
    const viewer = await view(served);
    const reader = await view(served);
    viewer.response.pause();
    const long = served.services.statusWith(4, { phase: 'x'.repeat(64 * 1024) });
    // More than the buffers of the system and ours together.
    for (let i = 0; i < 1000 && !viewer.hasEnded(); i++) {
      served.services.emit({ kind: 'status', status: long });
      await eventually(() => reader.events.length).toBeGreaterThan(i);
    }
    viewer.response.resume();
    await eventually(() => viewer.hasEnded()).toBe(true);
    expect(reader.hasEnded()).toBe(false);
    reader.leave();
  });

  it('ends with the dashboard', async () => {
    const served = await serveFake();
    const viewer = await view(served);
    await served.dashboard.stop();
    await eventually(() => viewer.hasEnded()).toBe(true);
  });

  it('is not opened for a foreign page', async () => {
    const served = await serve();
    expect((await view(served, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await view(served, { host: 'evil.example' })).status).toBe(421);
  });
});
