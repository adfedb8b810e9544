import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DiskSeal, GatewayError, MESSAGE_BYTES_MAX, Queue, QueueFile } from '#node/gateway';
import { overHttp, overMqtt } from './transports.ts';
import type { Transport } from './transports.ts';
import { linesOfPulse, pulse, readBack, Ward } from './ward.ts';

/** What a device may send at once, in its largest messages. */
const BURST_MESSAGES = 64;
const SOURCES_MAX = 4_096;
let ward: Ward;

/** A reading in as many bytes as a message may have. */
const large = (n: number): string => JSON.stringify({ readings: pulse(1, n) }).padEnd(MESSAGE_BYTES_MAX, ' ');
const small = (n: number): string => JSON.stringify({ readings: pulse(1, n) });
const arrived = async (source: string): Promise<string[]> =>
  (await readBack(ward.maria, ward.maria.keys.id, `source:${source}`)).readings;

describe.each([
  ['HTTP', overHttp],
  ['MQTT', overMqtt],
])('over %s', (name, open) => {
  let transport: Transport;
  const device = (what: string): string => `${what}-${name.toLowerCase()}`;
  const sent = async (): Promise<void> => {
    const { gateway } = transport;
    gateway.segment();
    await vi.waitFor(
      () => expect(gateway.status()).toMatchObject({ messages: 0, waiting: 0, failure: null }),
      { timeout: 20_000 },
    );
  };
  beforeAll(async () => {
    ward = await Ward.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await transport.close();
  });
  afterAll(() => ward.close());

  it('a device that sends too fast is told when to go on, loses nothing by it, and holds up no other', async () => {
    transport = await open(ward);
    const [noisy, quiet] = [device('noisy'), device('quiet')];
    for (let n = 1; n <= BURST_MESSAGES; n += 1)
      expect(await transport.send(noisy, large(n)), String(n)).toEqual({
        accepted: 1,
        flagged: 0,
        next: n + 1,
      });
    const before = transport.gateway.status();
    const { error } = await transport.send(noisy, large(BURST_MESSAGES + 1));
    expect(error?.code).toBe('too-fast');
    const retryMs = Number(error?.facts?.['retryMs']);
    expect(retryMs).toBeGreaterThan(0);
    expect(retryMs).toBeLessThan(60_000);
    expect((await transport.send(quiet, small(1))).accepted).toBe(1);
    expect(transport.gateway.status()).toMatchObject({
      messages: before.messages + 1,
      refusals: { 'too-fast': 1 },
    });
    // Too early is too early, and after the time that it was told the same message is taken.
    ward.pass(retryMs / 2);
    expect((await transport.send(noisy, large(BURST_MESSAGES + 1))).error?.code).toBe('too-fast');
    ward.pass(retryMs / 2);
    expect((await transport.send(noisy, large(BURST_MESSAGES + 1))).next).toBe(BURST_MESSAGES + 2);
    await sent();
    const expected = Array.from({ length: BURST_MESSAGES + 1 }, (_, i) => pulse(1, i + 1)).flat();
    expect((await arrived(noisy)).toSorted()).toEqual(linesOfPulse(noisy, expected));
    expect(await arrived(quiet)).toHaveLength(1);
  });

  it('what the disk did not take is not acknowledged, and comes again in its order', async () => {
    transport = await open(ward);
    const source = device('patient-one');
    const { gateway } = transport;
    let failures = 0;
    const transaction = Reflect.get(QueueFile.prototype, 'transaction');
    vi.spyOn(QueueFile.prototype, 'transaction').mockImplementation(function fails(this: QueueFile, work) {
      failures += 1;
      if (failures === 1) throw new GatewayError('queue-failed');
      return transaction.call(this, work) as never;
    });
    if (name === 'HTTP') {
      expect((await transport.send(source, small(1))).error?.code).toBe('queue-failed');
      expect(gateway.status()).toMatchObject({ messages: 0, failure: 'queue-failed' });
      expect(await transport.send(source, small(1))).toEqual({ accepted: 1, flagged: 0, next: 2 });
    } else {
      const answers = await Promise.all([1, 2, 3].map((n) => transport.send(source, small(n))));
      expect(answers.map(({ next }) => next).toSorted()).toEqual([2, 3, 4]);
      expect(gateway.status().refusals).toEqual({ 'queue-failed': 1 });
      await vi.waitFor(() => expect(transport.acknowledged).toHaveLength(3));
      // At every acknowledgement that many messages and no fewer were on the disk.
      for (const [i, rows] of transport.acknowledged.entries()) expect(rows).toBeGreaterThan(i);
    }
    expect(gateway.status().failure).toBeNull();
    await sent();
    expect(await arrived(source)).toHaveLength(name === 'HTTP' ? 1 : 3);
  });

  it('a new device is refused when the gateway has counters of as many as it keeps, and the known ones go on', async () => {
    const file = new QueueFile(join(ward.directory, 'queue.sqlite'));
    const seal = new DiskSeal(ward.home.keys.root);
    const { lane } = new Queue(file, { name: 'default', seal, recordIdOf: (nonce) => nonce });
    const known = device('known');
    const names = [seal.pseudonym(known), ...Array.from({ length: SOURCES_MAX }, (_, i) => `other-${i}`)];
    file.transaction(() => {
      for (const one of names.slice(0, SOURCES_MAX - file.sources))
        file.run('INSERT INTO counters VALUES (?, ?, 1, 0)', lane, one);
    });
    expect(file.sources).toBe(SOURCES_MAX);
    file.close();
    transport = await open(ward);
    const refused = { error: { code: 'sources-full', facts: { sourcesMax: SOURCES_MAX } } };
    for (let n = 1; n <= 25; n += 1)
      expect(await transport.send(device('one-more'), small(n))).toEqual(refused);
    expect((await transport.send(known, small(2))).next).toBe(3);
    expect(transport.gateway.status().refusals).toEqual({ 'sources-full': 25 });
  });
});
