import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { toHex } from '#crypto';
import type { Backend } from '#crypto';
import { decodeBlock, hashHeader } from '#consensus';
import { chainIdOf } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { copyBlocks, copyDatabase, countBlocks, digestOf, openLedgerStore } from '#storage';
import { dataLayout } from '../config.ts';
import { checkBlocks, checkState } from './check-chain.ts';
import { UsageError } from './command.ts';

const FORMAT = 'phr-mesh-backup';
const LIST = 'backup.json';
const LIST_BYTES_MAX = 64 * 1024;
const DATABASES = { ledger: 'ledger/ledger.sqlite', accounts: 'accounts/accounts.sqlite' } as const;
const BLOCKS = 'blocks';

const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const fileSchema = z.strictObject({ bytes: z.int(), sha256: hex32 });
const listSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  network: z.string(),
  chainId: hex32,
  name: z.string(),
  createdAtMs: z.int(),
  height: z.int(),
  hash: hex32,
  stateRoot: hex32,
  ledger: fileSchema,
  /** Null for a node at which nobody has an account. */
  accounts: z.nullable(fileSchema),
  blocks: z.strictObject({ count: z.int(), bytes: z.int() }),
});
/** What a backup holds, as it says of itself. */
export type BackupList = z.infer<typeof listSchema>;

export interface BackupFinding {
  part: 'files' | 'chain' | 'ledger' | 'blocks' | 'state' | 'records';
  state: 'ok' | 'failed';
  text: string;
}

/** Bytes of everything in it. */
export const bytesOf = ({ ledger, accounts, blocks }: BackupList): number =>
  ledger.bytes + (accounts?.bytes ?? 0) + blocks.bytes;

/**
 * Writes a backup of a node that runs or is stopped into a directory that is not there yet: ledger, accounts, blocks. Not
 * the journal, which must never be put back: a node that lost it keeps silent until the network is past what it may have
 * signed. Not the node's key either.
 */
export async function createBackup(init: {
  dataDir: string;
  directory: string;
  name: string;
  genesis: Genesis;
  nowMs: number;
  signal: AbortSignal;
}): Promise<BackupList> {
  const { directory, genesis, signal } = init;
  const layout = dataLayout(init.dataDir);
  if (existsSync(directory))
    throw new UsageError(`${directory} is there already: a backup is written into a new directory`);
  if (!existsSync(join(layout.ledger, 'ledger.sqlite'))) throw new UsageError('the node has no ledger yet');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const ledger = join(directory, DATABASES.ledger);
    await copyDatabase(join(layout.ledger, 'ledger.sqlite'), ledger);
    const hasAccounts = existsSync(layout.accounts);
    if (hasAccounts) await copyDatabase(layout.accounts, join(directory, DATABASES.accounts));
    // After the ledger, so that what it names is among the blocks.
    const blocks = await copyBlocks(layout.blocks, join(directory, BLOCKS), signal);
    const list: BackupList = {
      format: FORMAT,
      version: 1,
      network: genesis.name,
      chainId: toHex(chainIdOf(genesis)),
      name: init.name,
      createdAtMs: init.nowMs,
      ...headOf(join(directory, 'ledger')),
      ledger: await digestOf(ledger),
      accounts: hasAccounts ? await digestOf(join(directory, DATABASES.accounts)) : null,
      blocks,
    };
    writeFileSync(join(directory, LIST), `${JSON.stringify(list, undefined, 2)}\n`, { mode: 0o600 });
    return list;
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Opening a copy leaves files beside it: it is looked at in a place of its own. */
function headOf(ledgerDirectory: string): { height: number; hash: string; stateRoot: string } {
  const scratch = mkdtempSync(join(tmpdir(), 'phr-backup-'));
  try {
    const copy = join(scratch, 'ledger.sqlite');
    writeFileSync(copy, readFileSync(join(ledgerDirectory, 'ledger.sqlite')), { mode: 0o600 });
    const store = openLedgerStore(scratch);
    try {
      const head = store.head();
      if (head === undefined) throw new UsageError('the node has no block yet: there is nothing to back up');
      const { header } = decodeBlock(head.block);
      return {
        height: head.height,
        hash: toHex(hashHeader(decodeBlock(head.block).header)),
        stateRoot: toHex(header.stateRoot),
      };
    } finally {
      store.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @throws UsageError for what is no backup */
export function readBackupList(directory: string): BackupList {
  const file = join(directory, LIST);
  let value: unknown;
  try {
    if (statSync(file).size > LIST_BYTES_MAX) throw new RangeError('too long');
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`${directory} is no backup`);
  }
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) throw new UsageError(`${file} is not the list of a backup`);
  return parsed.data;
}

/**
 * Puts a backup into a directory of its own and looks at it there: files, chain, every block's certificate and parent,
 * the state root, and every sealed block's hash. Nothing of the backup itself is changed.
 */
export async function verifyBackup(init: {
  directory: string;
  genesis: Genesis;
  backend: Backend;
  signal: AbortSignal;
}): Promise<{ list: BackupList; findings: BackupFinding[] }> {
  const { directory, genesis, backend, signal } = init;
  const list = readBackupList(directory);
  const findings: BackupFinding[] = [await checkFiles(directory, list)];
  const isChain = list.chainId === toHex(chainIdOf(genesis));
  findings.push({
    part: 'chain',
    state: isChain ? 'ok' : 'failed',
    text: isChain ? `${genesis.name}` : 'the backup is of another network',
  });
  if (findings.every(({ state }) => state === 'ok')) {
    const scratch = mkdtempSync(join(tmpdir(), 'phr-backup-'));
    try {
      await cp(join(directory, 'ledger'), join(scratch, 'ledger'), { recursive: true });
      findings.push(...checkLedgerOf(join(scratch, 'ledger'), list, genesis, backend));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const { count, bytes, damaged } = await countBlocks(join(directory, BLOCKS), signal);
  const isWhole = damaged === 0 && count === list.blocks.count && bytes === list.blocks.bytes;
  findings.push({
    part: 'records',
    state: isWhole ? 'ok' : 'failed',
    text: isWhole
      ? `${count} sealed blocks, ${bytes} bytes`
      : `${count} of ${list.blocks.count} sealed blocks, ${damaged} of them damaged`,
  });
  return { list, findings };
}

async function checkFiles(directory: string, list: BackupList): Promise<BackupFinding> {
  for (const [name, path] of Object.entries(DATABASES)) {
    const wanted = list[name as keyof typeof DATABASES];
    if (wanted === null) continue;
    const found = await digestOf(join(directory, path)).catch(() => undefined);
    if (found?.sha256 !== wanted.sha256) {
      return { part: 'files', state: 'failed', text: `${path} is not what was written` };
    }
  }
  return { part: 'files', state: 'ok', text: 'as they were written' };
}

function checkLedgerOf(
  ledgerDirectory: string,
  list: BackupList,
  genesis: Genesis,
  backend: Backend,
): BackupFinding[] {
  const store = openLedgerStore(ledgerDirectory);
  try {
    const head = store.head();
    const isHead =
      head !== undefined &&
      head.height === list.height &&
      toHex(hashHeader(decodeBlock(head.block).header)) === list.hash;
    if (!isHead) return [{ part: 'ledger', state: 'failed', text: 'it ends at another block than it says' }];
    const isRoot = toHex(decodeBlock(head.block).header.stateRoot) === list.stateRoot;
    return [
      { part: 'ledger', state: isRoot ? 'ok' : 'failed', text: `height ${head.height}` },
      checkBlocks(backend, store, genesis, head.height) as BackupFinding,
      checkState(store, head) as BackupFinding,
    ];
  } finally {
    store.close();
  }
}

/** Copies ledger, accounts and blocks to where the node looks for them. The journal that is there stays there. */
export async function placeBackup(directory: string, dataDir: string): Promise<void> {
  const layout = dataLayout(dataDir);
  await copyDatabase(join(directory, DATABASES.ledger), join(layout.ledger, 'ledger.sqlite'));
  if (existsSync(join(directory, DATABASES.accounts))) {
    await copyDatabase(join(directory, DATABASES.accounts), layout.accounts);
  }
  await copyBlocks(join(directory, BLOCKS), layout.blocks);
}
