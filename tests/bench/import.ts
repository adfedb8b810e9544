import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { categoryOf, clinicalMonthOf, keywordsOf, parseBundle } from '#node/records';
import { GatewayDevnet } from '../e2e/gateway-devnet.ts';
import { BUNDLES } from '../unit/records/synthea.ts';

/**
 * How long a whole record of a life takes from the file to the network: both Synthea bundles are parsed, sealed,
 * stored at three of four node processes on this machine, committed, and found by a proven search.
 *
 *   node tests/bench/import.ts [seconds that the first bundle may take, default 3]
 *
 * Exit code 1 when it takes longer.
 */
const SECONDS_MAX = Number(process.argv[2] ?? 3);

const devnet = await GatewayDevnet.open('bench-import', 27_400);
try {
  const { maria } = devnet;
  const patient = maria.keys.id;
  const author = Buffer.from(patient).toString('hex');
  for (const [i, bundle] of BUNDLES.entries()) {
    const source = readFileSync(bundle.url);
    const load = loadavg()[0]?.toFixed(1);
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const marks = new Map<string, number>();
    const records = parseBundle(source).entries.map(({ resource, bytes }) => {
      const [category, month] = [categoryOf(resource), clinicalMonthOf(resource)];
      return {
        resource: bytes,
        category,
        month,
        keywords: keywordsOf(resource, { category, month, author }),
      };
    });
    const mark = (what: string): void => void marks.set(what, performance.now() - begun);
    mark('parsed');
    const uploaded = await maria.records.upload(
      { patient, records },
      { onProgress: ({ what }) => mark(what) },
    );
    const categories = [...new Set(records.map(({ category }) => category))];
    const months = [...new Set(records.map(({ month }) => month))];
    const { hits, complete } = await maria.records.search({ patient, categories, months, keywords: '*' });
    mark('searched');
    const { user, system } = process.cpuUsage(cpu);
    if (hits.length < uploaded.length || !complete) throw new Error('not everything is found');
    const seconds = (performance.now() - begun) / 1000;
    const phases = [...marks].map(([what, ms]) => `${what} ${(ms / 1000).toFixed(2)}`).join(', ');
    process.stdout.write(
      `${bundle.entries} entries, ${(source.length / 1e6).toFixed(1)} MB: ${seconds.toFixed(2)} s (${phases}), client's CPU ${((user + system) / 1e6).toFixed(2)} s, load before ${load}\n`,
    );
    if (i === 0 && seconds > SECONDS_MAX) process.exitCode = 1;
  }
} finally {
  await devnet.close();
}
