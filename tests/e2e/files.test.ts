import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapRoot } from '#crypto';
import { FILE_PART_BYTES } from '#node/client';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { admitPatients } from './sender.ts';

/** A file of PHR_FILE_MB megabytes; 500 takes some minutes on two cores. */
const SIZE = Number(process.env['PHR_FILE_MB'] ?? 128) * 1_000_000;
/** Of the process that uploads or opens, whatever the size of the file. */
const CLIENT_RSS_MAX = 350 * 1024 * 1024;
const TIMEOUT_MS = 300_000 + SIZE / 500;

const main = fileURLToPath(new URL('../../node/main.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-files-'));
const dataDir = join(scratch, 'data');
const file = join(scratch, 'scan.dcm');
const plan = planDevnet({ seed: 'files', nodes: 4, basePort: await findFreeBasePort(4, 27_400) });
const running: ChildProcess[] = [];
let digest: string;
let person: readonly string[];

interface Uploaded {
  file: string;
  known: number;
  holders: number | null;
  ms: number;
  rssBytes: number;
}

beforeAll(async () => {
  await bringUp(dataDir, plan, {
    fresh: true,
    io: { out: () => undefined, signal: new AbortController().signal },
  });
  const genesis = genesisFile(dataDir);
  const [patient] = await admitPatients(plan, new Uint8Array(readFileSync(genesis)), 1);
  writeFileSync(join(scratch, 'passphrase'), 'a passphrase of the test\n');
  const wrapped = await wrapRoot({ root: patient!.keys.root, passphrase: 'a passphrase of the test' });
  writeFileSync(join(scratch, 'key'), wrapped);
  person = [
    '--genesis',
    genesis,
    '--keystore',
    join(scratch, 'key'),
    '--passphrase-file',
    join(scratch, 'passphrase'),
  ];
  digest = await writeNoise(file, SIZE);
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await endNodes(dataDir);
  rmSync(scratch, { recursive: true, force: true });
});

/** Bytes that do not compress and do not repeat; their SHA-256. */
async function writeNoise(path: string, size: number): Promise<string> {
  const stream = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));
  const hash = createHash('sha256');
  const handle = await open(path, 'w');
  for (let left = size; left > 0; left -= 4_000_000) {
    const bytes = stream.update(Buffer.alloc(Math.min(left, 4_000_000)));
    hash.update(bytes);
    await handle.writeFile(bytes);
  }
  await handle.close();
  return hash.digest('hex');
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

/** A command in a process of its own. */
function phr(node: string, words: readonly string[]) {
  const url = plan.nodes.find(({ name }) => name === node)?.apiUrl ?? '';
  const [verb = '', ...rest] = words;
  const child = spawn(process.execPath, [
    '--no-warnings',
    main,
    verb,
    '--node',
    url,
    ...person,
    ...rest,
    '--json',
  ]);
  running.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; out: string; err: string }>();
  child.on('exit', (code) => resolve({ code, out, err }));
  return { child, done: promise };
}

/** Block files of a full body block that lie at a node. */
function storedAt(node: string): number {
  const blocks = join(nodeFiles(dataDir, node).data, 'blocks', 'blocks');
  return readdirSync(blocks, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length;
}

async function reached(node: string, bytes: number): Promise<void> {
  const found = await poll(async () => (storedAt(node) * 983_280 >= bytes ? true : undefined), {
    timeoutMs: TIMEOUT_MS,
  });
  expect(found, `${bytes} bytes at ${node}`).toBe(true);
}

describe('a large file', () => {
  let uploaded: Uploaded;

  it(
    'is uploaded in spite of Ctrl-C and of a node that is killed midway',
    async () => {
      const first = phr('north', ['upload', file]);
      await reached('north', SIZE * 0.3);
      first.child.kill('SIGINT');
      const stopped = await first.done;
      expect(stopped.code).toBe(130);
      expect(stopped.err).toContain('scan.dcm: not finished. What is stored stays');

      const second = phr('north', ['upload', file]);
      await reached('north', SIZE * 0.6);
      await signalNode(dataDir, 'north', 'SIGKILL');
      startNode(dataDir, 'north');
      const { code, out, err } = await second.done;
      expect(err).toBe('');
      expect(code).toBe(0);
      uploaded = JSON.parse(out) as Uploaded;
      // What was committed before Ctrl-C was not sent again.
      expect(uploaded.known).toBeGreaterThanOrEqual(FILE_PART_BYTES);
      expect(uploaded.holders).toBeGreaterThanOrEqual(2);
      expect(uploaded.rssBytes).toBeLessThan(CLIENT_RSS_MAX);
      // Nothing but the part that Ctrl-C cut off was stored twice.
      expect(storedAt('north') * 983_280).toBeLessThan(SIZE * 1.06 + 3 * FILE_PART_BYTES + 40_000_000);
    },
    TIMEOUT_MS,
  );

  it(
    'comes back byte for byte from another node, while the one that took it is away',
    async () => {
      await signalNode(dataDir, 'north', 'SIGKILL');
      const out = join(scratch, 'back.dcm');
      const opened = await phr('west', ['open', '--out', out, uploaded.file]).done;
      expect(opened.err).toBe('');
      expect(await digestOf(out)).toBe(digest);
      const { ms, rssBytes } = JSON.parse(opened.out) as Uploaded;
      expect(rssBytes).toBeLessThan(CLIENT_RSS_MAX);
      if (process.env['PHR_FILE_MB'] !== undefined) {
        const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
        process.stdout.write(
          `${mb(SIZE)}: upload ${uploaded.ms} ms after ${mb(uploaded.known)} known, RSS ${mb(uploaded.rssBytes)}; open ${ms} ms, RSS ${mb(rssBytes)}\n`,
        );
      }
    },
    TIMEOUT_MS,
  );
});
