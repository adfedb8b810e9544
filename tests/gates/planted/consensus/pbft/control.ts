// expected: nothing
export { hash } from '#crypto';
export { blockHash } from '../block.ts';
