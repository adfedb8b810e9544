import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { deriveNodeKeys, equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { chainIdOf, decodeGenesis, verifyGenesis } from '#consensus/ledger';
import type { Genesis, Institution } from '#consensus/ledger';
import { lockDirectory, openJournal, openLedgerStore, StorageError } from '#storage';
import { dataLayout } from '../config.ts';
import type { Config } from '../config.ts';
import { checkBlocks, checkState } from './check-chain.ts';
import { EXIT, flagOption, requiredOption } from './command.ts';
import type { Command, ExitCode } from './command.ts';
import { readNodeParts } from './start.ts';

export interface Finding {
  part: 'config' | 'genesis' | 'key' | 'lock' | 'journal' | 'ledger' | 'blocks' | 'state';
  state: 'ok' | 'skipped' | 'failed';
  text: string;
}

export const checkCommand: Command = {
  name: 'check',
  summary: "check a stopped node's configuration, key, journal and ledger",
  usage: '--config <file> [--json]',
  help: `
Reads and never repairs. Checks that config, genesis and key belong together, that no process holds the data
directory, that the journal is whole, that the stored chain begins at the genesis and ends at a certified head, that
a sample of blocks hashes and is certified, and that the stored state has the root that the head names.

Exit codes: 0 all is well, 1 something is damaged or does not fit, 3 the node runs, so its files were left alone.

  --config <file>   the node's configuration
  --json            the findings as one line of JSON`,
  options: { config: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { createNativeBackend } = await import('#crypto/native');
    const findings = await checkNode(
      resolve(io.cwd, requiredOption(values, 'config')),
      await createNativeBackend(),
    );
    if (flagOption(values, 'json')) io.out(`${JSON.stringify(findings)}\n`);
    else
      for (const { part, state, text } of findings) io.out(`${state.padEnd(8)} ${part.padEnd(8)} ${text}\n`);
    return verdictOf(findings);
  },
};

export function verdictOf(findings: readonly Finding[]): ExitCode {
  if (findings.some((finding) => finding.state === 'failed')) return EXIT.error;
  return findings.some((finding) => finding.part === 'lock' && finding.state === 'skipped')
    ? EXIT.degraded
    : EXIT.ok;
}

/** @throws ConfigError, NodeKeyError, LedgerError when there is nothing to check */
export async function checkNode(configFile: string, backend: Backend): Promise<Finding[]> {
  const { config, genesis: genesisBytes, nodeRoot } = readNodeParts(configFile);
  const genesis = decodeGenesis(genesisBytes);
  verifyGenesis(backend, genesis);
  const findings: Finding[] = [
    { part: 'config', state: 'ok', text: configFile },
    { part: 'genesis', state: 'ok', text: `${genesis.name}, chain ${toHex(chainIdOf(genesis))}` },
    await checkKey(backend, config, genesis, nodeRoot),
  ];
  const layout = dataLayout(config.dataDir);
  if (!existsSync(layout.lock)) {
    return [...findings, { part: 'lock', state: 'ok', text: 'the node has not run yet: no data directory' }];
  }
  let release: () => void;
  try {
    release = lockDirectory(layout.lock);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'directory-locked') throw error;
    const pid = String(error.facts['pid']);
    return [
      ...findings,
      { part: 'lock', state: 'skipped', text: `the node runs as pid ${pid}: its files were left alone` },
    ];
  }
  try {
    findings.push({ part: 'lock', state: 'ok', text: 'no process holds the data directory' });
    findings.push(await checkJournal(layout.journal));
    findings.push(...checkLedger(backend, layout.ledger, genesis));
  } finally {
    release();
  }
  return findings;
}

async function checkKey(
  backend: Backend,
  config: Config,
  genesis: Genesis,
  root: Uint8Array,
): Promise<Finding> {
  const keys = deriveNodeKeys(backend, root);
  const self = genesis.institutions.find((institution) => equalBytes(institution.id, keys.id));
  if (self === undefined) {
    // One that joined later is on the ledger, not in the genesis.
    return config.peers.length > 0
      ? { part: 'key', state: 'ok', text: `node ${toHex(keys.id)}, which joins a running network` }
      : { part: 'key', state: 'failed', text: 'the genesis has no institution with this key' };
  }
  const { peerIdOf } = await import('#node/network');
  if ((await peerIdOf(keys.peerSeed)) !== self.peerId) {
    return { part: 'key', state: 'failed', text: `the genesis gives ${self.name} another peer id` };
  }
  return nameFinding(config, self);
}

function nameFinding(config: Config, self: Institution): Finding {
  return self.name === config.name
    ? { part: 'key', state: 'ok', text: `${self.name}, node ${toHex(self.id)}` }
    : {
        part: 'key',
        state: 'failed',
        text: `the key is that of ${self.name}, the configuration that of ${config.name}`,
      };
}

async function checkJournal(directory: string): Promise<Finding> {
  if (!existsSync(directory)) return { part: 'journal', state: 'ok', text: 'empty' };
  try {
    const journal = openJournal(directory);
    try {
      let records = 0;
      for (const _ of journal.replay()) records += 1;
      return { part: 'journal', state: 'ok', text: `${records} records, ${journal.bytes} bytes` };
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { part: 'journal', state: 'failed', text: `${error.code}: ${error.message}` };
  }
}

function checkLedger(backend: Backend, directory: string, genesis: Genesis): Finding[] {
  if (!existsSync(directory)) return [{ part: 'ledger', state: 'ok', text: 'empty' }];
  try {
    const store = openLedgerStore(directory);
    try {
      const head = store.head();
      if (head === undefined) return [{ part: 'ledger', state: 'ok', text: 'no block yet' }];
      return [
        { part: 'ledger', state: 'ok', text: `height ${head.height}` },
        checkBlocks(backend, store, genesis, head.height),
        checkState(store, head),
      ];
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return [{ part: 'ledger', state: 'failed', text: `${error.code}: ${error.message}` }];
  }
}
