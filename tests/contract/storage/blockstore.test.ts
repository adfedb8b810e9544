import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBlockstore } from 'blockstore-core';
import { openBlockstore } from '#storage';
import type { DurableBlockstore } from '#storage';
import { blockstoreContract } from './blockstore-contract.ts';

let directory = '';
let durable: DurableBlockstore | undefined;

blockstoreContract(
  'memory (reference)',
  async () => new MemoryBlockstore(),
  async () => undefined,
);

blockstoreContract(
  'durable files',
  async () => {
    directory = await mkdtemp(join(tmpdir(), 'phr-blocks-'));
    durable = await openBlockstore(directory);
    return durable;
  },
  async () => {
    await durable?.close();
    await rm(directory, { recursive: true, force: true });
  },
);
