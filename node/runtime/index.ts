/** #node/runtime: effects to the world: clock, log, mempool, ledger on disk, consensus driver. */
export { AttachmentKeeper } from './attachment-keeper.ts';
export { attachmentsOf } from './attachments.ts';
export { BlockLinks } from './block-links.ts';
export { BlockRetention } from './block-retention.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { createConsensusDriver } from './consensus-driver.ts';
export type { ConsensusDriver } from './consensus-ports.ts';
export type { Fork } from './fork-watch.ts';
export { LedgerApplication, StartRefused } from './ledger-application.ts';
export type { CommittedBlock } from './ledger-application.ts';
export { createLogger, errorCode, LOG_LEVELS } from './logger.ts';
export type { Logger, LogLevel } from './logger.ts';
export { Mempool } from './mempool.ts';
export type { Admission, MempoolLedger, Settlement } from './mempool.ts';
export { ServingGate } from './serving-gate.ts';
export { setChanges } from './set-changes.ts';
export { TransactionRelay, TRANSACTIONS_TOPIC } from './transaction-relay.ts';
