/**
 * Memory of a large body: seals and opens a gigabyte through a temporary folder and prints the peak of this process.
 * Run: `node tests/bench/crypto/stream.ts [megabytes] [keep]` (default 1000; exit code 1 when it is above 150 MB
 * resident, start-up included, or when the text that came back is another one). With `keep` the blocks stay in memory,
 * which shows that the measurement sees them.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
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
const kept: Uint8Array[] | undefined = process.argv[3] === 'keep' ? [] : undefined;
const backend = await createNativeBackend();
const writer = derivePersonKeys(backend, backend.random(32));
const name = { category: 'imaging', generation: 0, period: 'all' };
const compartment = deriveCompartment(backend, backend.random(32), name);
const folder = await mkdtemp(join(tmpdir(), 'phr-stream-'));
const rssMb = () => process.memoryUsage.rss() / 1e6;
const before = rssMb();
let peak = before;
/** Of this program's memory: the system's figure for the process counts that of its parent before it was started. */
async function highestMb(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return (Number(kibibytes) * 1024) / 1e6;
}
const note = () => {
  peak = Math.max(peak, rssMb());
};
/** The file is made and read as a careful program would: through one buffer each way. */
const piece = new Uint8Array(1_000_000).fill(1);
const block = new Uint8Array(1024 * 1024);
const [given, taken] = [createHash('sha256'), createHash('sha256')];
const source = async function* () {
  for (let i = 0; i < megabytes; i++) {
    new DataView(piece.buffer).setUint32(0, i);
    given.update(piece);
    yield await Promise.resolve(piece);
  }
};
async function fetchBlock(name: string): Promise<Uint8Array> {
  const file = await open(join(folder, name));
  try {
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(block, filled, block.length - filled);
      if (bytesRead === 0) return block.subarray(0, filled);
      filled += bytesRead;
    }
  } finally {
    await file.close();
  }
}
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
      kept?.push(bytes.slice());
      note();
    },
    reuse: true,
  });
  const middle = performance.now();
  const peakSealing = peak;
  const opened = openRecordStream(backend, {
    header: decodeRecordHeader(sealed.header),
    key: { kind: 'owner', compartment },
    fetch: (cid) => {
      note();
      return fetchBlock(cid.toString());
    },
    reuse: true,
  });
  for await (const part of opened) taken.update(part);
  if (given.digest('hex') !== taken.digest('hex')) throw new Error('the stream lost bytes');
  const rate = (ms: number) => `${((megabytes * 1000) / ms).toFixed(0)} MB/s`;
  console.log(
    `${megabytes} MB: sealed at ${rate(middle - start)}, opened at ${rate(performance.now() - middle)}`,
  );
  console.log(
    `resident: ${before.toFixed(0)} MB before, sealing ${peakSealing.toFixed(0)} MB, opening ${peak.toFixed(0)} MB (target 150)`,
  );
  const highest = await highestMb();
  console.log(`highest by the system, start-up included: ${highest.toFixed(0)} MB`);
  console.log(`growth: ${(Math.max(highest, peak) - before).toFixed(0)} MB`);
  process.exitCode = Math.max(highest, peak) < 150 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
