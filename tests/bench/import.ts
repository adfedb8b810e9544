import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { categoryOf, clinicalMonthOf, keywordsOf, parseBundle } from '#node/records';
import { readState } from '../../scripts/devnet/state-file.ts';
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

/** Seconds of processor time that the node processes have used so far, all threads of them. */
function nodesCpu(): number {
  const pids = [...(readState(devnet.dataDir)?.processes.values() ?? [])].map(({ pid }) => pid);
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? [];
    return Number(user) + Number(system);
  });
  return ticks.reduce((sum, of) => sum + of, 0) / 100;
}

try {
  const { maria } = devnet;
  const patient = maria.keys.id;
  const author = Buffer.from(patient).toString('hex');
  for (const [i, bundle] of BUNDLES.entries()) {
    const source = readFileSync(bundle.url);
    const load = loadavg()[0]?.toFixed(1);
    const cpu = process.cpuUsage();
    const before = nodesCpu();
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
    const nodes = nodesCpu() - before;
    if (hits.length < uploaded.length || !complete) throw new Error('not everything is found');
    const seconds = (performance.now() - begun) / 1000;
    const phases = [...marks].map(([what, ms]) => `${what} ${(ms / 1000).toFixed(2)}`).join(', ');
    process.stdout.write(
      `${bundle.entries} entries, ${(source.length / 1e6).toFixed(1)} MB: ${seconds.toFixed(2)} s (${phases}), CPU of the client ${((user + system) / 1e6).toFixed(2)} s, of the nodes ${nodes.toFixed(2)} s, load before ${load}\n`,
    );
    if (i === 0 && seconds > SECONDS_MAX) process.exitCode = 1;
  }
} finally {
  await devnet.close();
}
