import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeGenesis } from '#consensus/ledger';
import { noteBackup } from '#node/runtime';
import { lockDirectory } from '#storage';
import { dataLayout } from '../config.ts';
import { bytesOf, createBackup, placeBackup, verifyBackup } from './backup-files.ts';
import type { BackupFinding, BackupList } from './backup-files.ts';
import { EXIT, flagOption, requiredOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { readNodeParts } from './start.ts';
import { runVerb, wordsOf } from './verbs.ts';
import type { Verbs } from './verbs.ts';

const backupOf = ({ values, io }: CommandArgs): string => resolve(io.cwd, requiredOption(values, 'backup'));

function placeOf({ values, io }: CommandArgs) {
  const { config, genesis } = readNodeParts(resolve(io.cwd, requiredOption(values, 'config')));
  return { config, genesis: decodeGenesis(genesis) };
}

async function create(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { config, genesis } = placeOf(args);
  const { dataDir, name } = config;
  const directory = backupOf(args);
  const list = await createBackup({
    dataDir,
    directory,
    name,
    genesis,
    nowMs: Date.now(),
    signal: io.signal,
  });
  noteBackup(dataDir, lineOf(list, null));
  if (flagOption(values, 'json')) io.out(`${JSON.stringify(summaryOf(list))}\n`);
  else {
    io.out(`backup of ${list.name} at height ${list.height}: ${bytesOf(list)} bytes\n`);
    io.out(`${list.blocks.count} sealed blocks; not the journal, and not the node's key\n`);
  }
  return EXIT.ok;
}

async function verify(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { config } = placeOf(args);
  const { list, findings } = await checked(args);
  const isWhole = findings.every(({ state }) => state === 'ok');
  noteBackup(config.dataDir, { ...lineOf(list, Date.now()), isWhole });
  if (flagOption(values, 'json')) io.out(`${JSON.stringify({ ...summaryOf(list), isWhole, findings })}\n`);
  else for (const { part, state, text } of findings) io.out(`${state.padEnd(8)} ${part.padEnd(8)} ${text}\n`);
  return isWhole ? EXIT.ok : EXIT.error;
}

/** What is there is put aside, never overwritten; the journal stays, so that no vote is forgotten. */
async function restore(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  if (!flagOption(values, 'yes'))
    throw new UsageError('restore puts a backup in the place of what the node has: say --yes');
  const { config } = placeOf(args);
  const release = lockDirectory(config.dataDir);
  try {
    const { list, findings } = await checked(args);
    const bad = findings.find(({ state }) => state === 'failed');
    if (bad !== undefined) {
      io.err(`nothing was changed: ${bad.part}: ${bad.text}\n`);
      return EXIT.error;
    }
    const aside = putAside(config.dataDir);
    await placeBackup(backupOf(args), config.dataDir);
    if (flagOption(values, 'json')) io.out(`${JSON.stringify({ ...summaryOf(list), aside })}\n`);
    else {
      io.out(`restored at height ${list.height}; the node fetches what came since from the others\n`);
      if (aside !== null) io.out(`what was there lies in ${aside}\n`);
    }
    return EXIT.ok;
  } finally {
    release();
  }
}

async function checked(args: CommandArgs): Promise<{ list: BackupList; findings: BackupFinding[] }> {
  const { genesis } = placeOf(args);
  const { createNativeBackend } = await import('#crypto/native');
  const backend = await createNativeBackend();
  return verifyBackup({ directory: backupOf(args), genesis, backend, signal: args.io.signal });
}

function putAside(dataDir: string): string | null {
  const { ledger, blocks } = dataLayout(dataDir);
  const parts = [ledger, blocks, join(dataDir, 'accounts')].filter((path) => existsSync(path));
  if (parts.length === 0) return null;
  const aside = join(dataDir, `before-restore-${Date.now()}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const path of parts) renameSync(path, join(aside, path.slice(dataDir.length + 1)));
  return aside;
}

const lineOf = (list: BackupList, verifiedAtMs: number | null) => ({
  createdAtMs: list.createdAtMs,
  height: list.height,
  bytes: bytesOf(list),
  verifiedAtMs,
  isWhole: null,
});

const summaryOf = (list: BackupList) => ({
  name: list.name,
  createdAtMs: list.createdAtMs,
  height: list.height,
  stateRoot: list.stateRoot,
  bytes: bytesOf(list),
  blocks: list.blocks.count,
});

const VERBS: Verbs = { create, verify, restore };

export const backupCommand: Command = {
  name: 'backup',
  summary: 'copy what a node has, prove that the copy is whole, and put it back',
  usage: `<${wordsOf(VERBS)}> --config <file> --backup <directory> [--yes] [--json]`,
  help: `
A backup holds ledger, accounts (the wrapped keys of the people who sign in here, which nobody else has) and sealed
blocks. It does not hold the journal: votes must never be put back, and a node without its journal keeps silent until the
network is past what it may have signed. It does not hold the node's key: back that up by itself, elsewhere. What is
erased later stays in backups that were made before: delete them in time.

  create   of a node that runs or is stopped, into a directory that is not there yet
  verify   puts the copy into a directory of its own and checks it there: files, chain, blocks with their certificates,
           the state root, the hash of every sealed block
  restore  verifies, puts what is there aside, and places the copy. The node must be stopped; --yes is needed

  --config <file>        the node's configuration
  --backup <directory>   where the backup is, or will be
  --yes                  for restore: yes, in the place of what the node has
  --json                 the answer as one line of JSON`,
  options: {
    config: { type: 'string' },
    backup: { type: 'string' },
    yes: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: 1 },
  run: (args) => runVerb(VERBS, args),
};
