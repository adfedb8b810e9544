import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '#node/gateway';
import { clientOf } from '#node/gateway';
import { admit, failure } from '../client/clinic.ts';
import { runAhead } from '../client/front-runner.ts';
import { linesOfPulse, NOW_MS, pulse, readBack, Ward } from './ward.ts';

const DAY_MS = 24 * 3_600_000;
let ward: Ward;
afterEach(async () => {
  await ward.close();
});

const sent = async (gateway: Gateway): Promise<void> =>
  await vi.waitFor(() => expect(gateway.status()).toMatchObject({ waiting: 0, messages: 0, failure: null }), {
    timeout: 20_000,
  });

describe('from a wearable to the doctor', () => {
  it('the patient and the doctor open every reading as it was sent, and find it by code and flag', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    const readings = pulse(50);
    const pressure = [{ n: 51, timeMs: NOW_MS - 5000, code: '85354-9', values: [162, 98], unit: 'mm[Hg]' }];
    expect(await ward.post(url, 'watch-1', readings)).toMatchObject({ status: 200, body: { next: 51 } });
    expect((await ward.post(url, 'watch-1', pressure)).body.accepted).toBe(1);
    gateway.segment();
    await sent(gateway);
    const expected = [...linesOfPulse('watch-1', readings), `watch-1 85354-9 ${NOW_MS - 5000} 162/98`];
    const patient = ward.maria.keys.id;
    expect((await readBack(ward.maria, patient)).readings).toEqual(expected.toSorted());
    await ward.alice.care.fetchKeys(patient);
    expect((await readBack(ward.alice, patient, 'flag:abnormal')).readings).toEqual([expected.at(-1)]);
    expect((await readBack(ward.alice, patient, 'loinc:8867-4 form:segment')).readings).toHaveLength(50);
  });

  it('goes on in the new generation, and keeps what has no kit yet until the patient gives one', async () => {
    ward = await Ward.open(['2026-11']);
    const { gateway, url } = await ward.gateway();
    await ward.post(url, 'watch-1', pulse(5));
    gateway.segment();
    await sent(gateway);
    await ward.maria.care.startGeneration(ward.maria.keys.id);
    ward.pass(9 * DAY_MS);
    await ward.post(url, 'watch-1', pulse(5, 6, NOW_MS + 1000));
    await ward.post(url, 'watch-1', pulse(5, 11, Date.UTC(2026, 11, 1, 8)));
    gateway.segment();
    await vi.waitFor(() => expect(gateway.status()).toMatchObject({ waiting: 1, failure: 'no-access' }));
    const device = ward.home.keys.id;
    const plan = { device, categories: ['vital-signs'], months: ['2026-11', '2026-12'] };
    await ward.maria.care.giveKits(ward.maria.keys.id, plan);
    await sent(gateway);
    const { readings } = await readBack(ward.maria, ward.maria.keys.id);
    expect(readings).toHaveLength(15);
    const { hits } = await ward.maria.records.search({
      patient: ward.maria.keys.id,
      categories: ['vital-signs'],
      months: ['2026-11', '2026-12'],
      keywords: '*',
    });
    expect(hits.map(({ compartment }) => compartment.generation).toSorted()).toEqual([0, 1, 1]);
  });

  it('makes one object of a day, and a new version of it when late data comes', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    const all = [pulse(20), pulse(20, 21, NOW_MS + 60_000), pulse(20, 41, NOW_MS + 3_600_000)];
    for (const part of all.slice(0, 2)) {
      await ward.post(url, 'watch-1', part);
      gateway.segment();
      await sent(gateway);
    }
    ward.pass(DAY_MS);
    gateway.compact();
    await sent(gateway);
    const before = await readBack(ward.maria, ward.maria.keys.id);
    expect(before.readings).toEqual(linesOfPulse('watch-1', all.slice(0, 2).flat()));
    expect(before.objects.filter(({ tags }) => tags.includes('day'))).toHaveLength(1);
    // The wearable was out of reach: its last hour of that day comes now.
    await ward.post(url, 'watch-1', all[2]);
    gateway.segment();
    await sent(gateway);
    ward.pass(120_000);
    gateway.compact();
    await sent(gateway);
    const after = await readBack(ward.maria, ward.maria.keys.id);
    expect(after.readings).toEqual(linesOfPulse('watch-1', all.flat()));
    const days = after.objects.filter(({ tags }) => tags.includes('day'));
    expect(days.map(({ amended, resource }) => [amended, resource.status]).toSorted()).toEqual([
      [false, 'amended'],
      [true, 'final'],
    ]);
    gateway.compact();
    expect(gateway.status().waiting).toBe(0);
  });
});

describe('a search for a range of values', () => {
  it('finds the day that holds such a sample, as segments and compacted, and not the quiet day', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    const patient = ward.maria.keys.id;
    const send = async (firstN: number, top: number): Promise<void> => {
      const readings = pulse(20, firstN, ward.time.wallMs - 60_000).map((one, i) =>
        i === 12 ? { ...one, value: top } : one,
      );
      await ward.post(url, 'watch-1', readings);
      gateway.segment();
      await sent(gateway);
    };
    const found = async (keywords: string): Promise<string[][]> => {
      const { objects } = await readBack(ward.maria, patient, keywords);
      return objects
        .map(({ tags, resource }) => [...tags, resource.effectivePeriod.start.slice(0, 10)])
        .toSorted((a, b) => (a.join() < b.join() ? -1 : 1));
    };
    await send(1, 155);
    ward.pass(DAY_MS);
    await send(21, 118);
    const ran = ['segment', '2026-11-22'];
    expect(await found('8867-4=150..160')).toEqual([ran]);
    ward.pass(DAY_MS);
    gateway.compact();
    await sent(gateway);
    expect(await found('form:day')).toEqual([
      ['day', '2026-11-22'],
      ['day', '2026-11-23'],
    ]);
    expect(await found('heart 8867-4=150..160')).toEqual([['day', '2026-11-22'], ran]);
    expect(await found('8867-4=110..120 form:day')).toEqual([['day', '2026-11-23']]);
    expect(await found('8867-4>=200')).toEqual([]);
  });
});

describe('the keys of a gateway', () => {
  it('write, and can neither open nor search: not other lanes and not their own', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    await ward.post(url, 'watch-1', pulse(5));
    gateway.segment();
    await sent(gateway);
    await ward.maria.records.upload({
      patient: ward.maria.keys.id,
      records: [
        {
          resource: new TextEncoder().encode('{}'),
          category: 'vital-signs',
          month: '2026-11',
          keywords: ['x'],
        },
      ],
    });
    const patient = ward.maria.keys.id;
    const client = clientOf(ward.home, ward.network.backend, ward.network.fetchOf());
    const keyring = await client.care.fetchKeys(patient);
    expect(keyring).toEqual({ categories: [], kits: 3 });
    for (const { kits, seeds } of client.vault.keyrings) {
      expect(seeds).toEqual([]);
      for (const kit of kits) expect(kit.writer).toEqual(client.keys.id);
    }
    const selection = { patient, categories: ['vital-signs'], months: ['2026-11'], keywords: '*' };
    expect(await failure(client.records.search(selection))).toBe('no-access');
    const { hits } = await ward.maria.records.search(selection);
    expect(hits).toHaveLength(2);
    for (const hit of hits) expect(await failure(client.records.open(hit))).toBe('no-access');
  });

  it('leave no reading, name of a source or key on the disk in the clear', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    const marked = [{ n: 1, timeMs: NOW_MS, code: '8867-4', value: 123.456789 }];
    await ward.post(url, 'watch-in-the-hall', marked);
    const needles = ['watch-in-the-hall', '8867-4', '123.45', String(NOW_MS)].map((text) =>
      Buffer.from(text),
    );
    const float = Buffer.alloc(8);
    float.writeDoubleBE(123.456789);
    const root = Buffer.from(ward.home.keys.root);
    const search = (): void => {
      const files = readdirSync(ward.directory);
      expect(files).toContain('queue.sqlite');
      for (const file of files) {
        const bytes = readFileSync(join(ward.directory, file));
        for (const needle of [...needles, float, root]) expect(bytes.includes(needle), file).toBe(false);
      }
    };
    search();
    gateway.segment();
    search();
    await sent(gateway);
    search();
  });

  it('stop writing when the patient revokes the device, and nothing that was accepted is thrown away', async () => {
    ward = await Ward.open();
    const { gateway, url } = await ward.gateway();
    await ward.maria.care.revokeDevice(ward.home.keys.id);
    await ward.post(url, 'watch-1', pulse(5));
    gateway.segment();
    await vi.waitFor(() => expect(gateway.status().failure).toMatch(/forbidden|sender-not-active/));
    expect(gateway.status().waiting).toBe(1);
  });
});

describe('exactly once', () => {
  it('when the node is away, when answers are lost, and over a restart', async () => {
    ward = await Ward.open();
    const first = await ward.gateway();
    // The node takes the anchor, and the answer never arrives.
    let lost = 0;
    ward.wire = async (path, send) => {
      const response = await send();
      if (!path.endsWith('/transactions')) return response;
      lost += 1;
      throw new TypeError('connection reset');
    };
    const readings = pulse(30);
    await ward.post(first.url, 'watch-1', readings.slice(0, 10));
    first.gateway.segment();
    await vi.waitFor(() => expect(lost).toBeGreaterThan(0));
    await ward.stop(first.gateway);
    ward.wire = () => Promise.reject(new TypeError('no route'));
    const second = await ward.gateway();
    await ward.post(second.url, 'watch-1', readings.slice(10, 20));
    second.gateway.segment();
    await vi.waitFor(() => expect(second.gateway.status().failure).toBe('unreachable'));
    await ward.post(second.url, 'watch-1', readings.slice(20));
    await ward.stop(second.gateway);
    ward.wire = (_path, send) => send();
    const third = await ward.gateway();
    await sent(third.gateway);
    const { readings: seen, objects } = await readBack(ward.maria, ward.maria.keys.id);
    expect(seen).toEqual(linesOfPulse('watch-1', readings));
    expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length);
    expect((await ward.post(third.url, 'watch-1', readings)).body).toMatchObject({
      error: { code: 'replayed', facts: { next: 31 } },
    });
  });

  it('also when somebody saw the ids on their way and anchored something else under them', async () => {
    ward = await Ward.open();
    const mallory = await admit(ward.network, 'mallory', 'patient', 2);
    const seen = runAhead(ward.network, mallory, 2);
    const { gateway, url } = await ward.gateway();
    const readings = pulse(20);
    await ward.post(url, 'watch-1', readings.slice(0, 10));
    gateway.segment();
    await vi.waitFor(() => expect(seen.taken).toBeGreaterThan(0));
    await sent(gateway);
    await ward.post(url, 'watch-1', readings.slice(10));
    gateway.segment();
    await sent(gateway);
    const { readings: found, objects } = await readBack(ward.maria, ward.maria.keys.id);
    expect(found).toEqual(linesOfPulse('watch-1', readings));
    expect(objects).toHaveLength(2);
  });

  it('two gateways on one directory: the second does not start', async () => {
    ward = await Ward.open();
    await ward.gateway();
    await expect(ward.gateway()).rejects.toMatchObject({ code: 'already-running' });
  });
});
