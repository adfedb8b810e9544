import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { Gateway, openGatewayHome, runLoad, SourceSecrets } from '#node/gateway';
import type { LoadReport } from '#node/gateway';
import { seriesOf } from '#node/records';
import { GatewayDevnet, PASSPHRASE } from '../e2e/gateway-devnet.ts';

/**
 * Readings a second through gateway, node and four institutions on this machine, and how long a reading takes from
 * the sensor to the block, and to the screen of a doctor who looks at one of the wearables: her client searches for what
 * is new, proves the answer and opens it, again and again. `node tests/bench/gateway.ts [--seconds 60] [--hz 1] [--segment-seconds 5] [--wearables 1,10,50]`.
 * Both delays hold the wait for the segment; the ratio of committed to offered readings says whether the load is borne.
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
/** One run of a minute is over within four, whatever happens. */
const DRAIN_MS_MAX = 100_000;
/** How long the doctor's client pauses between two looks. */
const LOOK_EVERY_MS = 250;
const WATCHED = 'wearable-001';

interface Row {
  wearables: number;
  load: LoadReport;
  committed: number;
  committedPerSecond: number;
  delayMs: { p50: number; p95: number };
  screenMs: { p50: number; p95: number };
  objects: number;
  cpuSeconds: number;
}

const quantiles = (times: readonly number[]): { p50: number; p95: number } => {
  const ordered = times.toSorted((a, b) => a - b);
  const at = (share: number): number => ordered[Math.floor((ordered.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
};

/** A doctor's client that shows one wearable: what it has opened, and how old each reading was then. */
class Screen {
  readonly seen = new Set<string>();
  delays: number[] = [];
  readonly #doctor: PhrClient;
  readonly #patient: Uint8Array;

  constructor(doctor: PhrClient, patient: Uint8Array) {
    this.#doctor = doctor;
    this.#patient = patient;
  }

  async look(): Promise<void> {
    const months = [new Date().toISOString().slice(0, 7)];
    const selection = { patient: this.#patient, categories: ['vital-signs'], months };
    const { hits } = await this.#doctor.records.search({ ...selection, keywords: `source:${WATCHED}` });
    const fresh = hits.filter(({ recordId }) => !this.seen.has(toHex(recordId)));
    const opened = await this.#doctor.records.openAll(fresh);
    const now = Date.now();
    for (const { hit, resource } of opened) {
      const recordId = toHex(hit.recordId);
      const parsed: unknown = JSON.parse(new TextDecoder().decode(resource));
      const record = { recordId, writer: toHex(hit.writer), isAmended: false, resource: parsed };
      for (const { readings } of seriesOf([record]))
        this.delays.push(...readings.map(({ timeMs }) => now - timeMs));
      this.seen.add(recordId);
    }
  }
}

const devnet = await GatewayDevnet.open('bench-gateway', 27_000);
try {
  await devnet.enrolGateway();
  const init = { backend: devnet.backend, directory: devnet.home, passphrase: PASSPHRASE };
  const home = await openGatewayHome(init);
  const secrets = new SourceSecrets(home.keys.root);
  const screen = new Screen(await devnet.admitDoctor(), devnet.maria.keys.id);
  const watched = new Set<string>();
  let delays: number[] = [];
  let objects = 0;
  const gateway = new Gateway({
    homes: [home],
    backend: devnet.backend,
    port: devnet.gatewayPort,
    segmentMs: segmentSeconds * 1000,
    onAnchored: (anchored) => {
      const now = Date.now();
      objects += anchored.length;
      for (const { object, recordId } of anchored)
        if (object.stream.source === WATCHED) watched.add(toHex(recordId));
      delays.push(...anchored.flatMap(({ object }) => object.samples.map(({ timeMs }) => now - timeMs)));
    },
  });
  await gateway.start();
  const measure = async (wearables: number): Promise<Row> => {
    delays = [];
    screen.delays = [];
    objects = 0;
    const over = new AbortController();
    const endMs = performance.now() + seconds * 1000 + DRAIN_MS_MAX;
    const looking = (async () => {
      while (!over.signal.aborted || (screen.seen.size < watched.size && performance.now() < endMs)) {
        await screen.look();
        await delay(LOOK_EVERY_MS);
      }
    })();
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
    while (delays.length < load.accepted && performance.now() < endMs) await delay(50);
    const committedPerSecond = (delays.length * 1000) / (performance.now() - begun);
    over.abort();
    await looking;
    const { user, system } = process.cpuUsage(cpu);
    return {
      wearables,
      load,
      committed: delays.length,
      committedPerSecond,
      delayMs: quantiles(delays),
      screenMs: quantiles(screen.delays),
      objects,
      cpuSeconds: (user + system) / 1e6,
    };
  };
  console.log(
    `${seconds} s at ${hz} Hz, segments of ${segmentSeconds} s, load before ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log(
    '| wearables | committed | readings/s | objects | accepted p50 / p95 (ms) | sensor to block p50 / p95 (s) | to the screen p50 / p95 (s) | CPU of gateway, load and doctor (s) | load |',
  );
  console.log(`|${' --- |'.repeat(9)}`);
  for (const wearables of values.wearables.split(',').map(Number)) {
    const { load, committed, committedPerSecond, delayMs, screenMs, cpuSeconds, ...row } =
      await measure(wearables);
    const pair = ({ p50, p95 }: { p50: number; p95: number }, unit: number, digits: number): string =>
      `${(p50 / unit).toFixed(digits)} / ${(p95 / unit).toFixed(digits)}`;
    const cells = [
      wearables,
      `${committed} of ${load.sent}`,
      committedPerSecond.toFixed(1),
      row.objects,
      pair(load.answerMs, 1, 0),
      pair(delayMs, 1000, 1),
      pair(screenMs, 1000, 1),
      cpuSeconds.toFixed(1),
      loadavg()[0]?.toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  await gateway.stop();
} finally {
  await devnet.close();
}
process.exit();
