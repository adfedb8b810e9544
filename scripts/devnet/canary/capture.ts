import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { poll } from '../poll.ts';
import { scanFile, scanRange } from './scan-files.ts';
import type { ScanResult } from './scan-files.ts';
import { needlesOf } from './needles.ts';
import type { Needle } from './needles.ts';

/** Writes every frame of the loopback interface to a file, from an AF_PACKET socket (packet(7)); for machines without tcpdump. */
const PACKET_READER = `
import signal, socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024 * 1024)
s.bind(('lo', 0))
s.settimeout(0.2)
going = True
def end(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, end)
out = open(sys.argv[1], 'ab', buffering=1 << 20)
flushed = 0.0
while going:
    if time.monotonic() - flushed > 0.1:
        out.flush()
        flushed = time.monotonic()
    try:
        frame, address = s.recvfrom(262144)
    except TimeoutError:
        continue
    if address[2] == 4:
        continue
    out.write(frame)
out.flush()
packets, drops = struct.unpack('II', s.getsockopt(263, 6, 8))
print(str(drops) + ' packets dropped by kernel')
`;
const END_TIMEOUT_MS = 5_000;
const WORDS_MAX = 4096;
const START_TIMEOUT_MS = 5_000;

/** A running capture of the loopback interface. */
export interface Capture {
  file: string;
  /** The program that captures. */
  by: string;
  /** Ends the capture and searches what it wrote. `dropped` counts packets that the kernel lost, when it says. */
  finish(needles: readonly Needle[]): Promise<ScanResult & { dropped: number | undefined }>;
  end(): Promise<void>;
}

/**
 * Captures loopback traffic where the system lets us. Before it counts as running, a word sent over loopback must
 * have arrived in the file.
 *
 * @param control stem of the word that proves the capture works
 * @returns the capture, or why there is none
 */
export async function startCapture(file: string, control: string): Promise<Capture | { skipped: string }> {
  const reasons: string[] = [];
  for (const candidate of candidates(file)) {
    if (spawnSync(candidate.command, ['--version'], { stdio: 'ignore' }).error !== undefined) {
      reasons.push(`${candidate.command} is not installed`);
      continue;
    }
    const child = spawn(candidate.command, candidate.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const needles = needlesOf(control);
    const working = await poll(
      async () => {
        if (child.exitCode !== null) return false;
        await sendOverLoopback(control);
        return existsSync(file) && scanFile(file, needles).hits.length > 0 ? true : undefined;
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
    if (working === true) return captureOf(child, file, candidate.command, control);
    await endChild(child);
    reasons.push(`${candidate.command} may not capture here`);
  }
  return { skipped: reasons.join(', ') };
}

function candidates(file: string): { command: string; args: string[] }[] {
  return [
    { command: 'tcpdump', args: ['-i', 'lo', '-U', '-s', '0', '-B', '65536', '-w', file, 'tcp'] },
    { command: 'python3', args: ['-c', PACKET_READER, file] },
  ];
}

function captureOf(child: ChildProcess, file: string, by: string, control: string): Capture {
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-WORDS_MAX);
    });
  }
  const end = () => endChild(child);
  return {
    file,
    by,
    end,
    async finish(needles) {
      // A last word is sent: when it has arrived in the file, so has everything before it.
      const from = statSync(file).size;
      const last = needlesOf(`${control}last`);
      await sendOverLoopback(`${control}last`);
      await poll(() => (scanTail(file, from, last).hits.length > 0 ? true : undefined), {
        timeoutMs: END_TIMEOUT_MS,
      });
      await end();
      const drops = /([0-9]+) packets dropped by kernel/.exec(words)?.[1];
      return { ...scanFile(file, needles), dropped: drops === undefined ? undefined : Number(drops) };
    },
  };
}

function scanTail(file: string, from: number, needles: readonly Needle[]): ScanResult {
  const descriptor = openSync(file, 'r');
  try {
    return scanRange(descriptor, { from, to: Number.MAX_SAFE_INTEGER }, needles, file);
  } finally {
    closeSync(descriptor);
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit', { signal: AbortSignal.timeout(END_TIMEOUT_MS) });
  child.kill('SIGTERM');
  await gone.catch(() => child.kill('SIGKILL'));
}

/** Sends a text through a fresh loopback connection. */
export async function sendOverLoopback(text: string): Promise<void> {
  const server = createServer((socket) => socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(text);
  await once(socket, 'close');
  await new Promise((done) => server.close(done));
}
