import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConfigError,
  loadConfig,
  parseConfig,
  parseListenAddress,
  requireSameNetworkKind,
} from '#node/config';

const sound = { name: 'north', listen: ['/ip4/10.0.0.1/tcp/7400'], api: { port: 7401 } };
const issuesOf = (value: unknown): readonly string[] => {
  try {
    parseConfig(value, '/etc/phr');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
};
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
function fileOf(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-config-'));
  directories.push(directory);
  const file = join(directory, 'config.json');
  writeFileSync(file, text);
  return file;
}

describe('config', () => {
  it('fills in its defaults, resolves paths against the file and is frozen in depth', () => {
    const config = parseConfig(sound, '/etc/phr');
    expect(config).toEqual({
      ...sound,
      dataDir: '/etc/phr/data',
      genesisFile: '/etc/phr/genesis.cbor',
      nodeKeyFile: '/etc/phr/node.key',
      api: { host: '127.0.0.1', port: 7401, behindProxy: false },
      peers: [],
      limits: config.limits,
      devnet: false,
      logLevel: 'info',
    });
    expect([config, config.api, config.limits, config.listen].every(Object.isFrozen)).toBe(true);
  });

  it('refuses unknown keys at every depth, and names them', () => {
    expect(issuesOf({ ...sound, dataDirectory: 'x' }).join()).toMatch(/dataDirectory/);
    expect(issuesOf({ ...sound, api: { port: 7401, hots: '::1' } }).join()).toMatch(/api.*hots/);
    expect(issuesOf({ ...sound, limits: { everything: 1 } }).join()).toMatch(/limits.*everything/);
  });

  it.each([
    ['no name', { ...sound, name: undefined }, /name/],
    ['a name that is no DNS label', { ...sound, name: 'North Clinic' }, /DNS label/],
    ['no listen address', { ...sound, listen: [] }, /listen/],
    ['an address that is no multiaddr', { ...sound, listen: ['10.0.0.1:7400'] }, /listen\.0/],
    ['a port beyond 65535', { ...sound, api: { port: 65_536 } }, /api\.port/],
    [
      'an open API without a proxy in front',
      { ...sound, api: { port: 7401, host: '0.0.0.0' } },
      /behindProxy/,
    ],
    [
      'a public origin without a proxy',
      { ...sound, api: { port: 7401, publicOrigin: 'https://phr.hospital.example' } },
      /behindProxy/,
    ],
    ...[
      'http://phr.hospital.example',
      'https://phr.hospital.example/',
      'https://phr.hospital.example:443',
      'x',
    ].map((publicOrigin): [string, object, RegExp] => [
      `the public origin ${publicOrigin}`,
      { ...sound, api: { port: 7401, behindProxy: true, publicOrigin } },
      /publicOrigin.*https:\/\/host/,
    ]),
    ['one port for peers and API', { ...sound, api: { port: 7400 } }, /listen port/],
    ['an address twice', { ...sound, listen: ['/ip4/10.0.0.1/tcp/7400', '/ip4/10.0.0.1/tcp/7400'] }, /twice/],
    ['a devnet beyond loopback', { ...sound, devnet: true }, /loopback/],
  ])('refuses %s', (_, value, issue) => {
    expect(issuesOf(value).join('; ')).toMatch(issue);
  });

  it('takes an open API behind a proxy, and a devnet on loopback', () => {
    expect(issuesOf({ ...sound, api: { port: 7401, host: '0.0.0.0', behindProxy: true } })).toEqual([]);
    const api = { port: 7401, behindProxy: true, publicOrigin: 'https://phr.hospital.example:8443' };
    expect(parseConfig({ ...sound, api }, '/etc/phr').api.publicOrigin).toBe(api.publicOrigin);
    expect(
      issuesOf({ ...sound, devnet: true, listen: ['/ip4/127.0.0.1/tcp/7400', '/ip6/::1/tcp/7400'] }),
    ).toEqual([]);
  });

  it('tells a file that is absent, no JSON or too long from one that is wrong', () => {
    const codeOf = (file: string): unknown => {
      try {
        return loadConfig(file);
      } catch (error) {
        return error instanceof ConfigError ? error.code : error;
      }
    };
    expect(codeOf('/absent/config.json')).toBe('config-unreadable');
    expect(codeOf(fileOf('{'))).toBe('config-malformed');
    expect(codeOf(fileOf(`"${'x'.repeat(70_000)}"`))).toBe('config-malformed');
    expect(codeOf(fileOf('{}'))).toBe('config-invalid');
    expect(loadConfig(fileOf(JSON.stringify(sound)))).toMatchObject({ name: 'north' });
  });

  it('parses listen addresses and nothing else', () => {
    expect(parseListenAddress('/ip4/127.0.0.1/tcp/1')).toEqual({ host: '127.0.0.1', port: 1 });
    for (const text of [
      '/ip4/::1/tcp/1',
      '/ip4/127.0.0.1/udp/1',
      '/ip4/127.0.0.1/tcp/01',
      '/ip4/1.2.3.4/tcp/70000',
      'ip4/1.2.3.4/tcp/1',
      '/ip4/1.2.3.4/tcp/1/ws',
    ]) {
      expect(parseListenAddress(text), text).toBeUndefined();
    }
  });

  it('refuses development keys and genesis in a real network, and real ones in a development network', () => {
    const real = parseConfig(sound, '/');
    const devnet = parseConfig({ ...sound, devnet: true, listen: ['/ip4/127.0.0.1/tcp/7400'] }, '/');
    expect(() => requireSameNetworkKind(real, { genesis: false, nodeKey: false })).not.toThrow();
    expect(() => requireSameNetworkKind(devnet, { genesis: true, nodeKey: true })).not.toThrow();
    for (const [config, found] of [
      [real, { genesis: true, nodeKey: false }],
      [real, { genesis: false, nodeKey: true }],
      [devnet, { genesis: false, nodeKey: true }],
      [devnet, { genesis: true, nodeKey: false }],
    ] as const) {
      expect(() => requireSameNetworkKind(config, found)).toThrow(
        expect.objectContaining({ code: 'devnet-mismatch' }),
      );
    }
  });
});
