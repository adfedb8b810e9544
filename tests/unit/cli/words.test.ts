import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CONSENSUS_ERROR_CODES } from '#consensus';
import { LEDGER_ERROR_CODES, REFUSAL_CODES } from '#consensus/ledger';
import { CRYPTO_ERROR_CODES } from '#crypto';
import { CLIENT_ERROR_CODES } from '#node/client';
import { GATEWAY_ERROR_CODES } from '#node/gateway';
import { NETWORK_ERROR_CODES } from '#node/network';
import { PROXY_REFUSAL_CODES } from '#node/proxy';
import { RECORDS_ERROR_CODES } from '#node/records';
import { START_REFUSED_CODES } from '#node/runtime';
import { API_ERROR_CODES, IDENTITY_REFUSAL_CODES } from '#node/services';
import { STORAGE_ERROR_CODES, StorageError } from '#storage';
import { describeError } from '#node/cli';
import { explanationOf } from '../../../node/cli/error-guide.ts';
import { phr } from './run-phr.ts';

const cleanups: (() => void)[] = [];
function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-words-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

describe('words', () => {
  it('answers help with 0 and a missing, unknown or misspelt word with 2', async () => {
    expect((await phr(['--help'])).out).toMatch(/check.*explain/s);
    expect((await phr(['help', 'start'])).out).toMatch(/usage: phr start --config/);
    expect((await phr(['start', '--help'])).code).toBe(0);
    for (const words of [
      [],
      ['fly'],
      ['status'],
      ['status', '--cofnig', 'x'],
      ['status', '--config', 'x', 'more'],
      ['explain'],
      ['status', '--config', 'x', '--timeout', 'soon'],
    ]) {
      const { code, out, err } = await phr(words);
      expect([words, code]).toEqual([words, 2]);
      expect(out).toBe('');
      expect(err).not.toBe('');
    }
  });

  it('answers what is wrong, what it means and what to do for an error with a code', async () => {
    const { code, err } = await phr(['status', '--config', '/absent.json']);
    expect(code).toBe(1);
    expect(err).toMatch(/config-unreadable.*cannot be read.*Check the path/s);
    const taken = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:7401'), { code: 'EADDRINUSE' });
    expect(describeError(taken)).toMatch(/7401.*Another program listens.*Stop it, or change/s);
    const locked = new StorageError('directory-locked', { facts: { pid: 4711 } });
    expect(describeError(locked)).toMatch(/pid 4711.*Stop it first/s);
  });
});

describe('explain', () => {
  it('knows every code of every room', async () => {
    const codes = [
      ...CRYPTO_ERROR_CODES,
      ...REFUSAL_CODES,
      ...LEDGER_ERROR_CODES,
      ...CONSENSUS_ERROR_CODES,
      ...START_REFUSED_CODES,
      ...STORAGE_ERROR_CODES,
      ...NETWORK_ERROR_CODES,
      ...PROXY_REFUSAL_CODES,
      ...CLIENT_ERROR_CODES,
      ...RECORDS_ERROR_CODES,
      ...GATEWAY_ERROR_CODES,
      ...IDENTITY_REFUSAL_CODES,
      ...API_ERROR_CODES,
    ];
    for (const code of codes) {
      const found = explanationOf(code);
      expect(found, code).toBeDefined();
      expect(Math.min(found!.meaning.length, found!.safe.length, found!.action.length), code).toBeGreaterThan(
        8,
      );
    }
    expect((await phr(['explain', 'no-quorum'])).out).toMatch(/safe.*Nothing is lost/);
    expect(JSON.parse((await phr(['explain', 'grant-revoked', '--json'])).out)).toMatchObject({
      code: 'grant-revoked',
    });
  });

  it('does not know a code that there is not, nor the names that every object has', async () => {
    for (const code of ['no-such-code', 'constructor', '__proto__'])
      expect((await phr(['explain', code])).code).toBe(1);
  });
});

describe('status', () => {
  const status = {
    node: '11'.repeat(32),
    name: 'north',
    version: '0',
    chainId: '22'.repeat(32),
    network: 'test',
    devnet: false,
    height: 7,
    hash: '33'.repeat(32),
    stateRoot: '44'.repeat(32),
    timeMs: 0,
    round: 0,
    phase: 'idle',
    condition: 'working',
    quorum: 3,
    reachable: 4,
    validators: [{ id: '55'.repeat(32), name: 'north', self: true, connected: true, height: 7 }],
    mempool: 0,
    startedAtMs: 0,
  };
  async function serving(answer: unknown): Promise<{ config: string }> {
    const server: Server = createServer((_, response) => response.end(JSON.stringify(answer)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    cleanups.push(() => server.close());
    const config = join(scratch(), 'config.json');
    const { port } = server.address() as AddressInfo;
    writeFileSync(config, JSON.stringify({ name: 'north', listen: ['/ip4/127.0.0.1/tcp/9'], api: { port } }));
    return { config };
  }

  it.each([
    ['working', 0],
    ['stopped', 3],
    ['syncing', 3],
  ])('answers %s with exit code %i', async (condition, code) => {
    const { config } = await serving({ ...status, condition });
    expect(await phr(['status', '--config', config])).toMatchObject({
      code,
      out: expect.stringContaining('height       7') as string,
    });
    expect(JSON.parse((await phr(['status', '--config', config, '--json'])).out)).toEqual({
      ...status,
      condition,
    });
  });

  it('answers a fork with exit code 3 and an alarm, although the network works', async () => {
    const { config } = await serving({ ...status, fork: { height: 6, evidence: 'AA' } });
    expect(await phr(['status', '--config', config])).toMatchObject({
      code: 3,
      out: expect.stringMatching(/ALARM +two certified blocks at height 6/) as string,
    });
  });

  it('answers 4 for a node that is not there, and for something that is no node', async () => {
    const { config } = await serving({ hello: 'world' });
    expect((await phr(['status', '--config', config])).code).toBe(4);
    const gone = join(scratch(), 'config.json');
    writeFileSync(
      gone,
      JSON.stringify({ name: 'north', listen: ['/ip4/127.0.0.1/tcp/9'], api: { port: 1 } }),
    );
    expect(await phr(['status', '--config', gone, '--json'])).toMatchObject({
      code: 4,
      out: expect.stringContaining('not-reachable') as string,
    });
  });
});
