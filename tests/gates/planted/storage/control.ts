// expected: nothing
export { open } from 'node:fs/promises';
export { hash } from '#crypto';
