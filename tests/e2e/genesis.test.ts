import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { statusSchema } from '#node/client';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { phr } from '../unit/cli/run-phr.ts';

/** Runs docs/GENESIS.md: every command of it, where it says, in its order. Only ports and times are others. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(join(ROOT, 'docs', 'GENESIS.md'), 'utf8');
const PORTS_OF_DOCUMENT = 7500;
const WAIT_MS = 150_000;

interface Block {
  readonly section: string;
  readonly who: readonly string[];
  readonly lines: readonly string[];
}

/** Every block of commands: ```sh <institutions> ... ``` */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: { who: string[]; lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    if (open === undefined && line.startsWith('## ')) section = line.slice(3);
    const begin = /^```sh (.+)$/.exec(line);
    if (begin?.[1] !== undefined) open = { who: begin[1].split(' '), lines: [] };
    else if (line === '```' && open !== undefined) {
      blocks.push({ section, ...open });
      open = undefined;
    } else open?.lines.push(line);
  }
  return blocks;
}

const blocks = blocksOf(TEXT);
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-genesis-'));
const nodes = new Map<string, ChildProcess>();
const genesisTime = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
/** What earlier commands said, for the places in capitals. */
const said = {
  FINGERPRINT: '',
  PROPOSAL: '',
  fingerprints: new Map<string, string[]>(),
  chains: new Set<string>(),
};
let basePort: number;
let passed = 0;

beforeAll(async () => {
  basePort = await findFreeBasePort(5, 29_000);
});

afterAll(async () => {
  const running = [...nodes.values()].filter((child) => child.exitCode === null);
  const gone = running.map((child) => new Promise((done) => child.once('exit', done)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(gone);
  if (passed === 4) rmSync(scratch, { recursive: true, force: true });
});

async function statusAt(name: string) {
  const index = ['north', 'east', 'south', 'west', 'harbour'].indexOf(name);
  try {
    const response = await fetch(`http://127.0.0.1:${basePort + 10 * index + 1}/api/v1/status`);
    return statusSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const options = { timeoutMs: WAIT_MS, signal: new AbortController().signal };
  if ((await poll(async () => ((await holds()) ? true : undefined), options)) === undefined)
    throw new Error(`${what}: not in time`);
}

function start(name: string, cwd: string): void {
  const entry = join(ROOT, 'node', 'main.ts');
  const args = ['--disable-warning=ExperimentalWarning', entry, 'start', '--config', 'node/config.json'];
  nodes.set(name, spawn(process.execPath, args, { cwd, stdio: 'ignore' }));
}

/** One line of the document at one institution. Gives what it printed. */
async function run(line: string, name: string): Promise<string> {
  const cwd = join(scratch, name);
  const [program, ...words] = line
    .replaceAll(/75(\d\d)\b/g, (_, offset: string) =>
      String(basePort + PORTS_OF_DOCUMENT - 7500 + Number(offset)),
    )
    .replace('2026-11-22T12:00:00Z', genesisTime)
    .replace('FINGERPRINT', said.FINGERPRINT)
    .replace('PROPOSAL', said.PROPOSAL)
    .split(' ');
  if (program === 'cp') {
    copyFileSync(join(cwd, words[0] ?? ''), join(cwd, words[1] ?? ''));
    return '';
  }
  expect(program).toBe('phr');
  if (words[0] === 'start') {
    start(name, cwd);
    return '';
  }
  if (words[0] === 'status')
    await until(`${name} sees the others`, async () => (await statusAt(name))?.condition === 'working');
  const { code, out, err } = await phr(words, { cwd });
  expect(err, `${name}: ${line}`).toBe('');
  expect(code, `${name}: ${line}`).toBe(0);
  return out;
}

async function play(
  section: string,
  each: (line: string, name: string, out: string) => void | Promise<void>,
): Promise<void> {
  for (const block of blocks.filter((one) => one.section === section)) {
    for (const name of block.who) {
      mkdirSync(join(scratch, name), { recursive: true });
      writeFileSync(join(scratch, name, 'passphrase'), `the passphrase of ${name} is long\n`);
      for (const line of block.lines) await each(line, name, await run(line, name));
    }
  }
}

const after = (out: string, label: string): string => new RegExp(`${label}\\s+(\\S+)`).exec(out)?.[1] ?? '';

/** Votes are refused once a change is decided: the document names as many as are needed, and no more. */
function note(line: string, out: string): void {
  if (line.startsWith('phr member apply')) said.FINGERPRINT = after(out, 'fingerprint');
  if (line.startsWith('phr member admit') || line.startsWith('phr member remove'))
    said.PROPOSAL = after(out, 'proposal ');
}

it('the ceremony: all read the same fingerprints and the same chain id, and four nodes agree', async () => {
  const own = new Map<string, string>();
  await play('The ceremony', (line, name, out) => {
    if (line.startsWith('phr init')) own.set(name, after(out, 'fingerprint'));
    if (line.startsWith('phr genesis')) {
      said.chains.add(after(out, 'chain id'));
      for (const other of ['north', 'east', 'south', 'west'])
        said.fingerprints.set(other, [
          ...(said.fingerprints.get(other) ?? []),
          after(out, `${other}\\s+fingerprint`),
        ]);
    }
  });
  expect(said.chains.size).toBe(1);
  for (const [name, heard] of said.fingerprints)
    expect(heard).toEqual(Array.from({ length: 4 }, () => own.get(name)));
  // The last node has only just been started: its connections come in the seconds after.
  await vi.waitFor(
    async () => {
      const statuses = await Promise.all(['north', 'east', 'south', 'west'].map(statusAt));
      const isEverybodyThere = statuses.map((status) =>
        status?.validators.every(({ connected }) => connected),
      );
      expect(isEverybodyThere).toEqual([true, true, true, true]);
    },
    { timeout: 60_000, interval: 200 },
  );
  passed += 1;
});

it('a lie in the ceremony: an altered entry, or another time, gives another fingerprint or chain id', async () => {
  const cwd = join(scratch, 'west');
  const entry = JSON.parse(readFileSync(join(cwd, 'east.json'), 'utf8')) as { addresses: string[] };
  writeFileSync(join(cwd, 'lied.json'), JSON.stringify({ ...entry, addresses: ['/ip4/10.6.6.6/tcp/1'] }));
  const words = (time: string, east: string, out: string) =>
    `genesis --network meridian --time ${time} --out ${out} north.json ${east} south.json west.json`.split(
      ' ',
    );
  const lied = await phr(words(genesisTime, 'lied.json', 'lied.cbor'), { cwd });
  expect(said.chains.has(after(lied.out, 'chain id'))).toBe(false);
  expect(said.fingerprints.get('east')).not.toContain(after(lied.out, 'east\\s+fingerprint'));
  expect(said.fingerprints.get('south')).toContain(after(lied.out, 'south\\s+fingerprint'));
  const late = await phr(words('2026-01-01T00:00:00Z', 'east.json', 'late.cbor'), { cwd });
  expect(said.chains.has(after(late.out, 'chain id'))).toBe(false);
  expect(said.fingerprints.get('east')).toContain(after(late.out, 'east\\s+fingerprint'));
  passed += 1;
});

it('a fifth institution joins; an application with another fingerprint than was heard is not proposed', async () => {
  await play('An institution joins', async (line, name, out) => {
    note(line, out);
    if (line.startsWith('cp ../harbour/application.json')) {
      const words = blocks
        .flatMap(({ lines }) => lines)
        .find((one) => one.startsWith('phr member admit'))!
        .replace('FINGERPRINT', '0123456789abcdef')
        .replaceAll('7501', String(basePort + 1))
        .split(' ')
        .slice(1);
      expect(await phr(words, { cwd: join(scratch, name) })).toMatchObject({ code: 2 });
    }
    if (line.startsWith('phr member list --peers')) {
      const file = join(scratch, 'harbour', 'node', 'config.json');
      const config = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...config, peers: JSON.parse(out) as unknown }));
    }
  });
  await until('harbour decides with the others', async () => {
    const status = await statusAt('harbour');
    return status?.condition === 'working' && status.validators.some(({ self }) => self);
  });
  expect((await statusAt('north'))?.validators).toHaveLength(5);
  passed += 1;
});

it('an institution leaves', async () => {
  await play('An institution leaves', (line, _, out) => note(line, out));
  await until('west is out', async () => {
    const status = await statusAt('north');
    return (
      status !== undefined &&
      status.validators.length === 4 &&
      status.validators.every(({ name }) => name !== 'west')
    );
  });
  passed += 1;
});
