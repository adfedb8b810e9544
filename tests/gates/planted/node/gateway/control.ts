// expected: nothing
export { createServer } from 'node:http';
export { createClient } from '#node/client';
export { CATEGORIES } from '#node/records';
