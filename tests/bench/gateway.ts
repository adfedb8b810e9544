import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { Gateway, openGatewayHome, runLoad, SourceSecrets } from '#node/gateway';
import type { LoadReport } from '#node/gateway';
import { GatewayDevnet, PASSPHRASE } from '../e2e/gateway-devnet.ts';

/**
 * Readings a second through gateway, node and four institutions on this machine, and how long a reading takes from
 * the sensor to the block: `node tests/bench/gateway.ts [--seconds 60] [--hz 1] [--segment-seconds 5] [--wearables 1,10,50]`.
 * The delay holds the wait for the segment; the ratio of committed to offered readings says whether the load is borne.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    hz: { type: 'string', default: '1' },
    'segment-seconds': { type: 'string', default: '5' },
    wearables: { type: 'string', default: '1,10,50' },
  },
});
const [seconds, hz, segmentSeconds] = [
  Number(values.seconds),
  Number(values.hz),
  Number(values['segment-seconds']),
];
const DRAIN_MS_MAX = 300_000;

interface Row {
  wearables: number;
  load: LoadReport;
  committed: number;
  committedPerSecond: number;
  delayMs: { p50: number; p95: number };
  objects: number;
  cpuSeconds: number;
}

const devnet = await GatewayDevnet.open('bench-gateway', 27_000);
try {
  await devnet.enrolGateway();
  const init = { backend: devnet.backend, directory: devnet.home, passphrase: PASSPHRASE };
  const home = await openGatewayHome(init);
  const secrets = new SourceSecrets(home.keys.root);
  let delays: number[] = [];
  let objects = 0;
  const gateway = new Gateway({
    home,
    backend: devnet.backend,
    port: devnet.gatewayPort,
    segmentMs: segmentSeconds * 1000,
    onAnchored: (anchored) => {
      const now = Date.now();
      objects += anchored.length;
      delays.push(...anchored.flatMap(({ object }) => object.samples.map(({ timeMs }) => now - timeMs)));
    },
  });
  await gateway.start();
  const measure = async (wearables: number): Promise<Row> => {
    delays = [];
    objects = 0;
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const load = await runLoad({
      wearables,
      hz,
      seconds,
      seed: 1,
      url: devnet.url,
      startMs: Date.now(),
      secretOf: (source) => secrets.secretOf(source),
      signal: new AbortController().signal,
    });
    while (delays.length < load.accepted && performance.now() - begun < seconds * 1000 + DRAIN_MS_MAX)
      await delay(50);
    const { user, system } = process.cpuUsage(cpu);
    const ordered = delays.toSorted((a, b) => a - b);
    const at = (share: number): number => ordered[Math.floor((ordered.length - 1) * share)] ?? 0;
    return {
      wearables,
      load,
      committed: delays.length,
      committedPerSecond: (delays.length * 1000) / (performance.now() - begun),
      delayMs: { p50: at(0.5), p95: at(0.95) },
      objects,
      cpuSeconds: (user + system) / 1e6,
    };
  };
  console.log(
    `${seconds} s at ${hz} Hz, segments of ${segmentSeconds} s, load before ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const wearables of values.wearables.split(',').map(Number)) {
    const { load, committed, committedPerSecond, delayMs, cpuSeconds, ...row } = await measure(wearables);
    console.log(
      [
        `${String(wearables).padStart(3)} wearables`,
        `${committed}/${load.sent} committed`,
        `${committedPerSecond.toFixed(1)} readings/s`,
        `${row.objects} objects`,
        `accepted p50 ${load.answerMs.p50.toFixed(0)} p95 ${load.answerMs.p95.toFixed(0)} ms`,
        `sensor to block p50 ${(delayMs.p50 / 1000).toFixed(1)} p95 ${(delayMs.p95 / 1000).toFixed(1)} s`,
        `cpu of gateway and load ${cpuSeconds.toFixed(1)} s`,
        `load ${loadavg()[0]?.toFixed(1)}`,
      ].join(' | '),
    );
  }
  const months = [new Date().toISOString().slice(0, 7)];
  const selection = { patient: devnet.maria.keys.id, categories: ['vital-signs'], months };
  const begun = performance.now();
  const { hits } = await devnet.maria.records.search({
    ...selection,
    keywords: 'source:wearable-001',
  });
  const found = performance.now();
  if (hits[0]) await devnet.maria.records.open(hits[0]);
  console.log(
    `block to screen: search of ${hits.length} hits ${(found - begun).toFixed(0)} ms, open ${(performance.now() - found).toFixed(0)} ms`,
  );
  await gateway.stop();
} finally {
  await devnet.close();
}
process.exit();
