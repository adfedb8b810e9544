/** #storage: everything that must survive a crash. One process per data directory (`lockDirectory`). */
export { copyBlocks, copyDatabase, countBlocks, digestOf } from './backup.ts';
export type { BlockCount } from './backup.ts';
export { lockDirectory } from './directory-lock.ts';
export { DISK_RESERVE_BYTES, DiskSpace } from './disk-space.ts';
export { BLOCK_BYTES_MAX, DurableBlockstore, openBlockstore } from './durable-blockstore.ts';
export type { DurableBlockstore as BlockStore } from './durable-blockstore.ts';
export { JOURNAL_RECORD_BYTES_MAX, openJournal } from './journal.ts';
export type { Journal, JournalDisk } from './journal.ts';
export { LEDGER_SCHEMA_VERSION, openLedgerStore } from './ledger-store.ts';
export type { LedgerCommit, LedgerStore, PrivateRow, StoredBlock } from './ledger-store.ts';
export { placement } from './placement.ts';
export { STORAGE_ERROR_CODES, StorageError } from './storage-error.ts';
export type { StorageErrorCode, StorageFacts } from './storage-error.ts';
