/** QBFT as a pure state machine, its messages, and the checks they pass before they enter it. */
export { CatchUp, isWithin, SYNC_PATIENCE_MS, SYNC_REQUEST_TIMEOUT_MS, SYNC_SHUN_MS } from './catch-up.ts';
export type { SyncRequest } from './catch-up.ts';
export { PbftCore } from './core.ts';
export type { CoreInit, CoreStatus, Effect, Event, Outward, Seat } from './effect.ts';
export * from './message.ts';
export { heightOf, ownMessage, verifyMessage } from './verify.ts';
export type { Verifier } from './verify.ts';
export { qbftRules, RESEND_MS_MAX, ROUND_TIMEOUT_MS_MAX } from './rules.ts';
export type { Rules, RulesInit } from './rules.ts';
export * from './codec.ts';
