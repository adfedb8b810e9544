/**
 * Memory of a large body: seals and opens a gigabyte through a temporary folder and prints the peak of this process.
 * Run: `node --max-semi-space-size=1 tests/bench/crypto/stream.ts [megabytes]` (default 1000; target: below 150 MB
 * resident). Without the option the engine lets tens of megabytes of spent buffers wait for its collector.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeRecordHeader,
  deriveCompartment,
  derivePersonKeys,
  openRecordStream,
  sealRecordStream,
  writerKit,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';

const megabytes = Number(process.argv[2] ?? 1000);
const backend = await createNativeBackend();
const writer = derivePersonKeys(backend, backend.random(32));
const name = { category: 'imaging', generation: 0, period: 'all' };
const compartment = deriveCompartment(backend, backend.random(32), name);
const folder = await mkdtemp(join(tmpdir(), 'phr-stream-'));
const piece = new Uint8Array(1_000_000).fill(1);
const rssMb = () => process.memoryUsage.rss() / 1e6;
const before = rssMb();
let peak = before;
const note = () => {
  peak = Math.max(peak, rssMb());
};
const source = async function* () {
  for (let i = 0; i < megabytes; i++) yield await Promise.resolve(piece);
};
try {
  const start = performance.now();
  const sealed = await sealRecordStream(backend, {
    chainId: backend.random(32),
    recordId: backend.random(32),
    patient: writer.id,
    sequence: 0,
    previous: null,
    writer: { id: writer.id, secretKey: writer.sign.secretKey },
    slots: [writerKit(backend, compartment, writer.id, 0)],
    source: source(),
    put: async ({ cid, bytes }) => {
      await writeFile(join(folder, cid.toString()), bytes);
      note();
    },
  });
  const middle = performance.now();
  const peakSealing = peak;
  let length = 0;
  const opened = openRecordStream(backend, {
    header: decodeRecordHeader(sealed.header),
    key: { kind: 'owner', compartment },
    fetch: async (cid) => {
      note();
      return await readFile(join(folder, cid.toString()));
    },
  });
  for await (const part of opened) length += part.length;
  if (length !== megabytes * piece.length) throw new Error('the stream lost bytes');
  const rate = (ms: number) => `${((megabytes * 1000) / ms).toFixed(0)} MB/s`;
  console.log(
    `${megabytes} MB: sealed at ${rate(middle - start)}, opened at ${rate(performance.now() - middle)}`,
  );
  console.log(
    `resident: ${before.toFixed(0)} MB before, sealing ${peakSealing.toFixed(0)} MB, opening ${peak.toFixed(0)} MB (target 150)`,
  );
  const highest = process.resourceUsage().maxRSS / 1000;
  console.log(`highest by the system, start-up included: ${highest.toFixed(0)} MB`);
  process.exitCode = highest < 150 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
