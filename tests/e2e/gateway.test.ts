import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runLoad, simulateSource } from '#node/gateway';
import { signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { readBack } from '../unit/gateway/ward.ts';
import { GatewayDevnet } from './gateway-devnet.ts';

const WEARABLES = 4;
const LOAD = { wearables: WEARABLES, hz: 2, seconds: 30, seed: 11 };
const SEGMENT_SECONDS = 2;
const DRAINED_TIMEOUT_MS = 180_000;
let devnet: GatewayDevnet;

beforeAll(async () => {
  devnet = await GatewayDevnet.open('gateway', 26_000);
  await devnet.enrolGateway();
});
afterAll(() => devnet.close());

describe('a gateway process on four node processes', () => {
  it('loses no reading and sends none twice, killed itself in the middle, and then its node', async () => {
    const secrets = await devnet.secrets();
    await devnet.startGateway(SEGMENT_SECONDS);
    const startMs = Date.now();
    const load = runLoad({
      ...LOAD,
      url: devnet.url,
      secretOf: (source) => secrets.secretOf(source),
      startMs,
      signal: new AbortController().signal,
    });
    // Killed when something of it is in the ledger and something is not.
    await vi.waitFor(async () => expect((await devnet.status(secrets)).anchored).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 50,
    });
    await devnet.killGateway('SIGKILL');
    await devnet.startGateway(SEGMENT_SECONDS);
    await signalNode(devnet.dataDir, 'north', 'SIGKILL');
    await vi.waitFor(async () => expect((await devnet.status(secrets)).failure).not.toBeNull(), {
      timeout: 60_000,
      interval: 200,
    });
    await devnet.killGateway('SIGKILL');
    startNode(devnet.dataDir, 'north');
    await delay(1_000);
    await devnet.startGateway(SEGMENT_SECONDS);
    const report = await load;
    expect(report.retries).toBeGreaterThan(0);
    expect(report.accepted).toBe(report.sent);
    await vi.waitFor(
      async () =>
        expect(await devnet.status(secrets)).toMatchObject({ messages: 0, waiting: 0, failure: null }),
      { timeout: DRAINED_TIMEOUT_MS, interval: 500 },
    );

    const expected = Array.from({ length: WEARABLES }, (_, i) => {
      const source = `wearable-${String(i + 1).padStart(3, '0')}`;
      return [...simulateSource({ ...LOAD, seed: LOAD.seed + i, startMs })]
        .flatMap(({ readings }) => readings)
        .map(({ timeMs, code, values }) => `${source} ${code} ${timeMs} ${values.join('/')}`);
    }).flat();
    expect(report.sent).toBe(expected.length);
    const months = [...new Set([startMs, Date.now()].map((ms) => new Date(ms).toISOString().slice(0, 7)))];
    const { readings } = await readBack(devnet.maria, devnet.maria.keys.id, '*', months);
    const seen = readings.map((line) => line.replace(' implausible', ''));
    expect(seen.toSorted()).toEqual(expected.toSorted());
  });

  it('ends within seconds when it is told to, and keeps what it has taken', async () => {
    const secrets = await devnet.secrets();
    const readings = [{ n: Date.now() + 3_600_000, timeMs: Date.now(), code: '8867-4', value: 77 }];
    const response = await fetch(`${devnet.url}/v1/readings`, {
      method: 'POST',
      headers: { 'phr-source': 'last', authorization: `Bearer ${secrets.secretOf('last')}` },
      body: JSON.stringify({ readings }),
    });
    expect(response.status).toBe(200);
    await devnet.killGateway('SIGTERM');
    await devnet.startGateway(SEGMENT_SECONDS);
    await vi.waitFor(
      async () => expect(await devnet.status(secrets)).toMatchObject({ messages: 0, waiting: 0 }),
      { timeout: DRAINED_TIMEOUT_MS, interval: 200 },
    );
    const months = [new Date().toISOString().slice(0, 7)];
    const found = await readBack(devnet.maria, devnet.maria.keys.id, 'source:last', months);
    expect(found.readings).toHaveLength(1);
  });
});
