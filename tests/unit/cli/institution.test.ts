import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, nobleBackend } from '#crypto';
import { decodeGenesis } from '#consensus/ledger';
import { loadConfig, NodeKeyError, readNodeKeyFile } from '#node/config';
import { lockDirectory, openJournal } from '#storage';
import { checkNode, readNodeParts, verdictOf } from '#node/cli';
import type { StartNode } from '#node/cli';
import { publicKeysToText } from '../../../node/cli/institution-entry.ts';
import { phr } from './run-phr.ts';

const cleanups: (() => void)[] = [];
function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-cli-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

/** A ceremony of four institutions, each with two administrators: made once, read by several tests. */
let ceremony: string;
beforeAll(async () => {
  ceremony = mkdtempSync(join(tmpdir(), 'phr-ceremony-'));
  writeFileSync(join(ceremony, 'passphrase'), 'correct horse battery staple\n');
  const cwd = ceremony;
  for (const which of [1, 2]) {
    await phr(
      [
        'keys',
        '--passphrase-file',
        'passphrase',
        '--out',
        `admin-${which}.keystore`,
        '--public',
        `admin-${which}.json`,
      ],
      { cwd },
    );
  }
  for (const [index, name] of ['north', 'east', 'south', 'west'].entries()) {
    const words = [
      'init',
      '--name',
      name,
      '--dir',
      name,
      '--listen',
      `/ip4/127.0.0.1/tcp/${7500 + index}`,
      '--api-port',
      String(7600 + index),
    ];
    const administrators =
      index === 0 ? ['--administrator', 'admin-1.json', '--administrator', 'admin-2.json'] : [];
    const { code, err } = await phr([...words, ...administrators], { cwd });
    expect(err).toBe('');
    expect(code).toBe(0);
  }
  return () => rmSync(ceremony, { recursive: true, force: true });
}, 60_000);

/** The entries with somebody as administrator everywhere: the ceremony needs one at least in each institution. */
function entries(change: (entry: Record<string, unknown>, index: number) => void = () => undefined): {
  cwd: string;
  files: string[];
} {
  const cwd = scratch();
  const files = ['north', 'east', 'south', 'west'].map((name, index) => {
    const entry = JSON.parse(readFileSync(join(ceremony, name, 'institution.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    entry['administrators'] = [
      publicKeysToText(derivePersonKeys(nobleBackend, new Uint8Array(32).fill(index + 1)).publicKeys),
    ];
    change(entry, index);
    writeFileSync(join(cwd, `${name}.json`), JSON.stringify(entry));
    return `${name}.json`;
  });
  return { cwd, files };
}
const genesisWords = (files: string[], out = 'genesis.cbor', network = 'test-network') => [
  'genesis',
  '--network',
  network,
  '--time',
  '2026-11-22T12:00:00Z',
  '--out',
  out,
  ...files,
];

describe('keys, init and genesis', () => {
  it('writes a node key for its owner only, a config that loads, and never overwrites', async () => {
    const key = join(ceremony, 'north', 'node.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readNodeKeyFile(key)).toMatchObject({ devnet: false });
    expect(loadConfig(join(ceremony, 'north', 'config.json'))).toMatchObject({
      name: 'north',
      nodeKeyFile: key,
    });
    const before = readFileSync(key, 'utf8');
    const again = await phr(
      ['init', '--name', 'north', '--dir', 'north', '--listen', '/ip4/127.0.0.1/tcp/7500'],
      { cwd: ceremony },
    );
    expect(again.code).toBe(2);
    expect(readFileSync(key, 'utf8')).toBe(before);
  });

  it('keeps the secret out of the public entry, the config and every output', async () => {
    const root = Buffer.from(readNodeKeyFile(join(ceremony, 'north', 'node.key')).root);
    for (const file of ['institution.json', 'config.json']) {
      const text = readFileSync(join(ceremony, 'north', file), 'utf8');
      expect(text).not.toContain(root.toString('base64url'));
      expect(text).not.toContain(root.toString('hex'));
    }
  });

  it('refuses a key that others can read, a damaged one and an absent one', () => {
    const file = join(scratch(), 'node.key');
    const codeOf = (): unknown => {
      try {
        return readNodeKeyFile(file);
      } catch (error) {
        expect(String(error)).not.toContain('cm9vdA');
        return error instanceof NodeKeyError ? error.code : error;
      }
    };
    expect(codeOf()).toBe('key-unreadable');
    writeFileSync(file, readFileSync(join(ceremony, 'north', 'node.key')), { mode: 0o600 });
    chmodSync(file, 0o640);
    expect(codeOf()).toBe('key-exposed');
    writeFileSync(file, '{"format":"phr-mesh/node-key/1","root":"cm9vdA"}');
    chmodSync(file, 0o600);
    expect(codeOf()).toBe('key-malformed');
  });

  it('gives the same genesis for the same entries in any order, and another for another time', async () => {
    const { cwd, files } = entries();
    expect((await phr(genesisWords(files, 'a'), { cwd })).out).toMatch(/chain id {2}[0-9a-f]{64}/);
    expect((await phr(genesisWords(files.toReversed(), 'b'), { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'b')).equals(readFileSync(join(cwd, 'a')))).toBe(true);
    expect(decodeGenesis(new Uint8Array(readFileSync(join(cwd, 'a')))).institutions).toHaveLength(4);
    // An existing genesis is never overwritten.
    expect((await phr(genesisWords(files, 'a'), { cwd })).code).toBe(1);
  });

  it('refuses entries that do not fit: too few, twice the same, no administrator, false keys, devnet among real', async () => {
    const { cwd, files } = entries();
    expect((await phr(genesisWords(files.slice(0, 3)), { cwd })).code).toBe(2);
    expect((await phr(genesisWords([...files.slice(0, 3), files[0]!]), { cwd })).err).toMatch(/same name/);
    expect((await phr(genesisWords(files, 'x', 'devnet-test'), { cwd })).err).toMatch(/development networks/);
    const cases: [(entry: Record<string, unknown>, index: number) => void, RegExp][] = [
      [(entry, index) => index === 1 && (entry['administrators'] = []), /names no administrator/],
      [(entry, index) => index === 1 && (entry['devnet'] = true), /development network/],
      [
        (entry) =>
          (entry['administrators'] = [
            { ...(entry['administrators'] as object[])[0], possession: 'A'.repeat(86) },
          ]),
        /entry-keys-invalid/,
      ],
      [(entry) => (entry['extra'] = 1), /entry-malformed/],
      [
        (entry) =>
          (entry['administrators'] = [JSON.parse(readFileSync(join(ceremony, 'admin-1.json'), 'utf8'))]),
        /the same administrator/,
      ],
    ];
    for (const [change, message] of cases) {
      const made = entries(change);
      const { code, err } = await phr(genesisWords(made.files), { cwd: made.cwd });
      expect(err).toMatch(message);
      expect(code).toBe(1);
      expect(existsSync(join(made.cwd, 'genesis.cbor'))).toBe(false);
    }
  });
});

/** A node directory that is ready to start. */
async function readyNode(): Promise<{ directory: string; config: string }> {
  const { cwd, files } = entries();
  await phr(genesisWords(files), { cwd });
  const directory = scratch();
  for (const file of ['config.json', 'node.key']) {
    writeFileSync(join(directory, file), readFileSync(join(ceremony, 'north', file)), { mode: 0o600 });
  }
  writeFileSync(join(directory, 'genesis.cbor'), readFileSync(join(cwd, 'genesis.cbor')));
  return { directory, config: join(directory, 'config.json') };
}

describe('start', () => {
  it('starts the node with its parts, and stops it when it is told to', async () => {
    const { config } = await readyNode();
    const log: string[] = [];
    const stop = new AbortController();
    const startNode: StartNode = (parts) => {
      log.push(parts.config.name, String(parts.genesis.length > 4000), String(parts.nodeRoot.length));
      return Promise.resolve({
        dashboardUrl: '',
        start: async () => {
          log.push('start');
          stop.abort();
          return Promise.resolve();
        },
        stop: async () => Promise.resolve(void log.push('stop')),
      });
    };
    expect((await phr(['start', '--config', config], { startNode, signal: stop.signal })).code).toBe(0);
    expect(log).toEqual(['north', 'true', '32', 'start', 'stop']);
  });

  it('stops what a failed start left, and answers 1 when the node fails later', async () => {
    const { config } = await readyNode();
    let stopped = 0;
    const stop = async () => Promise.resolve(void (stopped += 1));
    const failing: StartNode = () =>
      Promise.resolve({ dashboardUrl: '', start: () => Promise.reject(new Error('port taken')), stop });
    expect(await phr(['start', '--config', config], { startNode: failing })).toMatchObject({
      code: 1,
      err: expect.stringContaining('port taken') as string,
    });
    const later: StartNode = () =>
      Promise.resolve({
        dashboardUrl: '',
        start: () => Promise.resolve(),
        stop,
        failure: Promise.resolve(new Error('disk failed')),
      });
    expect(await phr(['start', '--config', config], { startNode: later })).toMatchObject({
      code: 1,
      err: expect.stringContaining('disk failed') as string,
    });
    expect(stopped).toBe(2);
  });

  it('refuses a development genesis before anything of the node is made', async () => {
    const { config, directory } = await readyNode();
    const key = JSON.parse(readFileSync(join(directory, 'node.key'), 'utf8')) as object;
    writeFileSync(join(directory, 'node.key'), JSON.stringify({ ...key, devnet: true }));
    const { code, err } = await phr(['start', '--config', config], {
      startNode: () => expect.unreachable('a node was made'),
    });
    expect(code).toBe(1);
    expect(err).toMatch(/devnet-mismatch/);
  });
});

describe('check', () => {
  it('finds a new node sound, a running one busy, and a damaged journal damaged', async () => {
    const { config, directory } = await readyNode();
    expect(verdictOf(await checkNode(config, nobleBackend))).toBe(0);

    const data = join(directory, 'data');
    const release = lockDirectory(data);
    const busy = await checkNode(config, nobleBackend);
    expect(busy.at(-1)).toMatchObject({
      part: 'lock',
      state: 'skipped',
      text: expect.stringContaining(String(process.pid)) as string,
    });
    expect(verdictOf(busy)).toBe(3);
    release();

    const journal = openJournal(join(data, 'journal'));
    for (const text of ['one', 'two', 'three']) {
      journal.append(Buffer.from(text.repeat(50)));
      await journal.sync();
    }
    await journal.close();
    expect(verdictOf(await checkNode(config, nobleBackend))).toBe(0);
    const file = join(data, 'journal', 'journal.log');
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const damaged = await checkNode(config, nobleBackend);
    expect(damaged.find(({ part }) => part === 'journal')).toMatchObject({ state: 'failed' });
    expect(verdictOf(damaged)).toBe(1);
  });

  it('finds a key that is not in the genesis', async () => {
    const { config, directory } = await readyNode();
    writeFileSync(
      join(directory, 'node.key'),
      JSON.stringify({
        format: 'phr-mesh/node-key/1',
        devnet: false,
        root: Buffer.alloc(32, 9).toString('base64url'),
      }),
    );
    const findings = await checkNode(config, nobleBackend);
    expect(findings.find(({ part }) => part === 'key')).toMatchObject({ state: 'failed' });
    expect(readNodeParts(config).config.name).toBe('north');
  });
});
