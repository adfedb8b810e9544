import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { deriveNodeKeys, nobleBackend } from '#crypto';
import { parseConfig, parseListenAddress } from '../config.ts';
import type { ConfigInput } from '../config.ts';
import { EXIT, UsageError, flagOption, numberOption, requiredOption, textsOption } from './command.ts';
import type { Command } from './command.ts';
import { entryOf, fingerprintOf, publicKeysTextSchema, readJsonFile } from './institution-entry.ts';
import { createNodeKeyFile } from './node-key.ts';

const PEER_PORT_DEFAULT = 7400;
const API_PORT_DEFAULT = 7401;
const ROOT_BYTES = 32;

export const initCommand: Command = {
  name: 'init',
  summary: 'make the key and configuration of a new node, and its public entry for the genesis',
  usage:
    '--name <name> --dir <directory> [--listen <address>]... [--announce <address>]... [--administrator <file>]... [--json]',
  help: `
Makes <directory>/node.key (mode 0600, never overwritten) and <directory>/config.json, and writes the institution's
public entry to <directory>/institution.json. Give that file to whoever assembles the genesis ("phr genesis"), and
compare the fingerprint by another way than the one the file took.

  --name <name>            short name, a DNS label
  --dir <directory>        where the files go; made when absent
  --listen <address>       where peers are listened for (default /ip4/0.0.0.0/tcp/${PEER_PORT_DEFAULT})
  --announce <address>     where other institutions reach the node (default: what --listen says)
  --api-port <port>        HTTP API and dashboard on loopback (default ${API_PORT_DEFAULT})
  --administrator <file>   public keys of a first administrator, as "phr keys" writes them; two or more are needed
                           to approve doctors
  --devnet                 a development network: loopback only
  --json                   the entry as one line of JSON`,
  options: {
    name: { type: 'string' },
    dir: { type: 'string' },
    listen: { type: 'string', multiple: true },
    announce: { type: 'string', multiple: true },
    'api-port': { type: 'string' },
    administrator: { type: 'string', multiple: true },
    devnet: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const directory = resolve(io.cwd, requiredOption(values, 'dir'));
    const devnet = flagOption(values, 'devnet');
    const listen = orDefault(textsOption(values, 'listen'), [
      `/ip4/${devnet ? '127.0.0.1' : '0.0.0.0'}/tcp/${PEER_PORT_DEFAULT}`,
    ]);
    const addresses = orDefault(textsOption(values, 'announce'), listen);
    if (addresses.some((address) => /^0\.0\.0\.0$|^::$/.test(parseListenAddress(address)?.host ?? ''))) {
      throw new UsageError(
        '--announce is missing: others cannot reach a node under the address it listens on',
      );
    }
    const input: ConfigInput = {
      name: requiredOption(values, 'name'),
      listen,
      api: { port: numberOption(values, 'api-port', { min: 1, max: 65_535 }) ?? API_PORT_DEFAULT },
      ...(devnet ? { devnet } : {}),
    };
    parseConfig(input, directory);
    const administrators = textsOption(values, 'administrator').map((file) =>
      readJsonFile(resolve(io.cwd, file), publicKeysTextSchema),
    );
    const configFile = join(directory, 'config.json');
    if (existsSync(configFile)) throw new UsageError(`${configFile} is there already`);

    const { peerIdOf } = await import('#node/network');
    const root = new Uint8Array(randomBytes(ROOT_BYTES));
    const keys = deriveNodeKeys(nobleBackend, root);
    const peerId = await peerIdOf(keys.peerSeed);
    const entry = entryOf({ name: input.name, devnet, keys, peerId, addresses, administrators });

    mkdirSync(directory, { recursive: true, mode: 0o700 });
    createNodeKeyFile(join(directory, 'node.key'), { root, devnet });
    writeFileSync(configFile, `${JSON.stringify(input, undefined, 2)}\n`, { flag: 'wx' });
    writeFileSync(join(directory, 'institution.json'), `${JSON.stringify(entry, undefined, 2)}\n`);
    if (flagOption(values, 'json')) io.out(`${JSON.stringify(entry)}\n`);
    else {
      io.out(
        `${join(directory, 'node.key')}          the node's key: back it up, show it to nobody\n` +
          `${configFile}       expects genesis.cbor beside it\n` +
          `${join(directory, 'institution.json')}  public, for the genesis; fingerprint ${fingerprintOf(entry)}\n`,
      );
    }
    return EXIT.ok;
  },
};

function orDefault(given: string[], otherwise: string[]): string[] {
  return given.length > 0 ? given : otherwise;
}
