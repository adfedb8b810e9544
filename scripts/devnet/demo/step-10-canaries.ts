import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawCanaries, needlesOf, plainNeedlesOf } from '../canary/needles.ts';
import type { Needle } from '../canary/needles.ts';
import { mergeScans, scanDirectory } from '../canary/scan-files.ts';
import type { ScanResult } from '../canary/scan-files.ts';
import { scanMemory } from '../canary/scan-memory.ts';
import { nodeFiles } from '../node-process.ts';
import { aliveProcesses, requireState } from '../state-file.ts';
import { claim, claimEqual, Untrue } from './step.ts';
import type { DemoStep } from './step.ts';
import type { World } from './world.ts';

/** Family names of the two patients' real records: no canaries of ours, and no business of a node's either. */
const FAMILY_NAMES = ['McCullough561', 'Hermiston71'];
const MEGABYTE = 1024 * 1024;

/** What stood in records, keywords and passphrases is nowhere on or in any node; and the search for it is not blind. */
export const canariesStep: DemoStep = {
  number: 10,
  title: 'no node has seen a plaintext, a keyword or a passphrase',
  needs: [3],
  async run(world) {
    const needles = [...needlesOf(world.canaries.stem), ...FAMILY_NAMES.flatMap(plainNeedlesOf)];
    const controls = await claimScannerSees();
    claimPeopleHold(world, needles);
    const files = mergeScans(
      await Promise.all(
        world.nodeNames.map((name) => scanDirectory(nodeFiles(world.dataDir, name).directory, needles)),
      ),
    );
    claimNothing(files, 'node directories and logs');
    const memory = scanNodes(world, needles);
    claimNothing(memory, 'node memory');
    const traffic = await scanTraffic(world, needles);
    return `nothing in ${files.parts} files (${megabytes(files)}), ${describeMemory(memory)}, ${traffic}; ${needles.length} forms of canary and names; the same search finds ${controls}`;
  },
};

/** The very same words are in the memory of the person who has them; where that can be read, they must be found. */
function claimPeopleHold(world: World, needles: readonly Needle[]): void {
  const own = scanMemory(world.actor('gateway').pid ?? 0, needles);
  if (own.bytes > 0) claim(own.hits.length > 0, "the canary in its own person's process", 'not found');
}

function claimNothing(scan: ScanResult, what: string): void {
  const [hit] = scan.hits;
  if (hit !== undefined)
    throw new Untrue(
      `no canary in ${what}`,
      `${scan.hits.length}, first in ${hit.place} as ${hit.encoding}: ${hit.excerpt}`,
    );
}

function scanNodes(world: World, needles: readonly Needle[]): ScanResult {
  const alive = aliveProcesses(requireState(world.dataDir));
  claimEqual(alive.length, world.nodeNames.length, 'node processes to search');
  for (const { name, id } of alive) {
    // Every process has its own command line on its stack: a search that does not find it there proves nothing.
    const known = scanMemory(id.pid, [
      { encoding: 'utf-8', bytes: Buffer.from(nodeFiles(world.dataDir, name).config) },
    ]);
    if (known.bytes > 0)
      claim(known.hits.length > 0, `the command line of ${name} found in its memory`, 'not found');
  }
  return mergeScans(alive.map(({ id }) => scanMemory(id.pid, needles)));
}

function describeMemory(memory: ScanResult): string {
  return memory.parts === 0
    ? `memory SKIPPED (${memory.skipped[0] ?? 'not readable'})`
    : `${megabytes(memory)} of process memory`;
}

async function scanTraffic(world: World, needles: readonly Needle[]): Promise<string> {
  const { capture } = world;
  if (capture === undefined) return `loopback traffic SKIPPED (${world.captureSkipped})`;
  world.capture = undefined;
  const scan = await capture.finish(needles);
  claimNothing(scan, 'loopback traffic');
  claim(scan.bytes > MEGABYTE, 'more than a megabyte of captured traffic', scan.bytes);
  return `${megabytes(scan)} of loopback traffic by ${capture.by}${scan.dropped === 0 ? '' : ` (${scan.dropped ?? 'an unknown number of'} packets lost)`}`;
}

/** The positive control: a word planted in files and in a process, in every form, must be found in every form. */
async function claimScannerSees(): Promise<string> {
  const control = drawCanaries('ct');
  const needles = needlesOf(control.stem);
  const directory = mkdtempSync(join(tmpdir(), 'phr-control-'));
  try {
    for (const [index, { bytes }] of needles.entries())
      writeFileSync(join(directory, String(index)), Buffer.concat([Buffer.from('..'), bytes]));
    const { hits } = await scanDirectory(directory, needles);
    for (const { encoding } of needles)
      claim(
        hits.some((hit) => hit.encoding === encoding),
        `the planted file found as ${encoding}`,
        'not found',
      );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const inMemory = await controlProcess(control.stem, needles);
  return `${needles.length} of ${needles.length} planted forms${inMemory ? ' and a word in the memory of another process' : ''}`;
}

async function controlProcess(stem: string, needles: readonly Needle[]): Promise<boolean> {
  const program =
    "process.stdin.once('data', (text) => { globalThis.kept = [String(text), Buffer.from(text)]; process.stdout.write('kept'); }); setInterval(() => {}, 1e6);";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    child.stdin.write(stem);
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(10_000) });
    const scan = scanMemory(child.pid ?? 0, needles);
    if (scan.bytes === 0) return false;
    claim(scan.hits.length > 0, 'the word planted in the memory of a process', 'not found');
    const absent = scanMemory(child.pid ?? 0, needlesOf(drawCanaries('ct').stem));
    claimEqual(absent.hits.length, 0, 'hits of a word that the process does not hold');
    return true;
  } finally {
    child.kill('SIGKILL');
  }
}

function megabytes({ bytes }: ScanResult): string {
  return `${(bytes / MEGABYTE).toFixed(0)} MB`;
}
