/** Imports so many megabytes of Apple Health as `phr import` does and prints by how many MiB the process grew. */
import process from 'node:process';
import { importAppleHealth } from '#node/records';
import { keepYoungGenerationSmall } from '../../../node/cli/steady-memory.ts';
import { appleHealth } from './apple-health.ts';

keepYoungGenerationSmall();
const encoder = new TextEncoder();
const bytesWanted = Number(process.argv[2]) * 1e6;

function* exportFile(): Generator<Uint8Array> {
  yield encoder.encode('<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="en_GB">\n');
  let made = 0;
  for (let seed = 0; made < bytesWanted; seed += 1) {
    const piece = encoder.encode(appleHealth(100, { seed, isFragment: true }));
    made += piece.length;
    yield piece;
  }
  yield encoder.encode('</HealthData>\n');
}

const before = process.memoryUsage.rss();
let [records, most] = [0, before];
for await (const item of importAppleHealth(exportFile(), { subject: 'Patient/1' })) {
  if (item.kind === 'record') records += 1;
  if (records % 10_000 === 0) most = Math.max(most, process.memoryUsage.rss());
}
process.stdout.write(JSON.stringify({ records, grownMiB: (most - before) / 1048576 }));
