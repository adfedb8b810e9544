import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { toHex } from '#crypto';
import { listEnrolments, openEnrolments, readingsTopic, sealMessage, withdrawEnrolment } from '#node/gateway';
import type { Gateway } from '#node/gateway';
import { linesOfPulse, PASSPHRASE, pulse, readBack, Ward } from './ward.ts';

/** One ward for all, since each passphrase costs a second; every test has a device of its own. */
let ward: Ward;
let device: string;
let devices = 0;
beforeAll(async () => {
  ward = await Ward.open();
  await ward.enrol('bed-2');
  await ward.enrol('bed-3');
});
beforeEach(() => {
  devices += 1;
  device = `watch-${devices}`;
});
afterEach(() => ward.stopAll());
afterAll(() => ward.close());

const other = (name: string) => {
  const found = ward.others.get(name);
  if (found === undefined) throw new Error(`nobody is in ${name}`);
  return found;
};
const secretIn = (bed: string): string => other(bed).secrets.secretOf(device);
const post = (url: string, bed: string, readings: unknown) =>
  ward.post(url, `${bed}/${device}`, readings, secretIn(bed));
const arrived = async (bed: string, count: number): Promise<void> =>
  await vi.waitFor(
    async () => {
      const { client } = other(bed);
      const { readings } = await readBack(client, client.keys.id, `source:${device}`);
      expect(readings).toHaveLength(count);
    },
    { timeout: 20_000 },
  );
const sent = async (gateway: Gateway): Promise<void> =>
  await vi.waitFor(() => expect(gateway.status()).toMatchObject({ waiting: 0, messages: 0, failure: null }), {
    timeout: 20_000,
  });

describe('a gateway of several patients', () => {
  it('writes each patient’s readings to that patient alone, once, over a restart with the node away', async () => {
    const first = await ward.gateway();
    ward.wire = () => Promise.reject(new TypeError('no route'));
    const readings = pulse(10);
    await ward.post(first.url, device, readings);
    await post(first.url, 'bed-2', readings.slice(0, 4));
    await post(first.url, 'bed-3', readings.slice(0, 7));
    first.gateway.segment();
    await vi.waitFor(() => expect(first.gateway.status().failure).toBe('unreachable'));
    await ward.stop(first.gateway);
    ward.wire = (_path, send) => send();
    const second = await ward.gateway();
    await sent(second.gateway);
    for (const [client, count] of [
      [ward.maria, 10],
      [other('bed-2').client, 4],
      [other('bed-3').client, 7],
    ] as const) {
      const { readings: seen } = await readBack(client, client.keys.id, `source:${device}`);
      expect(seen).toEqual(linesOfPulse(device, readings.slice(0, count)));
    }
    // Counters are of a source in a lane: the same name in another lane has its own.
    expect((await post(second.url, 'bed-2', pulse(1, 5))).status).toBe(200);
    expect((await post(second.url, 'bed-3', pulse(1, 5))).body.error?.code).toBe('replayed');
  });

  it('lets a device write to its own patient alone: not with its secret to another’s, not with another’s name in it', async () => {
    const { gateway, url } = await ward.gateway();
    const secret = secretIn('bed-2');
    for (const address of [`bed-3/${device}`, device, `default/${device}`])
      expect(await ward.post(url, address, pulse(1), secret), address).toMatchObject({
        status: 401,
        body: { error: { code: 'forged' } },
      });
    const named = (patient: Uint8Array): string =>
      JSON.stringify({ readings: pulse(1), patient: toHex(patient) });
    expect(await post(url, 'bed-2', named(ward.maria.keys.id))).toMatchObject({
      status: 403,
      body: { error: { code: 'other-patient' } },
    });
    expect(gateway.status().messages).toBe(0);
    expect((await post(url, 'bed-2', named(other('bed-2').client.keys.id))).status).toBe(200);
  });

  it('says of a device that nobody enrolled that it is unknown', async () => {
    const { gateway, url } = await ward.gateway();
    expect(await ward.post(url, `bed-9/${device}`, pulse(1))).toMatchObject({
      status: 401,
      body: { error: { code: 'source-unknown' } },
    });
    for (const address of ['bed-2/', '/watch-1', 'bed-2/watch-1/x', '../bed-2', ''])
      expect((await ward.post(url, address, pulse(1), 'x')).body.error?.code, address).toBe('forged');
    expect(gateway.status().refusals).toMatchObject({ 'source-unknown': 1, forged: 5 });
  });

  it('shows a device nothing of another patient’s lane', async () => {
    const { url } = await ward.gateway();
    await ward.post(url, device, pulse(3));
    const headers = { 'phr-source': `bed-2/${device}`, authorization: `Bearer ${secretIn('bed-2')}` };
    const status = (await (await fetch(`${url}/v1/status`, { headers })).json()) as object;
    expect(status).toMatchObject({ messages: 0 });
    expect(JSON.stringify(status)).not.toContain('bed-3');
  });

  it('opens every enrolment with the passphrase, each with keys of its own, and leaves out one that is damaged', async () => {
    const init = { backend: ward.network.backend, directory: ward.directory, passphrase: PASSPHRASE };
    const { homes, leftOut } = await openEnrolments(init);
    expect(homes.map(({ name }) => name)).toEqual(['default', 'bed-2', 'bed-3']);
    expect(leftOut).toEqual([]);
    expect(new Set(homes.map(({ keys }) => toHex(keys.id))).size).toBe(3);
    const file = join(ward.directory, 'enrolments', 'bed-2', 'gateway.json');
    const sound = readFileSync(file);
    expect(sound.includes(Buffer.from(other('bed-2').home.keys.root))).toBe(false);
    writeFileSync(file, '{}');
    const after = await openEnrolments(init);
    expect(after.homes.map(({ name }) => name)).toEqual(['default', 'bed-3']);
    expect(after.leftOut).toMatchObject([{ name: 'bed-2', error: { code: 'disk-damaged' } }]);
    writeFileSync(file, sound);
    await expect(openEnrolments({ ...init, passphrase: 'not this one' })).rejects.toMatchObject({
      code: 'open-failed',
    });
  });
});

describe('over MQTT', () => {
  it('takes a device’s readings on its own patient’s topic, and refuses them on another’s', async () => {
    const broker = await Aedes.createBroker();
    const server = createServer(broker.handle);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const mqttUrl = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wearable = await connectAsync(mqttUrl);
    const answers: string[] = [];
    wearable.on('message', (topic, payload) => answers.push(`${topic} ${payload.toString()}`));
    await wearable.subscribeAsync('phr/+/+/answers');
    try {
      const { gateway } = await ward.gateway({ mqttUrl });
      const publish = async (address: string, bed: string, n: number, inside = address): Promise<void> => {
        const message = new TextEncoder().encode(JSON.stringify({ readings: pulse(1, n) }));
        const payload = sealMessage(secretIn(bed), readingsTopic(inside), message);
        await wearable.publishAsync(readingsTopic(address), Buffer.from(payload), { qos: 1 });
      };
      let n = 0;
      await vi.waitFor(async () => {
        await publish(`bed-2/${device}`, 'bed-2', (n += 1));
        expect(answers).toContainEqual(expect.stringContaining(`phr/bed-2/${device}/answers {"accepted":1`));
      });
      await publish(`bed-3/${device}`, 'bed-2', 1);
      await publish(`bed-3/${device}`, 'bed-2', 1, `bed-2/${device}`);
      await publish(device, 'bed-2', 1);
      await publish(`bed-9/${device}`, 'bed-2', 1);
      await vi.waitFor(() =>
        expect(gateway.status().refusals).toMatchObject({ forged: 3, 'source-unknown': 1 }),
      );
      // Nothing was taken, or this counter would be used; and a refusal holds up nobody who comes behind it.
      await publish(`bed-3/${device}`, 'bed-3', 1);
      const accepted = `phr/bed-3/${device}/answers {"accepted":1,"flagged":0,"next":2}`;
      await vi.waitFor(() => expect(answers).toContain(accepted));
      expect(answers.filter((one) => one.includes('bed-3'))).toEqual([accepted]);
    } finally {
      await wearable.endAsync(true);
      await new Promise<void>((done) => broker.close(done));
      server.close();
    }
  });
});

describe('an enrolment that ends', () => {
  it('goes on for the others when one patient revokes it', async () => {
    const { gateway, url } = await ward.gateway();
    const { client, home } = other('bed-2');
    await client.care.revokeDevice(home.keys.id);
    for (const bed of ['bed-2', 'bed-3']) await post(url, bed, pulse(5));
    gateway.segment();
    await vi.waitFor(() =>
      expect(gateway.status().enrolments['bed-2']).toMatch(/forbidden|sender-not-active/),
    );
    await arrived('bed-3', 5);
    expect(gateway.status().enrolments).toMatchObject({ default: null, 'bed-3': null });
  });

  it('stops taking for an enrolment that is withdrawn, sends what it had, and forgets it', async () => {
    const { gateway, url } = await ward.gateway();
    await post(url, 'bed-3', pulse(5));
    withdrawEnrolment(ward.directory, 'bed-3');
    expect((await post(url, 'bed-3', pulse(5, 6))).body.error?.code).toBe('source-unknown');
    gateway.segment();
    await arrived('bed-3', 5);
    await vi.waitFor(
      async () => {
        await gateway.look();
        expect(Object.keys(gateway.status().enrolments)).toEqual(['default', 'bed-2']);
      },
      { timeout: 20_000 },
    );
    expect(listEnrolments(ward.directory).map(({ name }) => name)).toEqual(['default', 'bed-2']);
    expect(existsSync(join(ward.directory, 'enrolments', 'bed-3'))).toBe(false);
    expect(() => withdrawEnrolment(ward.directory, 'bed-3')).toThrow('not-enrolled');
  });
});
