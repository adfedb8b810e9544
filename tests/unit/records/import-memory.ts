/**
 * Imports so many megabytes of Apple Health as `phr import` does and prints by how many MiB what the process holds grew,
 * and by how many the process. What it holds is read behind a full collection: when the collector comes by itself is
 * a matter of the machine's load.
 */
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

const heldBytes = (): number => {
  global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const before = { held: heldBytes(), resident: process.memoryUsage.rss() };
let records = 0;
let most = before;
for await (const item of importAppleHealth(exportFile(), { subject: 'Patient/1' })) {
  if (item.kind === 'record') records += 1;
  if (records % 5_000 !== 0) continue;
  const resident = Math.max(most.resident, process.memoryUsage.rss());
  most = { held: Math.max(most.held, heldBytes()), resident };
}
const mebibytes = (bytes: number): number => bytes / 1048576;
process.stdout.write(
  JSON.stringify({
    records,
    heldMiB: mebibytes(most.held - before.held),
    grownMiB: mebibytes(most.resident - before.resident),
  }),
);
