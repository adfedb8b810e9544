/**
 * How fast files become records that can be sealed: import in MB/s and records/s with the most memory that the process
 * held, and keyword extraction. Peer in the same run: `JSON.parse` of the bundle.
 *
 * Run: `node tests/bench/records.ts [megabytes of Apple Health]` (default 64; 1024 is the size that the bound of
 * 200 MiB is stated for). Exit code 1 when the memory bound is broken.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import process from 'node:process';
import {
  categoryOf,
  clinicalMonthOf,
  encodeObservation,
  importAppleHealth,
  importBundle,
  importCsv,
  importNdjson,
  keywordsOf,
  parseBundle,
  simulateWearable,
} from '#node/records';
import type { ImportItem } from '#node/records';
import { keepYoungGenerationSmall } from '../../node/cli/steady-memory.ts';
import { appleHealth } from '../unit/records/apple-health.ts';

const RSS_BYTES_MAX = 200 * 1024 * 1024;
const megabytes = Number(process.argv[2] ?? 64);
const encoder = new TextEncoder();
const luna = readFileSync(
  new URL('../fixtures/fhir/Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json', import.meta.url),
);

interface Measured {
  readonly bytes: number;
  readonly records: number;
  readonly others: number;
  readonly seconds: number;
  readonly rssBytes: number;
}

async function measured(items: AsyncIterable<ImportItem>): Promise<Measured> {
  const begun = performance.now();
  let [bytes, records, others, rssBytes, count] = [0, 0, 0, 0, 0];
  for await (const item of items) {
    bytes = item.bytesRead;
    if (item.kind === 'record') records += 1;
    else others += 1;
    count += 1;
    if (count % 20_000 === 0) rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
  }
  rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
  return { bytes, records, others, seconds: (performance.now() - begun) / 1000, rssBytes };
}

const show = (name: string, { bytes, records, others, seconds, rssBytes }: Measured): void => {
  const rate = (bytes / 1e6 / seconds).toFixed(1);
  process.stdout.write(
    `${name.padEnd(22)} ${(bytes / 1e6).toFixed(0).padStart(5)} MB ${rate.padStart(7)} MB/s ${(records / seconds).toFixed(0).padStart(8)} records/s  ${records} records, ${others} others, RSS at most ${(rssBytes / 1048576).toFixed(0)} MiB\n`,
  );
};

/** An export of about this size, made piece by piece: it never lies in memory. */
function* apple(bytesWanted: number): Generator<Uint8Array> {
  yield encoder.encode('<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="en_GB">\n');
  let made = 0;
  for (let seed = 0; made < bytesWanted; seed += 1) {
    const piece = encoder.encode(appleHealth(100, { seed, isFragment: true }));
    made += piece.length;
    yield piece;
  }
  yield encoder.encode('</HealthData>\n');
}

function* wearableLines(count: number): Generator<Uint8Array> {
  const init = { seed: 1, subject: 'Patient/1', startMs: 0, endMs: count * 5_000, intervalMs: 5_000 };
  for (const reading of simulateWearable(init)) {
    yield encodeObservation(reading);
    yield encoder.encode('\n');
  }
}

function* table(count: number): Generator<Uint8Array> {
  yield encoder.encode('time,heart rate,systolic,diastolic,temperature [degF],spo2\n');
  for (let i = 0; i < count; i += 1) {
    const time = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();
    yield encoder.encode(
      `${time},${60 + (i % 50)},${110 + (i % 40)},${65 + (i % 20)},98.${i % 10},${94 + (i % 6)}\n`,
    );
  }
}

/** Shortest of five runs in milliseconds. */
function best(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...times);
}

keepYoungGenerationSmall();
process.stdout.write(
  `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} at the start\n`,
);
const phone = await measured(importAppleHealth(apple(megabytes * 1e6), { subject: 'Patient/1' }));
show('apple-health', phone);
// Made again without an import, after the memory was measured: what is left is the import's own time.
const begun = performance.now();
let generated = 0;
for (const piece of apple(megabytes * 1e6)) generated += piece.length;
const generation = (performance.now() - begun) / 1000;
process.stdout.write(
  `  of these ${generation.toFixed(1)} s are the making of the file: ${(generated / 1e6 / Math.max(0.001, phone.seconds - generation)).toFixed(1)} MB/s without it\n`,
);
show('csv', await measured(importCsv(table(20_000), { subject: 'Patient/1' })));
show('ndjson', await measured(importNdjson(wearableLines(50_000))));
show('bundle (Luna)', await measured(importBundle([luna])));
const parsing = best(() => void JSON.parse(luna.toString()));
const importing = best(() => void parseBundle(luna));
process.stdout.write(
  `bundle of 223 entries with their bytes ${importing.toFixed(1)} ms, JSON.parse alone ${parsing.toFixed(1)} ms: ${(importing / parsing).toFixed(1)} times\n`,
);
const { entries } = parseBundle(luna);
let keywords = 0;
const extracting = best(() => {
  keywords = 0;
  for (const { resource } of entries) {
    const context = { category: categoryOf(resource), month: clinicalMonthOf(resource) };
    keywords += keywordsOf(resource, context).length;
  }
});
process.stdout.write(
  `keywords               ${((entries.length / extracting) * 1000).toFixed(0)} records/s, ${((keywords / extracting) * 1000).toFixed(0)} keywords/s (${(keywords / entries.length).toFixed(1)} a record)\n`,
);
if (phone.rssBytes > RSS_BYTES_MAX) {
  process.stderr.write(`memory: ${phone.rssBytes} bytes are over the bound of ${RSS_BYTES_MAX}\n`);
  process.exitCode = 1;
}
