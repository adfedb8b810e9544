import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import {
  GatewayError,
  MESSAGE_BYTES_MAX,
  MESSAGE_READINGS_MAX,
  readingsTopic,
  sealMessage,
} from '#node/gateway';
import type { Gateway } from '#node/gateway';
import { linesOfPulse, NOW_MS, pulse, readBack, Ward } from './ward.ts';
import type { Answer } from './ward.ts';

const YEAR_MS = 365 * 24 * 3_600_000;
let ward: Ward;
let gateway: Gateway;
let url: string;

const sent = async (): Promise<void> => {
  gateway.segment();
  await vi.waitFor(() => expect(gateway.status()).toMatchObject({ waiting: 0, messages: 0, failure: null }), {
    timeout: 20_000,
  });
};

describe('a message that is refused', () => {
  beforeAll(async () => {
    ward = await Ward.open();
    ({ gateway, url } = await ward.gateway());
  });
  afterAll(() => ward.close());

  it.each([
    ['not JSON', '{"readings": [', 400, 'message-malformed'],
    ['no readings', '{"readings": []}', 400, 'message-malformed'],
    [
      'a value that is no number',
      [{ n: 1, timeMs: NOW_MS, code: '8867-4', value: '71' }],
      400,
      'message-malformed',
    ],
    [
      'a value beyond all bounds',
      [{ n: 1, timeMs: NOW_MS, code: '8867-4', value: 1e300 }],
      400,
      'message-malformed',
    ],
    [
      'an unknown member',
      [{ n: 1, timeMs: NOW_MS, code: '8867-4', value: 71, note: 'x' }],
      400,
      'message-malformed',
    ],
    [
      'one value where two belong',
      [{ n: 1, timeMs: NOW_MS, code: '85354-9', value: 120 }],
      400,
      'message-malformed',
    ],
    ['a code without bounds', [{ n: 1, timeMs: NOW_MS, code: '1234-5', value: 71 }], 422, 'code-unknown'],
    [
      'another unit',
      [{ n: 1, timeMs: NOW_MS, code: '8310-5', value: 98, unit: '[degF]' }],
      422,
      'unit-mismatch',
    ],
    ['counters that do not rise', [...pulse(2), ...pulse(1, 2)], 422, 'out-of-order'],
    ['more readings than a message may hold', pulse(MESSAGE_READINGS_MAX + 1), 413, 'message-too-large'],
    [
      'more bytes than a message may have',
      `{"readings": "${'x'.repeat(MESSAGE_BYTES_MAX)}"}`,
      413,
      'message-too-large',
    ],
  ] as [string, unknown, number, string][])(
    'refuses %s, and takes no part of it',
    async (what, message, status, code) => {
      const source = what.toLowerCase().replaceAll(' ', '-');
      const before = gateway.status();
      expect(await ward.post(url, source, message)).toMatchObject({ status, body: { error: { code } } });
      expect(gateway.status()).toMatchObject({
        messages: before.messages,
        refusals: { [code]: (before.refusals[code] ?? 0) + 1 },
      });
      // And the counter has not moved.
      expect((await ward.post(url, source, pulse(1))).status).toBe(200);
    },
  );
});

describe('over HTTP', () => {
  beforeEach(async () => {
    ward = await Ward.open();
    ({ gateway, url } = await ward.gateway());
  });
  afterEach(() => ward.close());

  it('refuses what a stranger or another source makes', async () => {
    const foreign = ward.secrets.secretOf('watch-2');
    expect(await ward.post(url, 'watch-1', pulse(1), foreign)).toMatchObject({
      status: 401,
      body: { error: { code: 'forged' } },
    });
    expect((await ward.post(url, 'watch-1', pulse(1), '')).status).toBe(401);
    expect((await ward.post(url, 'Watch 1', pulse(1))).status).toBe(401);
    const asPage = await fetch(`${url}/v1/readings`, {
      method: 'POST',
      headers: {
        'phr-source': 'watch-1',
        authorization: `Bearer ${ward.secrets.secretOf('watch-1')}`,
        origin: 'https://elsewhere.example',
      },
      body: JSON.stringify({ readings: pulse(1) }),
    });
    expect(asPage.status).toBe(401);
    expect(gateway.status()).toMatchObject({ messages: 0, refusals: { forged: 4 } });
  });

  it('refuses a message that was taken before, and says where to go on', async () => {
    const readings = pulse(10);
    expect((await ward.post(url, 'watch-1', readings)).body).toEqual({ accepted: 10, flagged: 0, next: 11 });
    const replayed = { status: 409, body: { error: { code: 'replayed', facts: { next: 11 } } } };
    expect(await ward.post(url, 'watch-1', readings)).toMatchObject(replayed);
    expect(await ward.post(url, 'watch-1', pulse(5, 8))).toMatchObject(replayed);
    // Counters of one source say nothing about another's.
    expect((await ward.post(url, 'watch-2', readings)).status).toBe(200);
    await sent();
    expect((await readBack(ward.maria, ward.maria.keys.id)).readings).toHaveLength(20);
  });

  it('flags what no body has and what no clock shows, and loses neither', async () => {
    const readings = [
      { n: 1, timeMs: NOW_MS - 1000, code: '8867-4', value: 999 },
      { n: 2, timeMs: NOW_MS + YEAR_MS, code: '8867-4', value: 70 },
      { n: 3, timeMs: 0, code: '8867-4', value: 71 },
      { n: 4, timeMs: NOW_MS, code: '85354-9', values: [60, 90] },
      { n: 5, timeMs: NOW_MS - 24 * 3_600_000, code: '8867-4', value: 72 },
    ];
    expect((await ward.post(url, 'watch-1', readings)).body).toEqual({ accepted: 5, flagged: 4, next: 6 });
    await sent();
    const patient = ward.maria.keys.id;
    const { readings: seen, objects } = await readBack(ward.maria, patient);
    expect(seen).toEqual(
      [
        `watch-1 8867-4 ${NOW_MS - 1000} 999 implausible`,
        `watch-1 8867-4 ${NOW_MS} 70 clock`,
        `watch-1 8867-4 ${NOW_MS} 71 clock`,
        `watch-1 85354-9 ${NOW_MS} 60/90 implausible`,
        `watch-1 8867-4 ${NOW_MS - 24 * 3_600_000} 72`,
      ].toSorted(),
    );
    const claimed = objects.find(({ tags }) => tags.includes('clock'))?.resource.extension?.[0]?.valueString;
    expect(claimed).toBe(`${NOW_MS + YEAR_MS} 0`);
    expect((await readBack(ward.maria, patient, 'flag:clock')).readings).toHaveLength(2);
    // An artefact is no finding: it is not in the doctor's list of abnormal values.
    expect((await readBack(ward.maria, patient, 'flag:abnormal')).readings).toEqual([]);
  });

  it('takes many messages at once, each once', async () => {
    const sources = Array.from({ length: 20 }, (_, i) => `watch-${i}`);
    await Promise.all(sources.map((source) => ward.post(url, source, pulse(10))));
    await Promise.all(sources.map((source) => ward.post(url, source, pulse(10, 11, NOW_MS - 30_000))));
    await sent();
    const { readings } = await readBack(ward.maria, ward.maria.keys.id);
    expect(readings).toHaveLength(400);
    expect(new Set(readings).size).toBe(400);
  });
});

/** Another broker than the one that the tests bring, a mosquitto for example: `mqtt://127.0.0.1:1883`. */
const BROKER = process.env['PHR_MQTT_BROKER'];

describe('over MQTT', () => {
  let broker: Aedes | undefined;
  let server: Server | undefined;
  let device: MqttClient;
  let mqttUrl: string;
  const answers: Answer[] = [];

  beforeEach(async () => {
    ward = await Ward.open();
    mqttUrl = BROKER ?? (await bringBroker());
    device = await connectAsync(mqttUrl);
    answers.length = 0;
    device.on('message', (_topic, payload) => answers.push(JSON.parse(payload.toString()) as Answer));
    await device.subscribeAsync('phr/watch-1/answers');
  });
  afterEach(async () => {
    await ward.close();
    await device.endAsync(true);
    const open = broker;
    if (open !== undefined) await new Promise<void>((done) => open.close(done));
    server?.close();
  });

  async function bringBroker(): Promise<string> {
    broker = await Aedes.createBroker();
    const own = createServer(broker.handle);
    server = own;
    await new Promise<void>((done) => own.listen(0, '127.0.0.1', done));
    return `mqtt://127.0.0.1:${(own.address() as AddressInfo).port}`;
  }

  const publish = async (readings: unknown, source = 'watch-1', secretOf = source): Promise<void> => {
    const topic = readingsTopic(source);
    const message = new TextEncoder().encode(JSON.stringify({ readings }));
    const payload = sealMessage(ward.secrets.secretOf(secretOf), topic, message);
    await device.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  const connected = async (): Promise<void> => {
    ({ gateway, url } = await ward.gateway({ mqttUrl }));
    await vi.waitFor(() => expect(gateway.status().mqtt).toBe('connected'));
    await vi.waitFor(async () => {
      await publish([{ n: 1, timeMs: NOW_MS, code: 'probe', value: 1 }]);
      expect(answers.some(({ error }) => error?.code === 'code-unknown')).toBe(true);
    });
    answers.length = 0;
  };

  it('takes readings of a source that proves itself, and tells it what became of others', async () => {
    await connected();
    const readings = pulse(10);
    await publish(readings);
    await vi.waitFor(() => expect(answers).toContainEqual({ accepted: 10, flagged: 0, next: 11 }));
    await publish(readings);
    await vi.waitFor(() =>
      expect(answers.at(-1)?.error).toMatchObject({ code: 'replayed', facts: { next: 11 } }),
    );
    await publish(pulse(1, 11), 'watch-1', 'watch-2');
    await device.publishAsync(readingsTopic('watch-1'), 'no authentication code', { qos: 1 });
    await device.publishAsync(readingsTopic('watch-1'), Buffer.alloc(MESSAGE_BYTES_MAX + 100, 0x78), {
      qos: 1,
    });
    await vi.waitFor(() =>
      expect(gateway.status().refusals).toMatchObject({ forged: 2, 'message-too-large': 1 }),
    );
    await sent();
    expect((await readBack(ward.maria, ward.maria.keys.id)).readings).toEqual(
      linesOfPulse('watch-1', readings),
    );
  });

  it('gets what was sent while it was away, from a broker that keeps it', async () => {
    await connected();
    await publish(pulse(5));
    await vi.waitFor(() => expect(answers).toContainEqual({ accepted: 5, flagged: 0, next: 6 }));
    await ward.stop(gateway);
    await publish(pulse(5, 6, NOW_MS - 30_000));
    ({ gateway, url } = await ward.gateway({ mqttUrl }));
    await vi.waitFor(() => expect(answers.at(-1)).toMatchObject({ accepted: 5, next: 11 }));
    await sent();
    expect((await readBack(ward.maria, ward.maria.keys.id)).readings).toHaveLength(10);
  });

  it('does not speak to a broker elsewhere without TLS', async () => {
    const started = ward.gateway({ mqttUrl: 'mqtt://broker.example' });
    await expect(started).rejects.toThrow(GatewayError);
    await expect(started).rejects.toMatchObject({ code: 'transport-insecure' });
  });
});
