// expected: nothing
export { Router } from '@koa/router';
export type { NodeServices } from '#node/services';
export type { NodeStatus } from '#node/client';
