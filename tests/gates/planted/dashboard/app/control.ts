// expected: nothing
export type { NodeStatus } from '#node/client';
export { view } from './view.ts';
