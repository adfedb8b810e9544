/** What every room may know of consensus: blocks, certificates and their canonical bytes. */
export * from './block.ts';
export * from './transaction-tree.ts';
export { asArray, asBytes, asHash, asInteger, CONSENSUS_ERROR_CODES, ConsensusError } from './wire-shape.ts';
export type { ConsensusErrorCode } from './wire-shape.ts';
