import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nobleBackend, toHex } from '#crypto';
import { chainIdOf, defaultParameters, encodeGenesis, verifyGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { EXIT, UsageError, flagOption, numberOption, requiredOption } from './command.ts';
import type { Command } from './command.ts';
import { isDevnetName } from './genesis-file.ts';
import { EntryError, entrySchema, fingerprintOf, institutionOf, readJsonFile } from './institution-entry.ts';
import type { InstitutionEntry } from './institution-entry.ts';

/** Below four institutions no fault at all is tolerated. */
const INSTITUTIONS_MIN = 4;
const INSTITUTIONS_MAX = 64;

export const genesisCommand: Command = {
  name: 'genesis',
  summary: "assemble the institutions' entries to the genesis file of a network",
  usage: '--network <name> --time <ISO time> --out <file> [--threshold <t>] <entry.json>...',
  help: `
Everybody who runs this on the same entries, network name and time gets the same bytes, whatever the order of the
entries: compare the chain id. The file is not secret. Every node's configuration names it as genesisFile.

  --network <name>    name of the network
  --time <ISO time>   time of the genesis, e.g. 2026-11-22T12:00:00Z
  --out <file>        where the genesis is written; not overwritten
  --threshold <t>     least number of proxies a grant may ask for (default: the quorum)
  --json              name, chain id and institutions as one line of JSON`,
  options: {
    network: { type: 'string' },
    time: { type: 'string' },
    out: { type: 'string' },
    threshold: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: INSTITUTIONS_MIN, max: INSTITUTIONS_MAX },
  run({ values, positionals, io }) {
    const entries = positionals.map((file) => readJsonFile(resolve(io.cwd, file), entrySchema));
    const timeMs = Date.parse(requiredOption(values, 'time'));
    if (!Number.isSafeInteger(timeMs) || timeMs < 0) throw new UsageError('--time takes an ISO time');
    const network = requiredOption(values, 'network');
    requireCompatible(network, entries);
    const threshold = numberOption(values, 'threshold', { min: 1, max: entries.length });
    const genesis: Genesis = {
      version: 1,
      name: network,
      timeMs,
      parameters: {
        ...defaultParameters(entries.length),
        ...(threshold === undefined ? {} : { grantThresholdMin: threshold }),
      },
      institutions: entries.map((entry) => institutionOf(nobleBackend, entry)),
    };
    requireDistinctAdministrators(entries);
    verifyGenesis(nobleBackend, genesis);
    const bytes = encodeGenesis(genesis);
    const chainId = toHex(chainIdOf(genesis));
    writeFileSync(resolve(io.cwd, requiredOption(values, 'out')), bytes, { flag: 'wx' });
    if (flagOption(values, 'json')) {
      io.out(`${JSON.stringify({ network, chainId, institutions: entries.map((entry) => entry.name) })}\n`);
    } else {
      io.out(`network   ${network}\nchain id  ${chainId}\n`);
      for (const entry of entries) io.out(`${entry.name.padEnd(9)} fingerprint ${fingerprintOf(entry)}\n`);
    }
    return EXIT.ok;
  },
};

function requireCompatible(network: string, entries: readonly InstitutionEntry[]): void {
  for (const entry of entries) {
    if (entry.devnet !== isDevnetName(network)) {
      throw new EntryError(
        'entries-conflict',
        entry.devnet
          ? `${entry.name} has the key of a development network, and ${network} is none`
          : `names that begin with "devnet-" are for development networks, and ${entry.name} is not of one`,
      );
    }
    if (entry.administrators.length === 0) {
      throw new EntryError(
        'entries-conflict',
        `${entry.name} names no administrator: nobody could join there`,
      );
    }
  }
  for (const field of ['name', 'validatorKey', 'sealKey', 'peerId'] as const) {
    const seen = new Map<string, string>();
    for (const entry of entries) {
      const other = seen.get(entry[field]);
      if (other !== undefined)
        throw new EntryError('entries-conflict', `${other} and ${entry.name} have the same ${field}`);
      seen.set(entry[field], entry.name);
    }
  }
}

/** One person is an administrator once: dual control between two hats of one head is none. */
function requireDistinctAdministrators(entries: readonly InstitutionEntry[]): void {
  const seen = new Map<string, string>();
  for (const { name, administrators } of entries) {
    for (const { sign } of administrators) {
      const other = seen.get(sign);
      if (other !== undefined) {
        throw new EntryError('entries-conflict', `${other} and ${name} name the same administrator`);
      }
      seen.set(sign, name);
    }
  }
}
